--- What a handler returned, as a status, fields and a body. Pure.
---
--- Hot: the bench `http` watches `normalize`; it makes one table, the list of fields.
local types = require("neap.http.types")

local response = {}

local find, floor, format, lower = string.find, math.floor, string.format, string.lower
local next, tostring, type = next, tostring, type

local EXPECTED = "a string, a table (status, headers, body, json, file) or nothing after"
  .. " streaming"
local TEXT = "text/plain; charset=utf-8"
local JSON = "application/json"

local KEYS = { status = true, headers = true, body = true, json = true, file = true }
local EMPTY = { [204] = true, [205] = true, [304] = true }
local FRAMING = { ["content-length"] = true, ["transfer-encoding"] = true, connection = true,
  ["keep-alive"] = true, ["proxy-connection"] = true, trailer = true, upgrade = true }

local function shown(value)
  return require("neap.check").shown(value)
end

-- Fields -----------------------------------------------------------------------------------

local function name_problem(name)
  if type(name) ~= "string" or not find(name, "^[%w!#$%%&'*+.^_`|~-]+$") then
    return format("headers has the name %s; expected letters, digits and -", shown(name))
  end
  if FRAMING[lower(name)] then
    return format("headers[%q] is not for handlers: the server sets it", name)
  end
end

--- A value that is not a list, as text; or nil and the problem.
local function text_of(path, value)
  if type(value) == "number" and value - value == 0 then
    return value == floor(value) and format("%.0f", value) or tostring(value)
  end
  if type(value) ~= "string" then
    return nil, format("%s is %s; expected a string, a number or a list of strings", path,
      shown(value))
  end
  if find(value, "[%z\1-\8\10-\31\127]") then
    return nil, format("%s is %s; expected no line breaks and control characters", path,
      shown(value))
  end
  return value
end

local function push(fields, n, name, value)
  fields[n + 1], fields[n + 2] = name, value
  return n + 2
end

--- Appends a line for each item; gives the new count, or nil and the problem.
local function push_list(fields, n, name, list)
  local count = 0
  for i, item in ipairs(list) do
    if type(item) ~= "string" then
      return nil, format("headers[%q][%d] is %s; expected a string", name, i, shown(item))
    end
    local text, problem = text_of(format("headers[%q][%d]", name, i), item)
    if not text then return nil, problem end
    n, count = push(fields, n, lower(name), text), i
  end
  for key in next, list do
    if type(key) ~= "number" or key < 1 or key > count or key % 1 ~= 0 then
      return nil, format("headers[%q] has the key %s; expected a list of strings", name, shown(key))
    end
  end
  return n
end

local function push_value(fields, n, name, value)
  if type(value) == "table" then return push_list(fields, n, name, value) end
  if type(value) == "string" and not find(value, "%c") then
    return push(fields, n, lower(name), value)
  end
  local text, problem = text_of(format("headers[%q]", name), value)
  if not text then return nil, problem end
  return push(fields, n, lower(name), text)
end

--- Appends the headers; gives whether a content type is among them, or nil and the problem.
local function add_headers(fields, headers)
  if type(headers) ~= "table" then
    return nil, format("headers is %s; expected a table of names and values", shown(headers))
  end
  local n, has_type = 0, false
  for name, value in next, headers do
    local problem = name_problem(name)
    if problem then return nil, problem end
    n, problem = push_value(fields, n, name, value)
    if not n then return nil, problem end
    if lower(name) == "content-type" then has_type = true end
  end
  return has_type
end

-- Bodies -----------------------------------------------------------------------------------

local function is_buffer(value)
  return type(value) == "userdata" and find(tostring(value), "^buffer %d+ bytes$") ~= nil
end

--- The kind of body, its value and its default content type; or nil and the problem.
local bodies = {}

function bodies.body(value)
  if type(value) == "string" or is_buffer(value) then return "body", value, TEXT end
  local hint = type(value) == "table" and ", or json = ... for a table" or ""
  return nil, format("body is %s; expected a string or a buffer%s", shown(value), hint)
end

function bodies.json(value)
  return "json", value, JSON
end

function bodies.file(value)
  if type(value) == "string" and value ~= "" and not find(value, "%z") then
    return "file", value, types.of(value)
  end
  return nil, format("file is %s; expected the path of a file", shown(value))
end

local function body_of(given)
  local body, json, file = given.body, given.json, given.file
  local count = (body ~= nil and 1 or 0) + (json ~= nil and 1 or 0) + (file ~= nil and 1 or 0)
  if count > 1 then return nil, "it has more than one of body, json and file; expected one" end
  if json ~= nil then return bodies.json(json) end
  if file ~= nil then return bodies.file(file) end
  if body ~= nil then return bodies.body(body) end
  return "body", ""
end

-- Responses --------------------------------------------------------------------------------

local function status_problem(status)
  if type(status) == "number" and status >= 200 and status <= 599 and status % 1 == 0 then
    return nil
  end
  return format("status is %s; expected a whole number from 200 to 599", shown(status))
end

local function unknown_key(given)
  for key in next, given do
    if not KEYS[key] then
      return format("unknown key %s%s", shown(key),
        require("neap.suggest").hint(key, { "status", "headers", "body", "json", "file" }))
    end
  end
end

--- The parts of a table, or nil and the problem.
local function of_table(given)
  local status, fields, has_type = given.status, {}, false
  if status == nil then status = 200 end
  local problem = unknown_key(given) or status_problem(status)
  if problem then return nil, problem end
  local kind, value, content_type = body_of(given)
  if not kind then return nil, value end
  if EMPTY[status] and not (kind == "body" and #value == 0) then
    return nil, format("status is %d, which has no body; the response has one", status)
  end
  if given.headers ~= nil then has_type, problem = add_headers(fields, given.headers) end
  if has_type == nil then return nil, problem end
  if not has_type and content_type and not EMPTY[status] then
    push(fields, #fields, "content-type", content_type)
  end
  return status, fields, kind, value
end

local function several(a, b)
  local first = a == nil and "nil" or "a " .. type(a)
  return format("the handler returned %s and %s; expected one value: %s", first, shown(b),
    EXPECTED)
end

--- The response that a handler's results mean. Without any it is a problem, too: a handler
--- that has streamed is not asked.
---@param a any
---@param b any  The second result; expected nil.
---@return integer? status
---@return string[]|string fields  { name, value, name, value, ... }, names in lower case; the
--- problem, for the log, if there is no status.
---@return "body"|"json"|"file"? kind
---@return any value               A string or buffer; what becomes JSON; a path.
---Example: `local status, fields, kind, value = response.normalize(handler(req, res))`
function response.normalize(a, b)
  if b ~= nil then return nil, several(a, b) end
  if type(a) == "string" then return 200, { "content-type", TEXT }, "body", a end
  if type(a) ~= "table" then
    local what = a == nil and "nothing, and streamed nothing" or "a " .. type(a)
    return nil, format("the handler returned %s; expected %s", what, EXPECTED)
  end
  local status, fields, kind, value = of_table(a)
  if not status then return nil, "the handler's response: " .. fields end
  return status, fields, kind, value
end

return response
