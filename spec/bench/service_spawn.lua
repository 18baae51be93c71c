--- service_spawn.lua
-- A real service (basket.lua, about 300 lines, with a state) started through a supervisor's
-- start_child, 1000 alive at a time. Their ends are not in the time.
local neap, supervisor = require("neap"), require("neap.supervisor")
local lib = require("lib")

local BATCH = 1000

local function start(sup)
  for i = 1, BATCH do
    assert(supervisor.start_child(sup,
      { id = "basket" .. i, start = { "basket", i, "DE" }, restart = "temporary" }))
  end
end

local function check(sup)
  local pid = supervisor.which_children(sup)[BATCH].pid
  assert(neap.call(pid, "add", { sku = "ABC-1", name = "a", price = 100, grams = 9, tax = "none" }, 2) == 1)
  assert(neap.call(pid, "totals").total == 690)
end

local function stop(sup)
  for i = 1, BATCH do assert(supervisor.terminate_child(sup, "basket" .. i)) end
end

lib.drive(function(total)
  local sup, took = assert(supervisor.start_link({ children = {} })), 0
  for _ = 1, total / BATCH do
    local begin = neap.now()
    start(sup)
    took = took + neap.now() - begin
    check(sup)
    stop(sup)
  end
  lib.emit("service_spawn", nil, "starts_per_s", total / took * 1000, "1/s")
end, lib.size(20000))
