--- The library: processes, messages, names, timers.
---
--- What needs no decision is the host's own function, which checks its arguments itself. All
--- are found when they are first used: a process holds what it uses.
local host = require("neap.host")

---@class neap
---@field config table    The configuration: config.lua and --set. Read-only.
---@field args string[]   The arguments of the command line.
---
--- The pid of the calling process.
---@field self fun(): neap.Pid
---
--- Sends a copy of `msg`. A dead pid is no error. A full mailbox makes the caller wait, for
--- `timeout` (default 5000), or refuses at once, as its policy says.
---@field send fun(to: neap.To, msg: any, options?: { timeout: neap.Time }): true|nil, neap.Error?
--- Takes the oldest message that matches. A number is the timeout; a string a tag; a table a
--- prefix; a function is asked about each message.
---@field receive fun(match?: neap.Match, timeout?: neap.Time): any, neap.Error?
--- Asks a service and waits for its answer, 5000 ms unless the last argument is a
--- neap.timeout(ms).
---@field call fun(to: neap.To, name: string, ...: any): ...
--- Tells a service something.
---@field cast fun(to: neap.To, name: string, ...: any): true|nil, neap.Error?
--- The last argument of neap.call: how long to wait; "infinity" for ever.
---@field timeout fun(ms: neap.Time): userdata
--- True only for an EXIT or DOWN table that the host itself delivered.
---@field is_signal fun(msg: any): boolean
--- Immutable bytes that cross processes without a copy.
---@field buffer fun(bytes: string): neap.Buffer
---
--- Links the caller with `pid`: each gets the other's exit signal.
---@field link fun(pid: neap.Pid): true
--- Removes the link.
---@field unlink fun(pid: neap.Pid): true
--- Asks for one { "DOWN", ref, pid_or_name, reason } when the process ends.
---@field monitor fun(who: neap.To): neap.Ref
--- Removes the monitor; with `flush` also its DOWN from the mailbox.
---@field demonitor fun(ref: neap.Ref, options?: { flush: boolean }): true
--- With true, exit signals arrive as { "EXIT", pid, reason }; gives the former setting.
---@field trap_exit fun(on: boolean): boolean
--- Ends the calling process at once (`exit(reason)`), or sends an exit signal
--- (`exit(pid, reason)`).
---@field exit fun(pid_or_reason?: any, reason?: any): true
--- Kills a process, whatever it does.
---@field kill fun(pid: neap.Pid): true
---
--- Gives a name to the caller, or to `pid`.
---@field register fun(name: string, pid?: neap.Pid): true|nil, neap.Error?
--- Frees a name.
---@field unregister fun(name: string): true|nil, neap.Error?
--- The process of that name now.
---@field whereis fun(name: string): neap.Pid?
--- An address for the name, usable wherever a pid is.
---@field address fun(name: string): neap.Address
---
--- Waits; messages do not cut it short.
---@field sleep fun(ms: neap.Time): true
--- Sends `msg` later. The timer dies with the calling process.
---@field send_after fun(ms: neap.Time, to: neap.To, msg: any): neap.Timer
--- Cancels a timer: ms that were left, or false if it fired or was cancelled.
---@field cancel fun(timer: neap.Timer): number|false
--- Monotonic ms, with fractions.
---@field now fun(): number
--- Seconds since the epoch, with fractions.
---@field time fun(): number
---
--- What a process is, holds and spends; nil if there is none.
---@field info fun(who?: neap.To): table?
--- Log lines with a level: `neap.log.info("job.done", { id = 7 })`.
---@field log table<"debug"|"info"|"warn"|"error", fun(event: string, fields?: table)>
local neap = {}

---@class neap.Pid: userdata      A process. Equal when it is the same; fit as a table key.
---@class neap.Ref: userdata      A monitor.
---@class neap.Address: userdata  A name that stays valid over restarts.
---@class neap.From: userdata     Where a reply goes; `pid` is the caller.
---@field pid neap.Pid
---@class neap.Timer: userdata
---@class neap.Buffer: userdata   Immutable bytes that cross processes without a copy.
---@alias neap.To neap.Pid|string|neap.Address
---@alias neap.Match neap.Time|string|table|fun(msg: any): boolean
---@alias neap.Time number|string ms, or text such as "2s"

local function find(key)
  if host.is_public(key) then return host[key] end
  if key == "receive" then return require("neap.receive") end
  return require("neap.functions").find(key)
end

return setmetatable(neap, {
  __index = function(_, key)
    local value = find(key)
    if value == nil then return nil end
    rawset(neap, key, value)
    require("neap.loader"):note_change()       -- snapshots find it by its name now
    return value
  end,
})
