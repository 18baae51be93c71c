-- A supervised child crashes and comes back, one at a time; intensity = math.huge.
local neap, supervisor = require("neap"), require("neap.supervisor")
local lib = require("lib")

local function start_tree(to)
  local sup = supervisor.start_link({ intensity = math.huge,
    children = { { id = "c", start = { "crasher", to } } } })
  return sup, neap.receive("up")[2]
end

local function crash(pid, times)
  for _ = 1, times do
    neap.send(pid, "crash")
    pid = neap.receive("up")[2]
  end
end

local function measure(variant, total, trees)
  local pids = {}
  for i = 1, trees do pids[i] = select(2, start_tree(neap.self())) end
  local start = neap.now()
  for i = 1, trees do crash(pids[i], total / trees) end
  lib.emit("restart", variant, "restarts_per_s", total / (neap.now() - start) * 1000, "1/s")
end

lib.drive(function(total)
  measure("one_sup", total, 1)
  measure("20_sups", total, 20)
end, lib.size(10000))
