--- The process of a supervisor: starts its children, watches them, restarts them.
---
---   start --> running --exit--> restarting --start ok--> running
---                |  \--exit, not restarted--> stopped     (temporary: removed)
---                |                 ^  \--restart_child--> running
---                '--terminate------'
local host = require("neap.host")
local children_of = require("neap.supervisor.children")
local intensity = require("neap.supervisor.intensity")
local launch = require("neap.launch")
local marks = require("neap.service.marks")
local neap_error = require("neap.error")
local reasons = require("neap.reason")
local shutdown = require("neap.supervisor.shutdown")
local spec_of = require("neap.supervisor.spec")
local strategy = require("neap.supervisor.strategy")
local text = require("neap.text")

local server = {}

--- Between two retries of a restart at most this many pieces of mail are handled.
local MAIL_BETWEEN_RETRIES = 1000

local Server = {}
Server.__index = Server

local function new_server(spec)
  return setmetatable({
    spec = spec,
    parent = host.parent(),
    children = children_of.new(),
    window = intensity.new(spec.intensity, spec.period),
    retries = {},
    keys = 0,
  }, Server)
end

-- One child --------------------------------------------------------------------------------

function Server:new_child(spec)
  self.keys = self.keys + 1
  return { id = spec.id, spec = spec, key = self.keys, restarts = 0, state = "stopped" }
end

--- Every change of a child goes through here: `neap tree` sees it.
function Server:set(child, state, pid)
  self.children:set_pid(child, pid)
  child.state = state
  host.child(child.key, child.id, child.spec.type, state, pid, child.restarts)
end

function Server:remove(child)
  self.children:remove(child)
  host.child(child.key)
end

--- What a supervisor's process runs. It closes over its spec, so that functions in it go along
--- when it is spawned.
---@param spec table  What spec.read gave.
---@return table  For host.spawn("service").
function server.program(spec)
  return setmetatable({ run = function() server.run(spec) end }, marks.Service)
end

--- What can not be spawned (a function that closes over a coroutine) is a failed start, not
--- the end of the supervisor.
local function launched(spec)
  local what = spec.what or server.program(spec.supervisor)
  local ok, pid, ref = pcall(host.spawn, spec.kind, what, spec.args, spec.options)
  if not ok then return nil, neap_error.raised(pid) end
  return launch.wait(spec.start_timeout, pid, ref)
end

--- Starts the child's process: true, or nil and the reason. `ignore` is no failure.
function Server:start(child)
  local pid, reason = launched(child.spec)
  if pid ~= nil then
    self:set(child, "running", pid)
    if reason ~= nil then return self:obey() end
    host.log("debug", "child.start", { id = child.id, pid = tostring(pid) })
    return true
  end
  self:set(child, "stopped", nil)
  if neap_error.is(reason) and reason.kind == "ignore" then return true, reason end
  host.log("warn", "child.start_failed", { id = child.id, reason = reasons.line(reason) }, true)
  return nil, reason
end

--- Ends the child's process, if it has one.
function Server:stop(child)
  local pid = child.pid
  if pid ~= nil then
    local reason, as_asked = shutdown.run(pid, child.spec.shutdown)
    if not as_asked then
      host.log("warn", "child.shutdown_error",
        { id = child.id, reason = reasons.line(reason) }, true)
    end
  end
  self:set(child, "stopped", nil)
end

--- Last to first; temporary children are gone with it.
function Server:stop_group(group)
  for i = #group, 1, -1 do
    self:stop(group[i])
    if group[i].spec.restart == "temporary" then self:remove(group[i]) end
  end
end

function Server:stop_all()
  self:stop_group(strategy.affected("one_for_all", self.children.list))
end

-- Restarts ---------------------------------------------------------------------------------

local function log_restart(child, reason)
  host.log("warn", "child.restart",
    { id = child.id, reason = reasons.line(reason), restarts = child.restarts }, true)
end

--- Starts the group in order. A child that fails is tried again later, with those behind it.
function Server:start_group(group, exited, reason)
  for _, child in ipairs(group) do
    if child.spec.restart ~= "temporary" then
      child.restarts = child.restarts + 1
      local ok, problem = self:start(child)
      if not ok then return self:retry_later(child, problem) end
      log_restart(child, child == exited and reason or "shutdown")
    end
  end
end

function Server:retry_later(child, reason)
  child.restarts = child.restarts - 1
  self:set(child, "restarting", nil)
  child.reason = reason
  self.retries[#self.retries + 1] = child
end

function Server:restart(child, reason)
  if not self.window:allow(host.now()) then return self:give_up(child, reason) end
  local group = strategy.affected(self.spec.strategy, self.children.list, child)
  if #group > 1 then self:stop_group(group) end
  self:start_group(group, child, reason)
end

function Server:give_up(child, reason)
  host.log("error", "supervisor.gave_up", {
    id = child.id,
    reason = reasons.line(reason),
    intensity = self.spec.intensity,
    period = self.spec.period,
  })
  self:finish("shutdown")
end

--- Ends the supervisor, its children first.
function Server:finish(reason)
  self:stop_all()
  host.exit(reason)
end

--- Ends it with the reason of its parent, whose crash is not its own.
function Server:follow(reason)
  self:stop_all()
  host.follow(reason)
end

--- The parent told the supervisor to end while it was starting a child: the signal is among
--- the mail, perhaps behind those of other children.
function Server:obey()
  local msg, is_signal
  repeat
    msg = host.receive("EXIT")
    is_signal = host.is_signal(msg)
    local child = is_signal and self.children:of_pid(msg[2])
    if child then self:set(child, "stopped", nil) end
  until is_signal and msg[2] == self.parent
  self:follow(msg[3])
end

local RESTARTS = {
  permanent = function() return true end,
  transient = function(reason) return not reasons.is_orderly(reason) end,
  temporary = function() return false end,
}

function Server:child_exited(child, reason)
  if RESTARTS[child.spec.restart](reason) then
    self:set(child, "restarting", nil)
    return self:restart(child, reason)
  end
  self:set(child, "stopped", nil)
  host.log(reasons.is_orderly(reason) and "info" or "warn", "child.exit",
    { id = child.id, reason = reasons.line(reason), restarts = child.restarts }, true)
  if child.spec.restart == "temporary" then self:remove(child) end
end

-- Calls: what each handler returns is the reply ---------------------------------------------

local on_call = {}

local function refused(kind, message, details)
  return nil, neap_error.new(kind, message, details)
end

local function not_found(id)
  return refused("not_found", ("there is no child %s"):format(text.of(id)))
end

local function refuse_known(child)
  if child.state == "stopped" then
    return refused("already_present", ("child %s is there, and stopped"):format(child.id))
  end
  return refused("already_started", ("child %s is started"):format(child.id),
    { pid = child.pid })
end

--- Adds a child that was just made and starts it; one that fails leaves nothing.
function Server:add(child)
  self.children:add(child)
  local ok, reason = self:start(child)
  if ok and reason == nil then return child.pid end
  if not ok or child.spec.restart == "temporary" then self:remove(child) end
  if ok then return nil, reason end
  return refused("start_failed", ("child %s did not start: %s"):format(child.id,
    reasons.line(reason)), { id = child.id, reason = reason })
end

function on_call.start_child(self, given)
  local spec, problems = spec_of.read_child("child", given,
    { is_root = self.spec.is_root, narrow = host.narrow })
  if not spec then return refused("invalid", table.concat(problems, "\n")) end
  local known = self.children:of_id(spec.id)
  if known then return refuse_known(known) end
  return self:add(self:new_child(spec))
end

function on_call.terminate_child(self, id)
  local child = self.children:of_id(id) or self.children:of_pid(id)
  if not child then return not_found(id) end
  self:stop_group({ child })
  return true
end

function on_call.restart_child(self, id)
  local child = self.children:of_id(id)
  if not child then return not_found(id) end
  if child.state ~= "stopped" then
    return refused(child.state, ("child %s is %s"):format(child.id, child.state))
  end
  local ok, reason = self:start(child)
  if ok then return child.pid, reason end
  return refused("start_failed", ("child %s did not start: %s"):format(child.id,
    reasons.line(reason)), { id = child.id, reason = reason })
end

function on_call.delete_child(self, id)
  local child = self.children:of_id(id)
  if not child then return not_found(id) end
  if child.state ~= "stopped" then
    return refused("running", ("child %s is %s"):format(child.id, child.state))
  end
  self:remove(child)
  return true
end

function on_call.which_children(self)
  return self.children:describe()
end

function on_call.count_children(self)
  return self.children:count()
end

--- No child can end the node, as no exit signal and no kill of a process reaches its root.
on_call[marks.STOP] = function(self, reason)
  if self.spec.is_root then
    return refused("invalid", "the root supervisor ends with the node only: neap stop, or SIGTERM")
  end
  self:finish(reason)
end

-- The loop ---------------------------------------------------------------------------------

local on = {}

function on.call(self, from, name, ...)
  local handler = on_call[name]
  if handler then return host.reply(from, handler(self, ...)) end
  host.refuse_call(from, neap_error.new("no_such_call",
    ("a supervisor has no call %s"):format(text.of(name)), { call = name }))
end

--- A pid that is neither a child nor the parent was one whose start failed.
function on.exit(self, _, pid, reason)
  local child = self.children:of_pid(pid)
  if child then return self:child_exited(child, reason) end
  if pid == self.parent then self:follow(reason) end
end

local function ignore(_, message)
  host.log("warn", "supervisor.unexpected", { message = text.of(message) }, true)
end

on.cast, on.down, on.info = ignore, ignore, ignore

local function dispatch(self, kind, ...)
  if kind == nil then return false end
  on[kind](self, ...)
  return true
end

--- A child that is still to be restarted: it counts as one more restart.
function Server:retry()
  local child = table.remove(self.retries, 1)
  if child.state == "restarting" and self.children:of_id(child.id) == child then
    self:restart(child, child.reason)
  end
end

function Server:serve_before_retry()
  for _ = 1, MAIL_BETWEEN_RETRIES do
    if not dispatch(self, host.next(0)) then return end
  end
end

function Server:serve()
  while true do
    if self.retries[1] then
      self:serve_before_retry()
      if self.retries[1] then self:retry() end
    else
      dispatch(self, host.next())
    end
  end
end

--- Starts the children in order; if one fails, ends the others and says which and why.
function Server:start_all()
  for _, spec in ipairs(self.spec.children) do
    local child = self:new_child(spec)
    self.children:add(child)
    local ok, reason = self:start(child)
    if not ok then
      self:stop_all()
      return child.id, reason
    end
    if reason and spec.restart == "temporary" then self:remove(child) end
  end
end

--- The body of a supervisor's process; returns never.
---@param spec table          What spec.read gave.
---@param on_up? fun()        Called when the children are up; default: tells the spawner.
function server.run(spec, on_up)
  host.trap_exit(true)
  local self = new_server(spec)
  local id, reason = self:start_all()
  if id then host.exit({ "shutdown", { "failed_to_start_child", id, reason } }) end
  if on_up then on_up() else host.ack("up") end
  self:serve()
end

return server
