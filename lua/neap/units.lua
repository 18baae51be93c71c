--- Reads sizes ("64KB") and times ("2s"). Pure.
local units = {}

local BYTES = { b = 1, kb = 1024, mb = 1024 ^ 2, gb = 1024 ^ 3 }
local MS = { ms = 1, s = 1000, m = 60 * 1000, min = 60 * 1000, h = 3600 * 1000 }

local function read(value, factors)
  if type(value) == "number" then
    return value >= 0 and value or nil           -- NaN is not >= 0
  end
  if type(value) ~= "string" then return nil end
  local number, unit = value:match("^(%d+%.?%d*)%s?(%a+)$")
  local factor = unit and factors[unit:lower()]
  return factor and tonumber(number) * factor
end

--- Bytes, from a number or text such as "64KB" (1 KB is 1024 bytes); nil if it is neither.
---@param value any
---@return number?
function units.bytes(value)
  local bytes = read(value, BYTES)
  return bytes and math.floor(bytes)
end

--- Milliseconds, from a number or text such as "500ms", "2s", "5min", "1h"; nil if neither.
---@param value any
---@return number?
function units.ms(value)
  return read(value, MS)
end

return units
