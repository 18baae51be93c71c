--- Checks what people wrote: collects every problem as "path is X; expected Y". Pure.
---
--- A *reader* is `read(path, value, problems, context) -> result`: it appends to `problems` what
--- is wrong with `value`, or gives the value that the rest of the library works with.
local suggest = require("neap.suggest")
local text = require("neap.text")
local units = require("neap.units")

local check = {}

--- Of a table's keys that many are looked at. One with more has unknown ones for certain.
local KEYS = 100

--- A field that is known, and refused because it is not built yet.
check.UNAVAILABLE = function(path, _, problems)
  local key = path:match("[^.]+$")
  problems[#problems + 1] =
    ("%s: %s is not available in this version"):format(path, text.quoted(key))
end

local ARTICLES = { ["nil"] = "missing", ["function"] = "a function", thread = "a coroutine",
  userdata = "a userdata" }

--- How a value reads in a message: `"always"`, `3`, `a table`.
---@param value any
---@return string
function check.shown(value)
  if type(value) == "string" then return text.of(value, 60) end
  if type(value) == "table" then return "a table" end
  return ARTICLES[type(value)] or tostring(value)
end

--- Appends `path is <value>; expected <expected>`.
function check.fault(problems, path, value, expected)
  problems[#problems + 1] = ("%s is %s; expected %s"):format(path, check.shown(value),
    expected)
end

--- Makes a reader of `convert(value) -> result | nil`.
---@param expected string
---@param convert fun(value: any): any
function check.reader(expected, convert)
  return function(path, value, problems)
    local result = convert(value)
    if result == nil then check.fault(problems, path, value, expected) end
    return result
  end
end

local function of_type(wanted)
  return function(value)
    if type(value) == wanted then return value end
  end
end

local function quoted_list(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = text.quoted(word) end
  local last = table.remove(quoted)
  if #quoted == 0 then return last end
  return table.concat(quoted, ", ") .. " or " .. last
end

--- A reader of one of some words.
---@param words string[]
function check.one_of(words)
  return check.reader(quoted_list(words), function(value)
    for _, word in ipairs(words) do
      if value == word then return word end
    end
  end)
end

check.string = check.reader("a string", of_type("string"))
check.boolean = check.reader("true or false", of_type("boolean"))
check.table = check.reader("a table", of_type("table"))
check.bytes = check.reader('bytes, such as 65536 or "64KB"', units.bytes)
check.ms = check.reader('milliseconds, or text such as "500ms" or "2s"', units.ms)

check.count = check.reader("a whole number, 0 or more", function(value)
  if type(value) == "number" and value >= 0 and (value % 1 == 0 or value == math.huge) then
    return value
  end
end)

check.period = check.reader('a time above 0, such as 5000 or "5s"', function(value)
  local ms = units.ms(value)
  if ms and ms > 0 and ms < math.huge then return ms end
end)

check.timeout = check.reader('milliseconds, text such as "2s", or "infinity"', function(value)
  if value == "infinity" then return math.huge end
  return units.ms(value)
end)

--- True for what `neap.register` takes.
function check.is_name(value)
  return type(value) == "string" and #value <= 128
    and value:find("^[%a_][%w_.:%-]*$") ~= nil
end

check.NAME = "a name: a letter or _, then letters, digits and _ . : -, at most 128"
check.name = check.reader(check.NAME, function(value)
  if check.is_name(value) then return value end
end)

local function joined(path, key)
  if type(key) ~= "string" then return path .. "[" .. tostring(key) .. "]" end
  return path == "" and key or path .. "." .. key
end

local function unknown(path, key, fields)
  local where = path == "" and "" or path .. ": "
  local name = type(key) == "string" and text.of(key) or "[" .. tostring(key) .. "]"
  local hint = suggest.hint(key, text.keys(fields))
  return where .. "unknown key " .. name .. hint
end

--- Reads a table field by field; keys that are not in `fields` are problems.
---@param path string              Where the table is; "" for the top.
---@param value any
---@param fields table<string, function>  Readers by key.
---@param problems string[]
---@param context? any             Passed to the readers.
---@return table result  The fields that were given and are right.
function check.fields(path, value, fields, problems, context)
  local result = {}
  if type(value) ~= "table" then
    check.fault(problems, path, value, "a table")
    return result
  end
  for _, key in ipairs(text.keys(value, KEYS)) do
    local read = fields[key]
    if read then
      result[key] = read(joined(path, key), value[key], problems, context)
    else
      problems[#problems + 1] = unknown(path, key, fields)
    end
  end
  return result
end

--- Raises a misuse error for the caller's caller if the first argument can not be whom a message
--- is for.
---@param where string  The public function.
---@param to any
function check.whom(where, to)
  if type(to) == "string" or type(to) == "userdata" then return end
  error(("%s: argument 1 is %s; expected a pid, a name or an address"):format(where,
    check.shown(to)), 3)
end

--- Raises a misuse error for the caller's caller if there are problems.
---@param where string       The public function: "neap.spawn".
---@param problems string[]
---@param level? integer     As for error(); default 3, the caller of the public function.
function check.raise(where, problems, level)
  if #problems == 0 then return end
  error(where .. ": " .. table.concat(problems, "\n"), level or 3)
end

return check
