--- Percent-encoding, queries and forms. Pure.
---
--- Decoded text is bytes: it may hold "\0" and what is not UTF-8. Hot: the bench `http`
--- watches `decode` and `parse_query`.
local neap_error = require("neap.error")

local url = {}

local byte, char, find, format, gsub, sub =
  string.byte, string.char, string.find, string.format, string.gsub, string.sub

local MAX_PAIRS = 1000

--- The byte of two hexadecimal digits. Fills itself: at most 484 entries.
local bytes = setmetatable({}, { __index = function(known, digits)
  local value = char(tonumber(digits, 16))
  known[digits] = value
  return value
end })

local function escaped(letter)
  return format("%%%02X", byte(letter))
end

--- Decodes a part of a path: "a%2Fb" is "a/b". A "+" stays a "+".
---@param text string
---@return string?  nil if a "%" is not followed by two hexadecimal digits.
function url.decode(text)
  if not find(text, "%", 1, true) then return text end
  if find(text, "%%%x?%X") or find(text, "%%%x?$") then return nil end
  return (gsub(text, "%%(%x%x)", bytes))
end

--- Encodes all but letters, digits and - . _ ~, for a part of a path or of a query.
---@param text string
---@return string
function url.encode(text)
  return (gsub(text, "[^%w%-._~]", escaped))
end

--- Decodes a name or value of a query or form: "+" is a space, a "%" that begins no escape
--- stays, as the URL standard has it: people write "?discount=50%".
local function decode_form(text)
  if find(text, "+", 1, true) then text = gsub(text, "%+", " ") end
  if not find(text, "%", 1, true) then return text end
  return (gsub(text, "%%(%x%x)", bytes))
end

local function add(first, lists, name, value)
  local list = lists[name]
  if list then
    list[#list + 1] = value
  else
    first[name], lists[name] = value, { value }
  end
end

--- Adds the pair that lies from `from` to `to`; one without a "=" has the value "".
local function add_pair(first, lists, text, from, to)
  local pair = sub(text, from, to)
  local equals = find(pair, "=", 1, true)
  add(first, lists, decode_form(sub(pair, 1, (equals or 0) - 1)),
    equals and decode_form(sub(pair, equals + 1)) or "")
end

local function too_many(what)
  return nil, neap_error.new("limit", ("the %s has more than %d pairs"):format(what, MAX_PAIRS),
    { limit = "pairs", max = MAX_PAIRS })
end

local function parse(text, what)
  local first, lists, count, from = {}, {}, 0, 1
  while from <= #text do
    local to = find(text, "&", from, true) or #text + 1
    if to > from then
      count = count + 1
      if count > MAX_PAIRS then return too_many(what) end
      add_pair(first, lists, text, from, to - 1)
    end
    from = to + 1
  end
  return first, lists
end

--- Reads the query of a URL, without its "?".
---@param text string
---@return table<string, string>?  The first value of each name; nil beyond 1000 pairs.
---@return table<string, string[]>|neap.Error  All values of each name.
function url.parse_query(text)
  return parse(text, "query")
end

--- Reads a body of the type application/x-www-form-urlencoded.
---@param body string
---@return table<string, string>?  As of parse_query.
---@return table<string, string[]>|neap.Error
function url.parse_form(body)
  return parse(body, "form")
end

return url
