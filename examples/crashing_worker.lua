-- Shows:  a service that crashes on bad input, and comes back with a clean state.
-- Run:    build/neap run examples/crashing_worker.lua
-- Prints: total 12, a crash report with file and line, total 5

local neap = require("neap")
local service, supervisor = require("neap.service"), require("neap.supervisor")

local adder = service.define({
  init = function() return { total = 0 } end,
  call = {
    add = function(state, amount)
      state.total = state.total + amount -- crashes when amount is no number
      return state.total
    end,
  },
})

supervisor.start_link({ children = { { id = "adder", name = "adder", start = { adder } } } })

neap.call("adder", "add", 5)
print("total " .. neap.call("adder", "add", 7))

local _, err = neap.call("adder", "add", "a lot")
print("refused: " .. neap.reason(err.reason))

while not neap.whereis("adder") do neap.sleep(1) end
print("total " .. neap.call("adder", "add", 5))
