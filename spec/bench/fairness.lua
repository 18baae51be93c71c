-- A ping is due each ms for 3 s, while processes beside it compute and never wait.
local neap = require("neap")
local lib = require("lib")

local PINGS, HOG_MS = 3000, 3300

local function echo()
  while true do
    local ping = neap.receive()
    neap.send(ping[1], ping[2])
  end
end

--- Round trips from the sending, and lateness of answers against when their ping was due.
local function pinger(driver, other, start)
  local trips, late = {}, {}
  for k = 0, PINGS - 1 do
    local due = start + k
    if neap.now() < due then neap.sleep(due - neap.now()) end
    local sent = neap.now()
    neap.send(other, { neap.self(), k })
    if neap.receive() ~= k then error("wrong answer") end
    local now = neap.now()
    trips[k + 1], late[k + 1] = (now - sent) * 1000, (now - due) * 1000
  end
  neap.send(driver, { "pings", trips, late })
end

local function hog(driver, stop)
  local rounds, sum = 0, 0
  repeat
    for i = 1, 1000000 do sum = sum + i end
    rounds = rounds + 1
  until neap.now() >= stop
  neap.send(driver, { "hog", rounds })
end

local function report(variant, name, times)
  table.sort(times)
  lib.emit("fairness", variant, name .. "_p50", lib.percentile(times, 0.5), "us")
  lib.emit("fairness", variant, name .. "_p99", lib.percentile(times, 0.99), "us")
  lib.emit("fairness", variant, name .. "_max", times[#times], "us")
end

local function measure(hogs)
  local me, start, done = neap.self(), neap.now() + 20, 0
  neap.spawn(pinger, me, neap.spawn(echo), start)
  for _ = 1, hogs do neap.spawn(hog, me, start + HOG_MS) end
  local pings = neap.receive("pings")
  for _ = 1, hogs do done = done + neap.receive("hog")[2] end
  report("hog" .. hogs, "rtt", pings[2])
  report("hog" .. hogs, "lat", pings[3])
  lib.emit("fairness", "hog" .. hogs, "hog_Miter", done, "M")
end

lib.drive(function()
  for hogs = 0, tonumber(lib.workers) > 1 and 2 or 1 do measure(hogs) end
end)
