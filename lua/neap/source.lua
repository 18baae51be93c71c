--- What a Lua text says of itself without being run: what it requires, whether it ends by
--- returning a table. Pure.
local source = {}

local find, sub = string.find, string.sub

---@class neap.Token
---@field kind "name"|"string"|"other"
---@field value string
---@field at integer  Its first byte.

--- Where a long bracket that opens at `at` is over; nil if none opens there.
local function long_bracket(text, at)
  local _, open, equals = find(text, "^%[(=*)%[", at)
  if not open then return nil end
  local first, last = find(text, "]" .. equals .. "]", open + 1, true)
  return last or #text, sub(text, open + 1, (first or 0) - 1)
end

local function short_string(text, at)
  local quote, i = sub(text, at, at), at + 1
  repeat
    local char
    i = find(text, '[\\"\']', i) or #text
    char = sub(text, i, i)
    i = i + (char == "\\" and 2 or 1)
  until char == quote or i > #text
  return i - 1, sub(text, at + 1, i - 2)
end

--- The last byte of the comment at `at`, or nil.
local function comment(text, at)
  if sub(text, at, at + 1) ~= "--" then return nil end
  return long_bracket(text, at + 2) or select(2, find(text, "^[^\n]*", at))
end

--- How tokens look: tried in order. What is left is one character.
local SHAPES = {
  { "name", "^[%a_][%w_]*" },
  { "other", "^%.?%d[%w.]*" },
  { "other", "^%.%.%.?" },
  { "other", "^." },
}

local function token(text, at)
  local last, value = long_bracket(text, at)
  if last then return "string", value, last end
  if find(text, "^[\"']", at) then
    last, value = short_string(text, at)
    return "string", value, last
  end
  for _, shape in ipairs(SHAPES) do
    _, last = find(text, shape[2], at)
    if last then return shape[1], sub(text, at, last), last end
  end
end

--- The tokens of a text that compiles.
local function tokens_of(text)
  local tokens, at = {}, find(text, "%S")
  while at do
    local last = comment(text, at)
    if not last then
      local kind, value
      kind, value, last = token(text, at)
      tokens[#tokens + 1] = { kind = kind, value = value, at = at }
    end
    at = find(text, "%S", last + 1)
  end
  return tokens
end

local function is(item, value)
  return item ~= nil and item.kind ~= "string" and item.value == value
end

--- The literal that stands alone behind the `require` at `i`.
local function literal(tokens, i)
  local next_one = tokens[i + 1]
  if next_one and next_one.kind == "string" then return next_one.value end
  local inner = tokens[i + 2]
  if is(next_one, "(") and inner and inner.kind == "string" and is(tokens[i + 3], ")") then
    return inner.value
  end
end

local function line_of(text, at)
  return select(2, sub(text, 1, at):gsub("\n", "")) + 1
end

--- What it requires by a literal name, in order: `require("a.b")`, `require "a.b"`.
---@param text string
---@return { name: string, line: integer }[]
function source.requires(text)
  local found, tokens = {}, tokens_of(text)
  for i, item in ipairs(tokens) do
    local before = tokens[i - 1]
    local is_call = is(item, "require") and not (is(before, ".") or is(before, ":"))
    local name = is_call and literal(tokens, i)
    if name then found[#found + 1] = { name = name, line = line_of(text, item.at) } end
  end
  return found
end

local BLOCKS = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1,
  ["until"] = -1 }
local NO_TABLE = { ["nil"] = true, ["true"] = true, ["false"] = true, ["function"] = true }

--- Where the last statement of the chunk itself is a `return`; else nil.
local function last_return(tokens)
  local depth, place = 0, nil
  for i, item in ipairs(tokens) do
    if item.kind == "name" then depth = depth + (BLOCKS[item.value] or 0) end
    if depth == 0 and is(item, "return") then place = i end
  end
  return place
end

--- True if it ends with `return { ... }`, or `return` and a variable: it may give a table
--- without calling anything for it.
---@param text string
---@return boolean
function source.returns_table(text)
  local tokens = tokens_of(text)
  local at = last_return(tokens)
  local what = at and tokens[at + 1]
  if not what then return false end
  if is(what, "{") then return true end
  local is_last = tokens[at + 2] == nil or is(tokens[at + 2], ";")
  return is_last and what.kind == "name" and not NO_TABLE[what.value]
end

return source
