--- A running service takes up newer code of its module, between two messages: it keeps its
--- process, and with it pid, names, links and mail.
local host = require("neap.host")
local loader = require("neap.loader")
local marks = require("neap.service.marks")
local neap_error = require("neap.error")
local problem = require("neap.reload.problem")
local renewal = require("neap.reload.renewal")

local switch = {}

local function raised(value)
  return neap_error.raised(value, host.trace(2))
end

--- The new definition, or nil and why there is none.
local function definition_of(self)
  local made = loader.loaded[self.module]
  if self.field then made = type(made) == "table" and made[self.field] or nil end
  if marks.is_service(made) then return made end
  return nil, ("module %q returns %s now; expected a service"):format(self.module,
    require("neap.check").shown(made))
end

--- The new state, or nil and why there is none. `upgrade` reads the old one, which stays.
local function state_of(self, made)
  if not made.upgrade then return self.state end
  local old = self.definition.version
  local ok, state, why = xpcall(function() return made.upgrade(self.state, old) end, raised)
  if not ok then return nil, "upgrade: " .. problem.line(state.value, state.traceback) end
  if state then return state end
  if why ~= nil then return nil, "upgrade refused: " .. problem.line(why) end
  return nil, ("upgrade returned %s; expected the new state"):format(tostring(state))
end

local function prepared(self)
  local made, why = definition_of(self)
  if not made then return nil, nil, why end
  local state, refusal = state_of(self, made)
  if state then return made, state end
  return nil, nil, refusal
end

local function take_up(self, made, state, generation)
  self.definition, self.state = made, state
  host.set_trap_parent(made.terminate ~= nil)
  host.set_version(made.version)
  local code = loader.codes[self.module]
  host.log("debug", "service.upgraded", { module = self.module, code = code })
  host.upgraded(generation, code)
end

--- All stays as it was; the next reload tries again.
local function stay(self, generation, why)
  host.log("warn", "service.upgrade_refused", { module = self.module, reason = why })
  host.upgraded(generation, loader.codes[self.module], why)
end

--- Switches, or leaves all as it was and says why.
---@param self neap.ServiceProcess
function switch.run(self)
  local before = host.generation()
  local generation, undo = renewal.run()
  if not generation then return stay(self, before, problem.line(undo)) end
  local made, state, why = prepared(self)
  if made then return take_up(self, made, state, generation) end
  undo()
  stay(self, generation, why)
end

return switch
