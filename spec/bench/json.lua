-- JSON of an object of 1 KB, there and back. Also runs under plain luajit with the system's
-- lua-cjson (the run script takes the ratio), hence no neap but to print, and CPU time.
local cjson = require("cjson")

local rounds = tonumber((...)) or 100000
local emit = function(metric, value)
  print(('FIGURE {"bench":"json","cfg":"plain","metric":"%s","value":%.4f,"unit":"1/s"}'):format(
    metric, value))
end

if not arg then                               -- the standalone interpreter has it, a node has not
  local lib = require("lib")
  rounds = lib.size(rounds)
  emit = function(metric, value) lib.emit("json", nil, metric, value, "1/s") end
end

local function object()
  local rows = {}
  for i = 1, 7 do
    rows[i] = { id = 1000 + i, name = "entity-" .. i, price = i * 12.25, tags = { "new", "red", "xl" },
      active = i % 2 == 0, owner = cjson.null, text = "a line of text, with \"quotes\"" }
  end
  return { kind = "list", page = 1, rows = rows }
end

local function rate(work, value)
  for _ = 1, rounds / 10 do work(value) end
  local start = os.clock()
  for _ = 1, rounds do work(value) end
  return rounds / (os.clock() - start)
end

local text = cjson.encode(object())
assert(#text > 950 and #text < 1100, #text)
emit("encodes_per_s", rate(cjson.encode, object()))
emit("decodes_per_s", rate(cjson.decode, text))
