-- Shows:  three processes that run away, each into another limit; each dies alone and says why.
-- Run:    build/neap run examples/runaway.lua
-- Prints: one line for each runaway with its limit, then that the bystander never noticed

local neap = require("neap")
local service = require("neap.service")

local function spin()
  while true do pcall(error, "nothing that it catches keeps it alive") end
end

local function hoard()
  local everything = {}
  while true do everything[#everything + 1] = { #everything } end
end

local function wander()
  local steps = 0
  while true do steps = steps + 1 end
end

local runaways = {
  { name = "spin", run = spin, limits = { cpu = "100ms" } },
  { name = "hoard", run = hoard, limits = { memory = "4MB" } },
  { name = "wander", run = wander, limits = { instructions = 100000 } },
}

local bystander = service.start(service.define({
  init = function() return { answered = 0 } end,
  call = { ask = function(state) state.answered = state.answered + 1 return state.answered end },
}))

for _, runaway in ipairs(runaways) do
  local _, ref = neap.spawn_monitor({ run = runaway.run, limits = runaway.limits })
  local reason = neap.receive({ "DOWN", ref })[4]
  print(("%s died of its %s limit of %d"):format(runaway.name, reason.limit, reason.max))
  neap.call(bystander, "ask")
end

print(("the bystander answered %d times meanwhile"):format(neap.call(bystander, "ask") - 1))
