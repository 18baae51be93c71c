-- 1000 processes in a ring, the driver one of them; a token goes round 1000 laps.
local neap = require("neap")
local lib = require("lib")

local SIZE = 1000

local function member(after)
  while true do neap.send(after, (neap.receive())) end
end

lib.drive(function(laps)
  local first = neap.self()
  for _ = 1, SIZE - 1 do first = neap.spawn(member, first) end
  neap.send(first, 0)                    -- starting them is not in the time: a lap before
  neap.receive()
  local start = neap.now()
  for lap = 1, laps do
    neap.send(first, lap)
    neap.receive()
  end
  lib.emit("ring", nil, "hops_per_s", SIZE * laps / (neap.now() - start) * 1000, "1/s")
end, lib.size(1000))
