-- Sleepers, 1 to 2 s each, a process each; the run script reads the node's CPU at the marks.
local neap = require("neap")
local lib = require("lib")

local BATCH = 1000

local function sleeper(driver, ms)
  neap.send(driver, "ready")
  neap.receive()
  local start = neap.now()
  neap.sleep(ms)
  neap.send(driver, neap.now() - start - ms, { timeout = 60000 })
end

--- The next of a fixed series of 31-bit numbers; in halves, as doubles are exact to 2^53 only.
local function lcg(s)
  local low = s % 65536
  local high = (s - low) / 65536
  return (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648
end

--- All of them, BATCH at a time: more answers at once than the mailbox takes would wait.
local function start(total)
  local pids, s = {}, 12345
  for i = 1, total do
    s = lcg(s)
    pids[i] = neap.spawn(sleeper, neap.self(), 1000 + math.floor(s / 256) % 1001)
    if i % BATCH == 0 then for _ = 1, BATCH do neap.receive() end end
  end
  return pids
end

lib.drive(function(total)
  lib.mark("before")
  local pids, late = start(total), {}
  lib.mark("started")
  for i = 1, total do neap.send(pids[i], "go") end
  for i = 1, total do late[i] = neap.receive() end
  table.sort(late)
  lib.emit("timers", "procs", "late_p50", lib.percentile(late, 0.5), "ms")
  lib.emit("timers", "procs", "late_p99", lib.percentile(late, 0.99), "ms")
  lib.emit("timers", "procs", "late_max", late[#late], "ms")
  lib.mark("after")
end, lib.size(100000))
