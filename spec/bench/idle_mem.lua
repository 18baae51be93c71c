-- Processes that wait for ever; the run script reads the node's memory at the two marks.
local neap = require("neap")
local lib = require("lib")

local function idle(to)
  neap.send(to, "ready")
  neap.receive()
end

lib.drive(function(total)
  print("MARK before")
  neap.receive("go", 2000)
  for i = 1, total do
    neap.spawn(idle, neap.self())
    if i % 1000 == 0 then for _ = 1, 1000 do neap.receive() end end
  end
  print("MARK after")
  neap.sleep("2s")
end, lib.size(10000))
