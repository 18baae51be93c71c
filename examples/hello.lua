-- Shows:  a process that greets, and the program that waits for its answer.
-- Run:    build/neap run examples/hello.lua [NAME]
-- Prints: hello, world

local neap = require("neap")

local function greeter(asker)
  local name = neap.receive()
  neap.send(asker, "hello, " .. name)
end

local pid = neap.spawn(greeter, neap.self())
neap.send(pid, neap.args[1] or "world")

print(neap.receive(1000))
