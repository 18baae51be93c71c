--- Views of tables that nobody can change; lists are given out as copies. Pure.
---
--- A view is an empty table with the data behind its metatable, so that an assignment to any
--- key raises. The prelude's `pairs` looks through it; `#` can not, so lists are copied.
local readonly = {}

local data_of = setmetatable({}, { __mode = "k" })

local function copied(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in next, value do copy[key] = copied(item) end
  return copy
end

local function is_list(value)
  return #value > 0
end

local function refuse(name)
  return function(_, key)
    error(("%s is read-only: %s can not be set"):format(name, tostring(key)), 2)
  end
end

--- A view of `data`, which must be a tree of plain tables.
---@param name string  What it is called in errors: "neap.config".
---@param data table
---@return table
function readonly.view(name, data)
  local nested = {}
  local function index(_, key)
    local value = data[key]
    if type(value) ~= "table" then return value end
    if is_list(value) then return copied(value) end
    nested[key] = nested[key] or readonly.view(name .. "." .. tostring(key), value)
    return nested[key]
  end
  local view = {}
  local function step(_, key)
    local found = next(data, key)
    if found ~= nil then return found, index(view, found) end
  end
  data_of[view] = data
  return setmetatable(view, {
    __index = index,
    __newindex = refuse(name),
    __pairs = function() return step, view, nil end,
    __metatable = false,
  })
end

--- A plain copy of what a view shows; other values as they are.
---@param value any
---@return any
function readonly.opened(value)
  local data = value ~= nil and data_of[value] or nil
  if data == nil then return value end
  return copied(data)
end

return readonly
