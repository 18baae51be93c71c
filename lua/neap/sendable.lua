--- Finds what can not be sent in a value, before it is sent. Pure: userdata passes, as only
--- the host knows its own.
local neap_error = require("neap.error")

local sendable = {}

local REFUSED = { ["function"] = "is a function", thread = "is a coroutine",
  cdata = "is a cdata" }

--- Most values are: no path is made for them.
local IS_PLAIN = { string = true, number = true, boolean = true, userdata = true }

local function joined(path, key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return path .. "." .. key end
  return path .. "[" .. tostring(key) .. "]"
end

local find

local function find_in_table(path, value, seen)
  seen[value] = true
  if getmetatable(value) ~= nil and not neap_error.is(value) then
    return path .. " has a metatable"
  end
  for key, item in next, value do
    local problem = not IS_PLAIN[type(key)] and find("a key of " .. path, key, seen)
      or not IS_PLAIN[type(item)] and find(joined(path, key), item, seen)
    if problem then return problem end
  end
end

function find(path, value, seen)
  if REFUSED[type(value)] then return path .. " " .. REFUSED[type(value)] end
  if type(value) ~= "table" or seen[value] then return nil end
  return find_in_table(path, value, seen)
end

--- The first thing in `value` that can not be sent: `args[1].run is a function`; or nil.
---@param path string
---@param value any
---@return string?
function sendable.problem(path, value)
  return find(path, value, {})
end

return sendable
