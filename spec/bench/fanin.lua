-- 100 senders, 10,000 small messages each, to one receiver with the default mailbox (`block`).
local neap = require("neap")
local lib = require("lib")

local SENDERS = 100

local function blast(to, count)
  neap.receive()
  for i = 1, count do assert(neap.send(to, { "msg", i }, { timeout = 60000 })) end
end

lib.drive(function(total)
  local senders = {}
  for i = 1, SENDERS do senders[i] = neap.spawn(blast, neap.self(), total / SENDERS) end
  local start = neap.now()
  for i = 1, SENDERS do neap.send(senders[i], "go") end
  for _ = 1, total do neap.receive() end
  lib.emit("fanin", "block10000", "msgs_per_s", total / (neap.now() - start) * 1000, "1/s")
end, lib.size(1000000))
