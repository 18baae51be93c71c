-- What it costs to be one of many processes with machine code: `pcall(error)` in one of them, a
-- loop of compiled code, and spawning one more. Beside 1 and beside CROWD of them, in turns of
-- the same node: the crowd comes and goes.
local neap = require("neap")
local lib = require("lib")

local TURNS, ERRORS, SPAWNS = 5, 100000, 20000

local function sum()
  local n = 0
  for i = 1, 1000 do n = n + i end
  return n
end

--- One of the crowd: compiles, and answers when asked.
local function member(to)
  local n = sum()
  neap.send(to, { "sum", n })
  while true do
    neap.receive("again")
    neap.send(to, { "sum", sum() })
  end
end

local function fail() error("x", 0) end

--- ns of an error that is caught, with machine code around it: the smallest of three.
local function error_ns()
  local best = math.huge
  for _ = 1, 3 do
    local start = neap.now()
    for _ = 1, ERRORS do pcall(fail) end
    best = math.min(best, (neap.now() - start) * 1e6 / ERRORS)
  end
  return best
end

local function measured(work)
  local me = neap.self()
  neap.spawn{ run = function() sum() neap.send(me, { "measured", work() }) end, jit = true,
    limits = { cpu = math.huge } }
  return neap.receive("measured")[2]
end

--- ns of a spawn with jit = true up to its first message, with machine code; its end included.
local function spawn_ns()
  local me = neap.self()
  local function brief() neap.send(me, { "sum", sum() }) end
  local start = neap.now()
  for _ = 1, SPAWNS do
    neap.spawn{ run = brief, jit = true }
    neap.receive("sum")
  end
  return (neap.now() - start) * 1e6 / SPAWNS
end

local function gather(count)
  local pids = {}
  for i = 1, count do
    pids[i] = neap.spawn_link{ run = member, args = { neap.self() }, jit = true }
    assert(neap.receive("sum")[2] == 500500)
  end
  return pids
end

local function ask(pids)
  for i = 1, #pids do neap.send(pids[i], { "again" }) end
  for _ = 1, #pids do assert(neap.receive("sum")[2] == 500500) end
end

local function dismiss(pids)
  for i = 1, #pids do
    neap.unlink(pids[i])
    local ref = neap.monitor(pids[i])
    neap.kill(pids[i])
    neap.receive({ "DOWN", ref })
  end
end

local function look(count, seen)
  local pids = gather(count)
  ask(pids)
  table.insert(seen.error, measured(error_ns))
  table.insert(seen.spawn, spawn_ns())
  dismiss(pids)
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) / 2]
end

lib.drive(function(crowd)
  local alone, many = { error = {}, spawn = {} }, { error = {}, spawn = {} }
  spawn_ns()
  for _ = 1, TURNS do
    look(1, alone)
    look(crowd, many)
  end
  for _, metric in ipairs({ "error", "spawn" }) do
    local one, all = median(alone[metric]), median(many[metric])
    lib.emit("jit_crowd", "n1", metric, one, "ns")
    lib.emit("jit_crowd", "n" .. crowd, metric, all, "ns")
    lib.emit("jit_crowd", "n" .. crowd .. "/n1", metric .. "_ratio", all / one, "")
  end
end, lib.size(8000))
