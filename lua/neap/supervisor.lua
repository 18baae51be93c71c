--- Supervisors: processes that start others, watch them and start them again.
---
--- `sup` is a pid, a name or an address.
local host = require("neap.host")
local check = require("neap.check")
local launch = require("neap.launch")
local neap_error = require("neap.error")
local reasons = require("neap.reason")
local server = require("neap.supervisor.server")
local spec_of = require("neap.supervisor.spec")

local supervisor = {}

local function failed_child(reason)
  local what = type(reason) == "table" and reason[1] == "shutdown" and reason[2]
  if type(what) == "table" and what[1] == "failed_to_start_child" then
    return what[2], what[3]
  end
  return nil, reason
end

local function start_failed(reason)
  if neap_error.is(reason) and reason.kind ~= "error" then return reason end
  local id, why = failed_child(reason)
  return neap_error.new("start_failed", reasons.line(reason), { id = id, reason = why })
end

--- Starts a supervisor that is linked with the caller, and its children: all are up, or none.
---@param spec neap.SupervisorSpec
---@return neap.Pid?
---@return neap.Error?
function supervisor.start_link(spec)
  local read, problems = spec_of.read("spec", spec, { narrow = host.narrow })
  check.raise("supervisor.start_link", problems)
  local pid, reason = launch.wait(nil, host.spawn("service", server.program(read), { n = 0 }, {
    link = true,
    ack = true,
    role = "supervisor",
    handles = math.huge,
    module = "neap.supervisor",
  }))
  if pid then return pid end
  return nil, start_failed(reason)
end

local function ask(sup, name, ...)
  check.whom("supervisor." .. name, sup)
  if select("#", ...) == 0 then return host.call(sup, name, host.timeout("infinity")) end
  return host.call(sup, name, (...), host.timeout("infinity"))
end

local function ask_about(sup, name, id)
  if type(id) ~= "string" and type(id) ~= "userdata" then
    error(("supervisor.%s: argument 2 is %s; expected the id of a child"):format(name,
      check.shown(id)), 2)
  end
  return ask(sup, name, id)
end

--- Finds the functions that would have to cross in a message.
local function problem_of_sending(spec)
  local problem = require("neap.sendable").problem("child", spec)
  if not problem then return nil end
  return problem .. "; what crosses to a running supervisor must be sendable: name a module instead"
end

--- Raises what is wrong with a spec, for its caller's caller.
local function check_child(spec, unsendable)
  local _, problems = spec_of.read_child("child", spec, { narrow = host.narrow, base = true })
  if #problems == 0 then problems[1] = unsendable end
  check.raise("supervisor.start_child", problems, 4)
end

--- Adds a child to a running supervisor and starts it. The supervisor reads the spec; only one
--- that was not started is read here, too, as what is written wrong is the caller's error.
---@param sup neap.To
---@param spec neap.ChildSpec
---@return neap.Pid?
---@return neap.Error?  already_started (`pid`), already_present, start_failed (`reason`), ignore
function supervisor.start_child(sup, spec)
  check.whom("supervisor.start_child", sup)
  local given = require("neap.plain").sendable(spec)
  local unsendable = problem_of_sending(given)
  if unsendable or type(given) ~= "table" then check_child(spec, unsendable) end
  local pid, err = ask(sup, "start_child", given)
  if err then check_child(spec) end
  return pid, err
end

--- Stops a child; its spec is kept, unless it is temporary.
---@param sup neap.To
---@param id string|neap.Pid
---@return true?
---@return neap.Error?  not_found
function supervisor.terminate_child(sup, id)
  return ask_about(sup, "terminate_child", id)
end

--- Starts a stopped child again.
---@param sup neap.To
---@param id string
---@return neap.Pid?
---@return neap.Error?  not_found, running, restarting, start_failed
function supervisor.restart_child(sup, id)
  return ask_about(sup, "restart_child", id)
end

--- Forgets a stopped child.
---@param sup neap.To
---@param id string
---@return true?
---@return neap.Error?  not_found, running
function supervisor.delete_child(sup, id)
  return ask_about(sup, "delete_child", id)
end

---@class neap.ChildInfo
---@field id string
---@field pid? neap.Pid
---@field state "running"|"restarting"|"stopped"|"parked"
---@field type "worker"|"supervisor"
---@field restarts integer

--- The children in start order.
---@param sup neap.To
---@return neap.ChildInfo[]?
---@return neap.Error?
function supervisor.which_children(sup)
  return ask(sup, "which_children")
end

--- How many children there are: { specs, active, supervisors, workers }.
---@param sup neap.To
---@return table?
---@return neap.Error?
function supervisor.count_children(sup)
  return ask(sup, "count_children")
end

return supervisor
