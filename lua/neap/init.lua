--- The library: processes, messages, names, timers.
---
--- What needs no decision is the host's own function, which checks its arguments itself.
local host = require("neap.host")

---@class neap
---@field config table    The configuration: config.lua and --set. Read-only.
---@field args string[]   The arguments of the command line.
local neap = {}

---@class neap.Pid: userdata      A process. Equal when it is the same; fit as a table key.
---@class neap.Ref: userdata      A monitor.
---@class neap.Address: userdata  A name that stays valid over restarts.
---@class neap.From: userdata     Where a reply goes; `pid` is the caller.
---@field pid neap.Pid
---@class neap.Timer: userdata
---@class neap.Buffer: userdata   Immutable bytes that cross processes without a copy.
---@alias neap.To neap.Pid|string|neap.Address
---@alias neap.Time number|string ms, or text such as "2s"

-- Starting ---------------------------------------------------------------------------------

local function spawned(program)
  return host.spawn(program.kind, program.what, program.args, program.spawn)
end

--- Starts a process. `what` is a module name, "module:function", a function, a service from
--- service.define; or a table of options with `run`.
---@param what string|function|table|neap.SpawnOptions
---@param ... any  Its arguments.
---@return neap.Pid?
---@return neap.Ref|neap.Error?
---Example: `neap.spawn("worker", 1)`, `neap.spawn{ run = "worker", args = { 1 }, name = "w" }`
function neap.spawn(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn", what, ...)
  return spawned(program)
end

--- Starts a process that is linked with the caller from its first instruction.
---@param what string|function|table|neap.SpawnOptions
---@param ... any
---@return neap.Pid?
---@return neap.Ref|neap.Error?
function neap.spawn_link(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn_link", what, ...)
  program.spawn.link = true
  return spawned(program)
end

--- Starts a process that the caller monitors from its first instruction.
---@param what string|function|table|neap.SpawnOptions
---@param ... any
---@return neap.Pid?
---@return neap.Ref|neap.Error?
function neap.spawn_monitor(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn_monitor", what, ...)
  program.spawn.monitor = true
  return spawned(program)
end

--- The pid of the calling process.
---@type fun(): neap.Pid
neap.self = host.self

-- Messages ---------------------------------------------------------------------------------

--- Sends a copy of `msg`. A dead pid is no error. A full mailbox makes the caller wait, for
--- `timeout` (default 5000), or refuses at once, as its policy says.
---@type fun(to: neap.To, msg: any, options?: { timeout: neap.Time }): true|nil, neap.Error?
neap.send = host.send

--- Takes the oldest message that matches. A number is the timeout; a string a tag; a table a
--- prefix; a function is asked about each message.
---@type fun(match?: string|table|fun(msg: any): boolean, timeout?: neap.Time): any, neap.Error?
neap.receive = require("neap.receive")

--- Asks a service and waits for its answer, 5000 ms unless the last argument is a
--- neap.timeout(ms).
---@type fun(to: neap.To, name: string, ...: any): ...
neap.call = host.call

--- Tells a service something.
---@type fun(to: neap.To, name: string, ...: any): true|nil, neap.Error?
neap.cast = host.cast

--- The last argument of neap.call: how long to wait; "infinity" for ever.
---@type fun(ms: neap.Time): userdata
neap.timeout = host.timeout

--- True only for an EXIT or DOWN table that the host itself delivered.
---@type fun(msg: any): boolean
neap.is_signal = host.is_signal

--- Immutable bytes that cross processes without a copy.
---@type fun(bytes: string): neap.Buffer
neap.buffer = host.buffer

-- Links, monitors, exits -------------------------------------------------------------------

--- Links the caller with `pid`: each gets the other's exit signal.
---@type fun(pid: neap.Pid): true
neap.link = host.link

--- Removes the link.
---@type fun(pid: neap.Pid): true
neap.unlink = host.unlink

--- Asks for one { "DOWN", ref, pid_or_name, reason } when the process ends.
---@type fun(who: neap.To): neap.Ref
neap.monitor = host.monitor

--- Removes the monitor; with `flush` also its DOWN from the mailbox.
---@type fun(ref: neap.Ref, options?: { flush: boolean }): true
neap.demonitor = host.demonitor

--- With true, exit signals arrive as { "EXIT", pid, reason }; gives the former setting.
---@type fun(on: boolean): boolean
neap.trap_exit = host.trap_exit

--- Ends the calling process at once (`exit(reason)`), or sends an exit signal
--- (`exit(pid, reason)`).
---@type fun(pid_or_reason?: any, reason?: any): true
neap.exit = host.exit

--- Kills a process, whatever it does.
---@type fun(pid: neap.Pid): true
neap.kill = host.kill

-- Names ------------------------------------------------------------------------------------

--- Gives a name to the caller, or to `pid`.
---@type fun(name: string, pid?: neap.Pid): true|nil, neap.Error?
neap.register = host.register

--- Frees a name.
---@type fun(name: string): true|nil, neap.Error?
neap.unregister = host.unregister

--- The process of that name now.
---@type fun(name: string): neap.Pid?
neap.whereis = host.whereis

--- An address for the name, usable wherever a pid is.
---@type fun(name: string): neap.Address
neap.address = host.address

-- Time -------------------------------------------------------------------------------------

--- Waits; messages do not cut it short.
---@type fun(ms: neap.Time): true
neap.sleep = host.sleep

--- Sends `msg` later. The timer dies with the calling process.
---@type fun(ms: neap.Time, to: neap.To, msg: any): neap.Timer
neap.send_after = host.send_after

--- Cancels a timer: ms that were left, or false if it fired or was cancelled.
---@type fun(timer: neap.Timer): number|false
neap.cancel = host.cancel

--- Monotonic ms, with fractions.
---@type fun(): number
neap.now = host.now

--- Seconds since the epoch, with fractions.
---@type fun(): number
neap.time = host.time

-- Looking ----------------------------------------------------------------------------------

--- What a process is, holds and spends; nil if there is none.
---@type fun(who?: neap.To): table?
neap.info = host.info

--- Log lines with a level: `neap.log.info("job.done", { id = 7 })`.
---@type table<"debug"|"info"|"warn"|"error", fun(event: string, fields?: table)>
neap.log = require("neap.log")

--- One readable line for any exit reason or error object.
---@param reason any
---@return string
function neap.reason(reason)
  return require("neap.reason").line(reason)
end

--- A copy of a table, and of those in it, without metatables.
---@param t any
---@return any
function neap.plain(t)
  return require("neap.plain").copy(t)
end

local lazy = {}

function lazy.config()
  return require("neap.readonly").view("neap.config", host.config() or {})
end

function lazy.args()
  return host.args()
end

return setmetatable(neap, {
  __index = function(_, key)
    local make = lazy[key]
    if not make then return nil end
    local value = make()
    rawset(neap, key, value)
    return value
  end,
})
