--- What the library does itself of what `neap` has: found by neap/init.lua when it is first
--- used.
local host = require("neap.host")

---@class neap
local functions = {}

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
function functions.spawn(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn", what, ...)
  return spawned(program)
end

--- Starts a process that is linked with the caller from its first instruction.
---@param what string|function|table|neap.SpawnOptions
---@param ... any
---@return neap.Pid?
---@return neap.Ref|neap.Error?
function functions.spawn_link(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn_link", what, ...)
  program.spawn.link = true
  return spawned(program)
end

--- Starts a process that the caller monitors from its first instruction.
---@param what string|function|table|neap.SpawnOptions
---@param ... any
---@return neap.Pid?
---@return neap.Ref|neap.Error?
function functions.spawn_monitor(what, ...)
  local program = require("neap.options").of_spawn("neap.spawn_monitor", what, ...)
  program.spawn.monitor = true
  return spawned(program)
end

--- One readable line for any exit reason or error object.
---@param reason any
---@return string
function functions.reason(reason)
  return require("neap.reason").line(reason)
end

--- A copy of a table, and of those in it, without metatables.
---@param t any
---@return any
function functions.plain(t)
  return require("neap.plain").copy(t)
end

local makers = {}

function makers.config()
  return require("neap.readonly").view("neap.config", host.config() or {})
end

function makers.args()
  return host.args()
end

function makers.log()
  return require("neap.log")
end

local found = {}

--- The value of that name, or nil.
---@param key any
---@return any
function found.find(key)
  local make = makers[key]
  if make then return make() end
  return functions[key]
end

return found
