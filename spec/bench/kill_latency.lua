-- From the CPU limit to the DOWN, of loops of four kinds; and from neap.kill to it, of processes in
-- all the states of kill_states.lua.
local neap = require("neap")
local lib = require("lib")
local states = require("kill_states")

local CPU_MS = 20

local loops = {
  function() while true do end end,
  function() while true do pcall(error, "x") end end,
  function() while true do local t = {} for i = 1, 100 do t[i] = { i } end end end,
  function() local s = ("a"):rep(30000) s:find((".-"):rep(12) .. "b") end,
}

local function report(variant, times)
  table.sort(times)
  lib.emit("kill_latency", variant, "p50", lib.percentile(times, 0.50), "ms")
  lib.emit("kill_latency", variant, "p99", lib.percentile(times, 0.99), "ms")
  lib.emit("kill_latency", variant, "max", times[#times], "ms")
end

--- Wall time over the limit, from when the loop begins: it is alone on its worker.
local function over_limit(round)
  local limits = { cpu = CPU_MS }
  local _, ref = neap.spawn_monitor({ run = loops[round % #loops + 1], limits = limits })
  local start = neap.now()
  local reason = neap.receive({ "DOWN", ref })[4]
  assert(reason.limit == "cpu", neap.reason(reason))
  return math.max(0, neap.now() - start - CPU_MS)
end

local function killed(one)
  local pid, ref, other = states.start(one)
  local start = neap.now()
  neap.kill(pid)
  local reason = neap.receive({ "DOWN", ref })[4]
  local took = neap.now() - start
  assert(reason == "killed", neap.reason(reason))
  if other then neap.kill(other) end
  return took
end

local function measure(variant, rounds, latency, what)
  local times = {}
  for round = 1, rounds do times[round] = latency(what or round) end
  report(variant, times)
end

-- In the first process, and not through lib.drive: so the loops are on the other worker, and
-- there is somebody to kill them. With one worker nobody runs beside a loop.
measure("cpu_limit", lib.size(200), over_limit)
for _, one in ipairs(tonumber(lib.workers) > 1 and states or {}) do
  measure("kill/" .. one.name:gsub(" ", "_"), math.ceil(lib.size(200) / 4), killed, one)
end
require("neap.fs").remove("kill_states.out")
