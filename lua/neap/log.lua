--- Log lines: one function per level.
local host = require("neap.host")

local log = {}

local SCALARS = { string = true, number = true, boolean = true }

local function shown(value)
  if SCALARS[type(value)] then return value end
  if type(value) == "userdata" then return tostring(value) end
  return require("neap.text").of(value, 1000)
end

--- The host takes scalars only; what is nested becomes text.
local function flat(fields)
  local result = {}
  for key, value in next, fields do result[tostring(key)] = shown(value) end
  return result
end

local function writer(level)
  return function(event, fields)
    if type(event) ~= "string" then
      error(("neap.log.%s: the event is %s; expected a string"):format(level,
        require("neap.check").shown(event)), 2)
    end
    if fields ~= nil and type(fields) ~= "table" then
      error(("neap.log.%s: fields is %s; expected a table"):format(level,
        require("neap.check").shown(fields)), 2)
    end
    host.log(level, event, fields and flat(fields))
  end
end

for _, level in ipairs({ "debug", "info", "warn", "error" }) do log[level] = writer(level) end

return log
