-- Shows:  two processes that send each other messages, and a monitor that tells of the end.
-- Run:    build/neap run examples/ping_pong.lua
-- Prints: ping 1 / pong 1 / ping 2 / pong 2 / ping 3 / pong 3 / the table is free: normal

local neap = require("neap")

local function ponger()
  while true do
    local message = neap.receive()
    if message == "game over" then return end
    local _, round, from = message[1], message[2], message.from
    print("pong " .. round)
    neap.send(from, { "pong", round })
  end
end

local function pinger(rounds, opponent)
  for round = 1, rounds do
    print("ping " .. round)
    neap.send(opponent, { "ping", round, from = neap.self() })
    neap.receive({ "pong", round })
  end
  neap.send(opponent, "game over")
end

local opponent, ref = neap.spawn_monitor(ponger)
neap.spawn(pinger, 3, opponent)

local down = neap.receive({ "DOWN", ref })
print("the table is free: " .. neap.reason(down[4]))
