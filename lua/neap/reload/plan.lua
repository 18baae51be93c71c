--- Which modules a change reaches. Pure.
local plan = {}

--- Who requires whom, turned round: module -> those that require it, in the order given.
local function requirers_of(known)
  local requirers = {}
  for _, module in ipairs(known) do requirers[module.name] = {} end
  for _, module in ipairs(known) do
    for _, required in ipairs(module.requires) do
      local list = requirers[required]
      if list then list[#list + 1] = module.name end
    end
  end
  return requirers
end

local function add_all(requirers, name, seen)
  for _, requirer in ipairs(requirers[name] or {}) do
    if not seen[requirer] then
      seen[requirer] = true
      add_all(requirers, requirer, seen)
    end
  end
end

--- The modules that require `name`, directly or not, in the order of `known`.
---@param known { name: string, requires: string[] }[]
---@param name string
---@return string[]
function plan.requirers(known, name)
  local seen, names = {}, {}
  add_all(requirers_of(known), name, seen)
  for _, module in ipairs(known) do
    if seen[module.name] and module.name ~= name then names[#names + 1] = module.name end
  end
  return names
end

--- All that has to be loaded anew when these have changed: they, and who requires them; each
--- once, those that changed first.
---@param known { name: string, requires: string[] }[]
---@param changed string[]
---@return string[]
function plan.reached(known, changed)
  local seen, names = {}, {}
  local function add(name)
    if seen[name] then return end
    seen[name] = true
    names[#names + 1] = name
  end
  for _, name in ipairs(changed) do add(name) end
  for _, name in ipairs(changed) do
    for _, requirer in ipairs(plan.requirers(known, name)) do add(requirer) end
  end
  return names
end

return plan
