-- Processes that wait for ever; the run script reads the node's memory at the two marks.
local neap = require("neap")
local lib = require("lib")

local BATCH = 1000

local function idle(driver)
  neap.send(driver, "ready")
  neap.receive()
end

lib.drive(function(total)
  lib.mark("before")
  for i = 1, total do
    neap.spawn(idle, neap.self())
    if i % BATCH == 0 then for _ = 1, BATCH do neap.receive() end end
  end
  lib.mark("after")
  neap.receive({ "stop" })                   -- the run script ends the node
end, lib.size(10000))
