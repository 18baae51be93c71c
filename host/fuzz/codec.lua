--- Makes the values of the codec's fuzzer (values.lua), and compares what arrived with them.
local values = dofile("host/fuzz/values.lua")

-- The handles, and the metatable of error objects: codec_fuzz.c made them.
-- luacheck: read globals pid ref from timer address buffer null error_metatable

local KEYS = { a = "a", b = "", c = ("c"):rep(63), d = ("d"):rep(64), e = true, f = false,
  g = 1, h = 2, i = 3, j = 4, k = 5, l = 0, m = -1, n = 0.5, o = 2 ^ 53, p = pid, q = ref,
  r = address, s = 1 / 0, t = 100, u = "kind", v = "message", w = "\0", x = 127, y = 128,
  z = null }
local WORDS = { A = "a", B = "", C = ("c"):rep(63), D = ("d"):rep(64), E = ("e"):rep(70000),
  F = -0.0, G = 127, H = 128, I = 2 ^ 31, J = -2 ^ 31, K = -2 ^ 31 - 1, L = 0.1, M = 1e308,
  N = 5e-324, O = "\0\0", P = pid, Q = ref, R = from, S = timer, T = address, U = buffer,
  V = null, W = ("w"):rep(900), X = "x", Y = "neap", Z = 1e15 }

local function expect(holds, what)
  if not holds then error(what, 0) end
end

--- Finds all tables, without a call for each level: a value may be as deep as its text is long.
local function by_id(root)
  local ids, found, open = {}, { [root] = true }, { root }
  local function visit(value)
    if type(value) ~= "table" or found[value] then return end
    found[value] = true
    open[#open + 1] = value
  end
  while #open > 0 do
    local at = table.remove(open)
    expect(not ids[at.id], "a table came twice")
    ids[at.id] = at
    for key, value in next, at do
      visit(key)
      visit(value)
    end
  end
  return ids
end

local function is_buffer(value)
  return type(value) == "userdata" and tostring(value):find("^buffer") ~= nil
end

--- `others`: the tables on the other side, by id.
local function equal(mine, other, others)
  if type(mine) == "table" then return others[mine.id] == other and other ~= nil end
  if is_buffer(mine) then return tostring(mine) == tostring(other) end
  if mine ~= mine then return other ~= other end
  return rawequal(mine, other) and (mine ~= 0 or 1 / mine == 1 / other)
end

local function half(all, others)
  for id, t in pairs(all) do
    local other = others[id]
    expect(other, "a table is missing")
    expect(getmetatable(t) == getmetatable(other), "another metatable")
    for key, value in next, t do
      local its_key = type(key) == "table" and others[key.id] or key
      if not is_buffer(key) then
        expect(equal(value, rawget(other, its_key), others), "another value")
      end
    end
  end
end

local codec = {}

function codec.make(text)
  return values.read(text, KEYS, WORDS, true, error_metatable)
end

--- Raises unless `copy` is as `value` was: its sharing, its cycles and its metatables, too.
function codec.compare(value, copy)
  local all, copies = by_id(value), by_id(copy)
  expect(copies[value.id] == copy, "another root")
  half(all, copies)
  half(copies, all)
end

return codec
