--- The definition of a service: its handlers, checked. Pure.
local check = require("neap.check")
local marks = require("neap.service.marks")
local suggest = require("neap.suggest")
local text = require("neap.text")

local definition = {}

local handler = check.reader("a function", function(value)
  if type(value) == "function" then return value end
end)

local function handlers(path, value, problems)
  if type(value) ~= "table" then
    return check.fault(problems, path, value, "a table of functions")
  end
  for _, key in ipairs(text.keys(value)) do
    if type(key) ~= "string" then
      problems[#problems + 1] = path .. ": a key is " .. check.shown(key)
        .. "; expected names of type string"
    end
    handler(path .. "." .. tostring(key), value[key], problems)
  end
  return value
end

local FIELDS = {
  init = handler,
  call = handlers,
  cast = handlers,
  info = handler,
  terminate = handler,
  upgrade = handler,
  version = check.reader("a number or a string", function(value)
    if type(value) == "number" or type(value) == "string" then return value end
  end),
}

---@class neap.ServiceHandlers
---@field init? fun(...): any, any          Gives the state; default: an empty table.
---@field call? table<string, function>     `function(state, ...)`: what it returns is the reply.
---@field cast? table<string, function>     `function(state, ...)`.
---@field info? fun(state: any, msg: any)   Other messages and signals.
---@field terminate? fun(state: any, reason: any)
---@field version? number|string
---@field upgrade? fun(state: any, old_version: any): any

--- Checks the handlers and marks the table as a service.
---@param given neap.ServiceHandlers
---@return table? definition
---@return string[] problems
function definition.new(given)
  local problems = {}
  if type(given) ~= "table" then
    check.fault(problems, "the definition", given, "a table of handlers")
    return nil, problems
  end
  local made = check.fields("", given, FIELDS, problems)
  if #problems > 0 then return nil, problems end
  made.call, made.cast = made.call or {}, made.cast or {}
  return setmetatable(made, marks.Service), problems
end

--- The message for a call or cast that the service does not know.
---@param what "call"|"cast"
---@param name any
---@param known table  The handlers.
---@return string
function definition.unknown(what, name, known)
  return ("the service has no %s %s%s"):format(what, check.shown(name),
    suggest.hint(name, text.keys(known)))
end

return definition
