--- Runs in the node: starts the drivers of a round, and knows how far they are. A driver that saw
--- something wrong takes it along, and so the node.
local neap, service = require("neap"), require("neap.service")

local DRIVERS = 4
local LIMITS = { memory = "256MB", handles = 100000, cpu = "60s" }
local MAILBOX = { messages = 1000000, bytes = "64MB" }

local function start_driver(state, seed, number, episodes)
  neap.spawn({ run = "driver", link = true, limits = LIMITS, mailbox = MAILBOX,
    args = { neap.self(), { seed = seed, number = number, episodes = episodes,
      slowness = state.slowness } } })
end

return service.define({
  init = function(slowness) return { slowness = slowness, running = 0 } end,
  call = {
    start = function(state, seed, episodes)
      state.running, state.steps, state.ends, state.dice = DRIVERS, 0, 0, {}
      for number = 1, DRIVERS do start_driver(state, seed, number, episodes) end
      return true
    end,
    state = function(state)
      return { running = state.running, steps = state.steps, ends = state.ends, dice = state.dice }
    end,
  },
  info = function(state, msg)
    if msg[1] ~= "done" then return end
    local _, number, told = unpack(msg)
    state.running = state.running - 1
    state.steps, state.ends = state.steps + told.steps, state.ends + told.ends
    state.dice[number] = told.dice
  end,
})
