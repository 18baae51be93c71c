--- Writes any value as one short line of Lua-like text, for messages and logs. Pure.
local text = {}

local concat, sort, min = table.concat, table.sort, math.min
local format, gsub, find, sub = string.format, string.gsub, string.find, string.sub

local DEPTH = 3
local ITEMS = 10
local BYTES = 200

--- What may come from anybody must not cost what its size suggests.
local KEYS = 100                             -- of a table that are put in order
local LONG = 2000                            -- bytes of a string that are looked at

local CONTROL = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escaped(char)
  return CONTROL[char] or format("\\%d", char:byte())
end

--- A string in double quotes, on one line.
---@param value string
---@return string
function text.quoted(value)
  local safe = gsub(value, '[\\"]', "\\%0")
  return '"' .. gsub(safe, "%c", escaped) .. '"'
end

--- The first line of `value`, cut to `max` bytes (default 200).
---@param value string
---@param max? integer
---@return string
function text.line(value, max)
  max = max or BYTES
  local start = sub(value, 1, max + 1)
  local line = gsub(sub(start, 1, (find(start, "\n", 1, true) or 0) - 1), "%c", escaped)
  if #line <= max then return line end
  return sub(line, 1, max - 3) .. "..."
end

local function by_text(a, b)
  if type(a) == type(b) and type(a) ~= "table" and type(a) ~= "userdata" then
    return tostring(a) < tostring(b)
  end
  return type(a) < type(b)
end

--- The keys of `t` in a stable order.
---@param t table
---@param max? integer  Of a table with more any that many. Default: all.
---@return any[]
function text.keys(t, max)
  local keys, all_strings = {}, true
  for key in next, t do
    keys[#keys + 1] = key
    all_strings = all_strings and type(key) == "string"
    if #keys == max then break end
  end
  sort(keys, not all_strings and by_text or nil)
  return keys
end

local written

local function written_key(key, depth)
  if type(key) == "string" and #key <= LONG and find(key, "^[%a_][%w_]*$") then return key end
  return "[" .. written(key, depth) .. "]"
end

local function items_of(value, depth)
  local items, count = {}, #value
  for i = 1, min(count, ITEMS) do items[i] = written(value[i], depth) end
  local keys = count <= ITEMS and text.keys(value, KEYS) or {}
  for _, key in ipairs(keys) do
    local is_item = type(key) == "number" and key >= 1 and key <= count and key % 1 == 0
    if not is_item and #items <= ITEMS then
      items[#items + 1] = written_key(key, depth) .. " = " .. written(value[key], depth)
    end
  end
  if #items > ITEMS or count > ITEMS then items[ITEMS + 1] = "..." end
  return concat(items, ", ", 1, min(#items, ITEMS + 1))
end

local function written_table(value, depth)
  local metatable = getmetatable(value)
  if type(metatable) == "table" and rawget(metatable, "__tostring") then
    return tostring(value)
  end
  if depth >= DEPTH and next(value) ~= nil then return "{...}" end
  return "{" .. items_of(value, depth + 1) .. "}"
end

function written(value, depth)
  if type(value) == "string" then return text.quoted(sub(value, 1, LONG)) end
  if type(value) == "table" then return written_table(value, depth) end
  if type(value) == "function" then return "a function" end
  return tostring(value)
end

--- Any value on one line, cut to `max` bytes (default 200).
---@param value any
---@param max? integer
---@return string
function text.of(value, max)
  return text.line(written(value, 0), max)
end

return text
