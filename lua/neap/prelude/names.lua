--- What a snapshot does not copy, but finds again by name in the new process: the standard
--- library, the library, and what modules hold. Pure.
---
--- A name is the module ("_G" for globals) and the keys to go, joined by "\0".
local names = {}

local find, sub = string.find, string.sub

local KEEPS_NAME = { ["function"] = true, table = true }

local Names = {}
Names.__index = Names

local function add(known, value, name)
  if KEEPS_NAME[type(value)] and known[value] == nil then known[value] = name end
end

--- The fields of `t`, by string keys, and theirs down to `depth` more.
local function add_fields(known, t, name, depth)
  for key, value in next, t do
    if type(key) == "string" then
      add(known, value, name .. "\0" .. key)
      if depth > 0 and type(value) == "table" and value ~= t then
        add_fields(known, value, name .. "\0" .. key, depth - 1)
      end
    end
  end
end

local function add_module(known, name, value)
  add(known, value, name)
  if type(value) == "table" then add_fields(known, value, name, 1) end
end

--- Made anew when a module was loaded since the last time.
---@return table<any, string>
function Names:table()
  local changes = self._loader.changes
  if self._changes == changes then return self._known end
  local known = {}
  add_fields(known, self._globals, "_G", 1)
  for _, name in ipairs(self._loader.order) do
    add_module(known, name, self._loader.loaded[name])
  end
  self._known, self._changes = known, changes
  return known
end

local function missing(name)
  error(("snapshot: there is no %s in this process"):format((name:gsub("%z", "."))), 0)
end

--- Looks a name up again; raises if its module does not load or has changed.
---@param name string
---@return any
function Names:resolve(name)
  local stop = find(name, "\0", 1, true) or #name + 1
  local module = sub(name, 1, stop - 1)
  local value = module == "_G" and self._globals or self._loader.loaded[module]
    or self._loader.require_any(module)
  while stop <= #name do
    local start = stop + 1
    stop = find(name, "\0", start, true) or #name + 1
    value = type(value) == "table" and value[sub(name, start, stop - 1)] or nil
    if value == nil then missing(name) end      -- not raw: what neap has is found by its name
  end
  return value
end

---@param loader table   { order, loaded, changes, require_any }
---@param globals table  Those of a fresh process.
---@return table
function names.new(loader, globals)
  return setmetatable({ _loader = loader, _globals = globals }, Names)
end

return names
