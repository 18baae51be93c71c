--- A small language of values, for inputs: every text is one, and people can read it.
---
--- A table is being filled, first the root. Of the bytes
---     a-z   choose the key of the next value: of the words that the fuzzer has for keys
---     A-Z   put a value: of its words for values
---     0-9   put a number: of NUMBERS
---     '...' puts a string, "..." chooses one as key
---     {     puts a new table, which is filled from here on; } goes on with the one around it
---     #     makes the last value a key
---     *     puts the last table that was closed; < puts the root, ^ the table that is filled
---     ! ?   put true and false; @ a function, % a coroutine, & a userdata
---     $     puts the last value forty times more
---     =     makes the table that is filled an error object, if the fuzzer has such
--- and others nothing. A value without a key goes to the next position.
local values = {}

local NUMBERS = { [0] = 0, 1, -1, 0.5, 3, 0 / 0, 1 / 0, -1 / 0, 2 ^ 53, 4001 }
local TABLES = 3000
local REPEATED = 40

local ops = {}

local function put(state, value)
  local at, key = state.at, state.key
  if key == nil then key = #at + 1 end
  local kept = key ~= key or state.named and key == "id"
  if not kept then at[key] = value end
  state.key, state.last = nil, value
end

ops["{"] = function(state)
  if state.tables >= TABLES then return end
  local new = {}
  state.tables = state.tables + 1
  if state.named then new.id = state.tables end
  put(state, new)
  state.around[#state.around + 1] = state.at
  state.at = new
end

ops["}"] = function(state)
  local around = state.around
  if #around == 0 then return end
  state.closed, state.last, state.at = state.at, state.at, table.remove(around)
end

ops["#"] = function(state) state.key = state.last end
ops["*"] = function(state) put(state, state.closed) end
ops["<"] = function(state) put(state, state.root) end
ops["^"] = function(state) put(state, state.at) end
ops["!"] = function(state) put(state, true) end
ops["?"] = function(state) put(state, false) end
ops["@"] = function(state) put(state, function() end) end
ops["%"] = function(state) put(state, coroutine.create(function() end)) end
ops["&"] = function(state) put(state, newproxy()) end

ops["="] = function(state)
  if state.metatable then setmetatable(state.at, state.metatable) end
end

ops["$"] = function(state)
  if state.tables >= TABLES then return end
  state.tables = state.tables + REPEATED
  for _ = 1, REPEATED do put(state, state.last) end
end

local function string_at(text, at)
  local quote = text:sub(at, at)
  local to = text:find(quote, at + 1, true) or #text + 1
  return text:sub(at + 1, to - 1), to
end

--- Reads what begins at `at`; gives its last byte.
local function step(state, text, at)
  local char = text:sub(at, at)
  local op = ops[char]
  if op then
    op(state)
  elseif char == "'" or char == '"' then
    local value, to = string_at(text, at)
    if char == "'" then put(state, value) else state.key = value end
    return to
  elseif char:find("%d") then
    put(state, NUMBERS[tonumber(char)])
  elseif char:find("%l") then
    state.key = state.keys[char]
  elseif char:find("%u") then
    put(state, state.words[char])
  end
  return at
end

--- The value that a text means.
---@param text string
---@param keys table<string, any>   By lower case letters.
---@param words table<string, any>  By upper case letters.
---@param named? boolean            Whether each table has a number of its own as `id`.
---@param metatable? table          Of error objects.
---@return table
function values.read(text, keys, words, named, metatable)
  local root = named and { id = 1 } or {}
  local state = { root = root, at = root, around = {}, tables = 1, keys = keys, words = words,
    named = named, metatable = metatable, closed = root, last = root }
  local at = 1
  while at <= #text do at = step(state, text, at) + 1 end
  return root
end

return values
