--- Loads modules of the calling process again, of which the node has newer code.
local host = require("neap.host")
local loader = require("neap.loader")

local renewal = {}

local function copy(t)
  local result = {}
  for key, value in next, t do result[key] = value end
  return result
end

local function requires_any(required, names)
  for name in next, required or {} do
    if names[name] then return true end
  end
  return false
end

--- Those of which there is newer code, and those that hold what these gave: one that was loaded
--- after a reload may hold something from before.
local function stale_set()
  local stale, grew = {}, true
  while grew do
    grew = false
    for _, name in ipairs(loader.order) do
      local code = loader.codes[name]
      if code and not stale[name]
        and (host.code_of(name) ~= code or requires_any(loader.edges[name], stale)) then
        stale[name], grew = true, true
      end
    end
  end
  return stale
end

--- The modules that have to be loaded again, in order of load.
---@return string[]
function renewal.stale()
  local stale, names = stale_set(), {}
  for _, name in ipairs(loader.order) do
    if stale[name] then names[#names + 1] = name end
  end
  return names
end

local function forget(names)
  local gone, order = {}, {}
  for _, name in ipairs(names) do
    gone[name], loader.loaded[name], loader.edges[name] = true, nil, nil
  end
  for _, name in ipairs(loader.order) do
    if not gone[name] then order[#order + 1] = name end
  end
  loader.order = order
end

--- What was loaded of the library meanwhile stays: that never changes.
local function restore(before)
  for _, name in ipairs(loader.order) do
    if before.loaded[name] == nil and not loader.codes[name] then
      before.loaded[name] = loader.loaded[name]
      before.order[#before.order + 1] = name
    end
  end
  loader.loaded, loader.order = before.loaded, before.order
  loader.codes, loader.edges = before.codes, before.edges
  loader.changes = loader.changes + 1
end

local function load_again()
  local generation
  repeat
    generation = host.generation()
    local names = renewal.stale()
    forget(names)
    for _, name in ipairs(names) do loader.require_any(name) end
  until host.generation() == generation
  return generation
end

--- Loads again what is stale, until all is of one generation.
---@return number? generation  nil: a module does not load, and all is as it was.
---@return function|any undo   Takes it back; or the error.
function renewal.run()
  local before = { loaded = copy(loader.loaded), order = loader.order,
    codes = copy(loader.codes), edges = copy(loader.edges) }
  local ok, value = pcall(load_again)
  if ok then return value, function() restore(before) end end
  restore(before)
  return nil, value
end

--- The module that gives `value`, or holds it in a field: its name, and the field's.
---@param value any
---@return string? module
---@return string? field
function renewal.origin(value)
  for _, name in ipairs(loader.order) do
    if loader.codes[name] and loader.loaded[name] == value then return name end
  end
  for _, name in ipairs(loader.order) do
    local module = loader.codes[name] and loader.loaded[name]
    for key, field in next, type(module) == "table" and module or {} do
      if field == value and type(key) == "string" then return name, key end
    end
  end
end

return renewal
