-- Processes that send one message and end; 1000 alive at a time.
local neap = require("neap")
local lib = require("lib")

local BATCH = 1000

local function child(to) neap.send(to, 1) end

lib.drive(function(total)
  local start = neap.now()
  for _ = 1, total / BATCH do
    for _ = 1, BATCH do neap.spawn(child, neap.self()) end
    for _ = 1, BATCH do neap.receive() end
  end
  lib.emit("spawn", nil, "spawns_per_s", total / (neap.now() - start) * 1000, "1/s")
end, lib.size(100000))
