-- A ping is due each ms for 3 s, while processes beside it compute and never wait: in code that
-- LuaJIT interprets, in code that it compiles, inside one long call of string.find.
local neap = require("neap")
local lib = require("lib")

local PINGS = lib.size(3000)
local HOG_MS = PINGS + 300

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
    local left = due - neap.now()
    if left > 0 then neap.sleep(left) end
    local sent = neap.now()
    neap.send(other, { neap.self(), k })
    if neap.receive() ~= k then error("wrong answer") end
    local now = neap.now()
    trips[k + 1], late[k + 1] = (now - sent) * 1000, (now - due) * 1000
  end
  neap.send(driver, { "pings", trips, late })
end

--- Each does work that takes some ms to half a second; nothing in it waits.
local kinds = {}

--- LuaJIT compiles no loop that makes a closure.
function kinds.interpreted()
  local sum = 0
  for i = 1, 200000 do
    local function value() return i end
    sum = sum + value()
  end
end

function kinds.compiled()
  local sum = 0
  for i = 1, 10000000 do sum = sum + i end
end

function kinds.find()
  assert(not ("a"):rep(700):find(".-.-b"))
end

local function hog(driver, kind, stop)
  local rounds = 0
  repeat
    kinds[kind]()
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

local function measure(variant, hogs, kind)
  local me, start, done = neap.self(), neap.now() + 20, 0
  neap.spawn(pinger, me, neap.spawn(echo), start)
  for _ = 1, hogs do neap.spawn(hog, me, kind, start + HOG_MS) end
  local pings = neap.receive("pings")
  for _ = 1, hogs do done = done + neap.receive("hog")[2] end
  report(variant, "rtt", pings[2])
  report(variant, "lat", pings[3])
  lib.emit("fairness", variant, "hog_rounds", done, "")
end

lib.drive(function()
  measure("hog0", 0)
  for _, kind in ipairs({ "interpreted", "compiled", "find" }) do
    for _, hogs in ipairs({ 1, 2, 8 }) do measure("hog" .. hogs .. "/" .. kind, hogs, kind) end
  end
end)
