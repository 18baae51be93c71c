-- As pingpong `send`, with a structure, a 4 KiB string, and the same as a buffer.
local neap = require("neap")
local lib = require("lib")

local function echo(to)
  while true do neap.send(to, (neap.receive())) end
end

local structure = { id = 0, name = "entity-name",
  tags = { "alpha", "beta", "gamma", "delta", "epsilon" }, pos = { x = 1.5, y = 2.5, z = 3.5 } }

local function numbered(i)
  structure.id = i
  return structure
end

local bytes = ("x"):rep(4096)
local shared = neap.buffer(bytes)

local variants = {
  { "table", numbered, function(m, i) return m.id == i and m.pos.z == 3.5 end },
  { "bin4k", function() return bytes end, function(m) return #m == 4096 end },
  { "bin4k-buffer", function() return shared end, function(m) return #m == 4096 end },
}

local function ping(driver, rounds, make, check)
  local other = neap.spawn(echo, neap.self())
  for i = 1, rounds do
    neap.send(other, make(i))
    if not check(neap.receive(), i) then error("wrong answer") end
  end
  neap.send(driver, "done")
end

local rounds = lib.size(200000)
for _, variant in ipairs(variants) do
  local name, make, check = unpack(variant)
  local me, start = neap.self(), neap.now()
  neap.spawn(function() ping(me, rounds, make, check) end)
  neap.receive()
  lib.emit("table_msg", name, "roundtrips_per_s", rounds / (neap.now() - start) * 1000, "1/s")
end
