--- Says what is wrong with a module that a spec names.
local host = require("neap.host")
local loader = require("neap.loader")
local program = require("neap.program")

local modules = {}

local function shown(err)
  return require("neap.text").line(tostring(err), 2000)
end

local function missing(path, module, searched)
  return ("%s is %q; there is no such module%s"):format(path, module,
    searched and " (searched " .. searched .. ")" or "")
end

local function found(module)
  if module:find("^neap%f[%z.]") then return loader.library(module) end
  return host.source(module)
end

--- The problem if the module does not exist or has a syntax error; else nil.
---@param path string  Where it is named: "root.children[1].start[1]".
---@param what string  "module" or "module:function".
---@return string?
function modules.find_problem(path, what)
  local module = program.split(what)
  local ok, chunk, searched = pcall(found, module)
  if not ok then return ("%s: %s"):format(path, shown(chunk)) end
  if chunk then return nil end
  return missing(path, module, searched)
end

--- The problem if the module does not load or gives nothing that runs; else nil.
---@param path string
---@param what string
---@return string?
function modules.load_problem(path, what)
  local absent = modules.find_problem(path, what)
  if absent then return absent end
  local module, name = program.split(what)
  local ok, value = pcall(loader.require, module)
  if not ok then return ("%s: %s"):format(path, shown(value)) end
  local entry, problem = program.entry(value, name)
  if not entry then return ("%s: module %q %s"):format(path, module, problem) end
end

return modules
