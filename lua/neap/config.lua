--- The configuration of an application: defaults and what the command line set. Pure.
local check = require("neap.check")
local suggest = require("neap.suggest")
local text = require("neap.text")

local config = {}

local BOOLEANS = { ["true"] = true, ["false"] = false }

local as = {}

function as.string(value) return value end
function as.number(value) return tonumber(value) end
function as.boolean(value) return BOOLEANS[value] end

local EXPECTED = { number = "a number", boolean = "true or false" }

local function copied(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in next, value do copy[key] = copied(item) end
  return copy
end

--- The key in `t` that `part` of a path means: also a list's position.
local function key_in(t, part)
  if t[part] ~= nil then return part end
  local position = tonumber(part)
  if position and t[position] ~= nil then return position end
end

--- All paths below `t`, for suggestions.
local function paths_of(t, prefix, paths)
  for _, key in ipairs(text.keys(t)) do
    local path = prefix .. tostring(key)
    paths[#paths + 1] = path
    if type(t[key]) == "table" then paths_of(t[key], path .. ".", paths) end
  end
  return paths
end

local function replaced(default, path, value)
  local convert = as[type(default)]
  if not convert then
    return nil, ("--set %s: it is %s; set one of its keys"):format(path, check.shown(default))
  end
  local result = convert(value)
  if result ~= nil then return result end
  return nil, ("--set %s: %s is not %s, as its default %s is"):format(path,
    text.quoted(value), EXPECTED[type(default)], tostring(default))
end

--- Replaces the default at `path`; gives the problem, or nil.
local function replace(defaults, path, value)
  local at, key = { [""] = defaults }, ""
  for part in path:gmatch("[^.]+") do
    local inner = at[key]
    local inner_key = type(inner) == "table" and key_in(inner, part)
    if not inner_key then
      return ("--set %s: there is no such key in config.lua%s"):format(path,
        suggest.hint(path, paths_of(defaults, "", {})))
    end
    at, key = inner, inner_key
  end
  local result, problem = replaced(at[key], path, value)
  if problem then return problem end
  at[key] = result
end

--- Sets a key that needs no default; gives the problem, or nil.
local function add(values, path, value)
  local at, last = values, path:match("[^.]+$")
  for part in path:sub(1, -#last - 1):gmatch("[^.]+") do
    if at[part] == nil then at[part] = {} end
    at = at[part]
    if type(at) ~= "table" then
      return ("--set %s: %s is set to %s already"):format(path, part, text.of(at))
    end
  end
  at[last] = value
end

local function split(set)
  local path, value = set:match("^([^=]+)=(.*)$")
  if path and path:find("^[^.]+$") or path and path:find("^[^.][^=]*[^.]$")
    and not path:find("..", 1, true) then
    return path, value
  end
end

--- Applies the `--set KEY=VALUE` of the command line.
---@param defaults table?  What config.lua gave; without it any key may be set, to a string.
---@param sets string[]    "a.b=VALUE".
---@return table values
---@return string[] problems
function config.apply(defaults, sets)
  local values, problems = copied(defaults or {}), {}
  local put = defaults and replace or add
  for _, set in ipairs(sets) do
    local path, value = split(set)
    local problem = path and put(values, path, value)
      or not path and ("--set %s: expected KEY=VALUE"):format(set)
    problems[#problems + 1] = problem or nil
  end
  return values, problems
end

return config
