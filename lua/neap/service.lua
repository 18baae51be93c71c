--- Services: processes that answer calls, one message at a time.
---
--- Every service holds this module: what few of its functions need is loaded when they do.
local host = require("neap.host")
local marks = require("neap.service.marks")

local service = {}

local START_TIMEOUT = 60 * 1000
local STOP_TIMEOUT = 5000

--- Makes a service of its handlers: a value for neap.spawn, service.start and child specs.
---@param handlers neap.ServiceHandlers
---@return table
function service.define(handlers)
  local made, problems = require("neap.service.definition").new(handlers)
  require("neap.check").raise("service.define", problems)
  return made
end

local function started(program)
  program.spawn.ack = true
  return require("neap.launch").wait(program.timeout or START_TIMEOUT,
    host.spawn(program.kind, program.what, program.args, program.spawn))
end

--- Starts a service and returns when its init has: the pid, or nil and the reason.
---@param what string|function|table|neap.SpawnOptions  As for neap.spawn; the options also
--- have `timeout`, of the start: default 60000.
---@param ... any  Arguments of init.
---@return neap.Pid?
---@return any reason
function service.start(what, ...)
  local program = require("neap.options").of_start("service.start", what, ...)
  return started(program)
end

--- The same, linked with the caller.
---@param what string|function|table|neap.SpawnOptions
---@param ... any
---@return neap.Pid?
---@return any reason
function service.start_link(what, ...)
  local program = require("neap.options").of_start("service.start_link", what, ...)
  program.spawn.link = true
  return started(program)
end

local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for key, value in next, a do
    if not same(value, b[key]) then return false end
  end
  for key in next, b do
    if a[key] == nil then return false end
  end
  return true
end

--- Stops a service in order, and returns when it is gone.
---@param to neap.To
---@param reason? any          Default "normal".
---@param timeout? neap.Time   Default 5000; "infinity" waits for ever.
---@return true?
---@return neap.Error?
---Example: `service.stop("counter", "shutdown", "1s")`
function service.stop(to, reason, timeout)
  local check = require("neap.check")
  check.whom("service.stop", to)
  if reason == nil then reason = "normal" end
  local ms = timeout == nil and STOP_TIMEOUT or timeout
  if ms ~= "infinity" and not require("neap.units").ms(ms) then
    error("service.stop: timeout is " .. check.shown(ms) .. '; expected ms, or "infinity"', 2)
  end
  local _, err = host.call(to, marks.STOP, reason, host.timeout(ms))
  if err and err.kind == "exit" and same(err.reason, reason) then return true end
  return nil, err
end

--- Replies to a call; from any process, once. Gives true, also when nobody waits any more.
---@type fun(from: neap.From, ...: any): true
service.reply = host.reply

--- In a call handler: whom the reply goes to.
---@return neap.From
function service.from()
  local from = marks.from()
  if from == nil then error("service.from: no call is being handled", 2) end
  return from
end

--- What a handler returns to end its service, with the reply to the call, if it is one.
---@param reason any
---@param ... any  The reply.
---@return table
function service.exit(reason, ...)
  return marks.exit(reason, ...)
end

--- What a call handler returns that will reply later.
service.noreply = marks.noreply

--- What init returns to have no process, which is no failure.
service.ignore = marks.ignore

return service
