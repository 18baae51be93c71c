-- From the limit, or from neap.kill, to the DOWN: of loops of four kinds.
local neap = require("neap")
local lib = require("lib")

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

local function killed(round)
  local loop, driver = loops[round % #loops + 1], neap.self()
  local pid, ref = neap.spawn_monitor(function() neap.send(driver, "up") loop() end)
  neap.receive()
  local start = neap.now()
  neap.kill(pid)
  local reason = neap.receive({ "DOWN", ref })[4]
  assert(reason == "killed", neap.reason(reason))
  return neap.now() - start
end

local function measure(variant, rounds, latency)
  local times = {}
  for round = 1, rounds do times[round] = latency(round) end
  report(variant, times)
end

-- In the first process, and not through lib.drive: so the loops are on the other worker, and
-- there is somebody to kill them. With one worker nobody runs beside a loop.
measure("cpu_limit", lib.size(200), over_limit)
if tonumber(lib.workers) > 1 then measure("kill", lib.size(200), killed) end
