-- JSON of an object of 1 KB, there and back. Also runs under plain luajit with the system's
-- lua-cjson (the run script takes the ratio), hence CPU time.
local cjson = require("cjson")
local both = require("both")

local function object()
  local rows = {}
  for i = 1, 7 do
    rows[i] = { id = 1000 + i, name = "entity-" .. i, price = i * 12.25, tags = { "new", "red", "xl" },
      active = i % 2 == 0, owner = cjson.null, text = "a line of text, with \"quotes\"" }
  end
  return { kind = "list", page = 1, rows = rows }
end

local function rate(rounds, work, value)
  for _ = 1, rounds / 10 do work(value) end
  local start = os.clock()
  for _ = 1, rounds do work(value) end
  return rounds / (os.clock() - start)
end

both.drive(function(rounds)
  local text = cjson.encode(object())
  assert(#text > 950 and #text < 1100, #text)
  both.emit("json", "encodes_per_s", rate(rounds, cjson.encode, object()), "1/s")
  both.emit("json", "decodes_per_s", rate(rounds, cjson.decode, text), "1/s")
end, 100000)
