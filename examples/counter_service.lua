-- Shows:  a service: state in one place, calls that answer, casts that do not, a clean stop.
-- Run:    build/neap run examples/counter_service.lua
-- Prints: 1 / 2 / 12 / no_such_call: ad / the counter ends at 0

local neap = require("neap")
local service = require("neap.service")

local counter = service.define({
  init = function(start) return { n = start } end,
  call = {
    bump = function(state) state.n = state.n + 1 return state.n end,
    add = function(state, by) state.n = state.n + by return state.n end,
  },
  cast = {
    reset = function(state) state.n = 0 end,
  },
  terminate = function(state) print("the counter ends at " .. state.n) end,
})

local pid = service.start(counter, 0)

print(neap.call(pid, "bump"))
print(neap.call(pid, "bump"))
print(neap.call(pid, "add", 10))

local _, err = neap.call(pid, "ad", 10)
print(err.kind .. ": " .. err.call)

neap.cast(pid, "reset") -- mail keeps its order: the reset comes before the stop
service.stop(pid)
