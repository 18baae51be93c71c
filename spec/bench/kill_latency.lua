-- From the limit, or from neap.kill, to the DOWN: of loops of several kinds.
local neap = require("neap")
local lib = require("lib")

local loops = {
  function() while true do end end,
  function() while true do pcall(error, "x") end end,
  function() while true do local t = {} for i = 1, 100 do t[i] = { i } end end end,
  function() local s = ("a"):rep(30000) s:find((".-"):rep(12) .. "b") end,
}

local function report(variant, times)
  table.sort(times)
  for name, value in pairs({ p50 = lib.percentile(times, 0.5), p99 = lib.percentile(times, 0.99),
    max = times[#times] }) do
    lib.emit("kill_latency", variant, name, value, "ms")
  end
end

--- CPU limit: wall time over the limit; the loop is alone on its worker.
local function over_limit(rounds)
  local times = {}
  for i = 1, rounds do
    local start = neap.now()
    local _, ref = neap.spawn_monitor({ run = loops[i % #loops + 1], limits = { cpu = 20 } })
    neap.receive({ "DOWN", ref })
    times[i] = math.max(0, neap.now() - start - 20)
  end
  report("cpu_limit", times)
end

--- neap.kill of a loop on another worker.
local function killed(rounds)
  local times = {}
  for i = 1, rounds do
    local loop, me = loops[i % #loops + 1], neap.self()
    local pid, ref = neap.spawn_monitor(function() neap.send(me, "up") loop() end)
    neap.receive(function(m) return m == "up" end)
    local start = neap.now()
    neap.kill(pid)
    neap.receive({ "DOWN", ref })
    times[i] = neap.now() - start
  end
  report("kill", times)
end

lib.drive(function(rounds)
  over_limit(rounds)
  if tonumber(lib.workers) > 1 then killed(rounds) end
end, lib.size(200))
