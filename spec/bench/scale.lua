--- scale.lua
-- What one operation costs beside N processes: spawn, a round trip with each, the CPU time of a
-- sleep of each; the run script measures `neap ps` at the mark, and then stops the node.
local neap = require("neap")
local lib = require("lib")

local BATCH = 1000            -- answers in flight: less than a mailbox holds
local OPERATIONS = 20000     -- few processes are asked more often

--- Says that it is there; answers numbers, and sleeps `ms` when it is told to.
local function member(driver)
  neap.send(driver, "up")
  while true do
    local message = neap.receive()
    if message.sleep then neap.sleep(message.sleep) end
    neap.send(driver, message.i, { timeout = 60000 })
  end
end

--- Calls `each(i)` for all processes; each causes one message to the driver.
local function gather(total, each)
  for i = 1, total do
    each(i)
    if i % BATCH == 0 then for _ = 1, BATCH do neap.receive() end end
  end
  for _ = 1, total % BATCH do neap.receive() end
end

local function spawn(total)
  local pids = {}
  local start = neap.now()
  gather(total, function(i) pids[i] = neap.spawn(member, neap.self()) end)
  return pids, neap.now() - start
end

local function spawn_again(total, rounds)
  local pids, sum = spawn(total)
  for _ = 2, rounds do
    for i = 1, total do neap.kill(pids[i]) end
    local again, took = spawn(total)
    pids, sum = again, sum + took
  end
  return pids, sum
end

local function send(pids, rounds)
  local start = neap.now()
  for _ = 1, rounds do gather(#pids, function(i) neap.send(pids[i], { i = i }) end) end
  return neap.now() - start
end

--- All asleep at once, for 0.5 to 1.5 s; CPU time of the node, with asking and answering.
local function sleep(pids)
  local start = os.clock()
  for i = 1, #pids do neap.send(pids[i], { i = i, sleep = 500 + i * 7919 % 1000 }) end
  for _ = 1, #pids do neap.receive() end
  return (os.clock() - start) * 1000
end

local function report(total, metric, ms, operations)
  lib.emit("scale", "n" .. total, metric, ms * 1e6 / operations, "ns")
end

lib.drive(function(total)
  local rounds = math.ceil(OPERATIONS / total)
  local pids, spawning = spawn_again(total, rounds)
  report(total, "spawn", spawning, rounds * total)
  report(total, "send", send(pids, rounds), rounds * total)
  local sleeps = math.min(rounds, 5)
  local asleep = 0
  for _ = 1, sleeps do asleep = asleep + sleep(pids) end
  report(total, "timer", asleep, sleeps * total)
  print("MARK alive")
  neap.receive()                              -- until the node is stopped
end, lib.size(1000))
