-- Two processes, one message in flight; `send` = bare send and receive, `call` = a service.
local neap, service = require("neap"), require("neap.service")
local lib = require("lib")

local function echo(to)
  while true do neap.send(to, (neap.receive())) end
end

local function ping(driver, rounds)
  local other = neap.spawn(echo, neap.self())
  for i = 1, rounds do
    neap.send(other, i)
    if neap.receive() ~= i then error("wrong answer") end
  end
  neap.send(driver, "done")
end

local function call(driver, rounds)
  local server = service.start(service.define({ call = { echo = function(_, x) return x end } }))
  for i = 1, rounds do
    if neap.call(server, "echo", i) ~= i then error("wrong answer") end
  end
  neap.send(driver, "done")
end

local rounds = lib.size(1000000)
for _, variant in ipairs({ { "send", ping }, { "call", call } }) do
  local start = neap.now()
  neap.spawn({ run = variant[2], args = { neap.self(), rounds } })
  neap.receive()
  lib.emit("pingpong", variant[1], "roundtrips_per_s", rounds / (neap.now() - start) * 1000, "1/s")
end
