--- Copies of tables without metatables, fit to be sent. Pure.
local readonly = require("neap.readonly")

local plain = {}

local function copied(value, seen)
  if type(value) ~= "table" then return value end
  if seen[value] then return seen[value] end
  local copy = {}
  seen[value] = copy
  for key, item in next, readonly.opened(value) do
    copy[copied(key, seen)] = copied(item, seen)
  end
  return copy
end

--- A copy of `value` in which no table has a metatable; shared and cyclic references stay.
---@param value any
---@return any
function plain.copy(value)
  return copied(value, {})
end

local function has_view(value, seen)
  if type(value) ~= "table" or seen[value] then return false end
  if readonly.opened(value) ~= value then return true end
  seen[value] = true
  for _, item in next, value do
    if has_view(item, seen) then return true end
  end
  return false
end

--- `value` itself, or a plain copy if a read-only view lies in it: what may be sent.
---@param value any
---@return any
function plain.sendable(value)
  if type(value) ~= "table" or not has_view(value, {}) then return value end
  return plain.copy(value)
end

return plain
