--- What a process runs: a module, a function of one, a Lua function, or a service. Pure.
local marks = require("neap.service.marks")

local program = {}

local byte, find = string.byte, string.find

local DOT = byte(".")

program.EXPECTED = 'a module name, "module:function", a function or a service'

--- True for what `require` takes: parts of letters, digits, _ and -, joined by dots.
---@param name any
---@return boolean
function program.is_module(name)
  return type(name) == "string" and find(name, "^[%w_%-][%w_%-.]*$") ~= nil
    and byte(name, -1) ~= DOT and not find(name, "..", 1, true)
end

--- Splits "module:function"; the second is nil without one.
---@param what string
---@return string module
---@return string? name
function program.split(what)
  if not find(what, ":", 1, true) then return what end
  local module, name = what:match("^(.-):([%a_][%w_]*)$")
  return module or what, name
end

local kinds = {}

function kinds.string(what)
  return program.is_module((program.split(what))) and "module" or nil
end

kinds["function"] = function() return "function" end

function kinds.table(what)
  return marks.is_service(what) and "service" or nil
end

--- The kind of host.spawn for `what`: "module", "function", "service"; nil for others.
---@param what any
---@return string?
function program.kind(what)
  local kind = kinds[type(what)]
  return kind and kind(what)
end

--- `what` itself if it can run; for check.reader.
function program.valid(what)
  if program.kind(what) then return what end
end

--- The label of such a process in lists: the module's name, or what it is.
function program.label(what)
  return type(what) == "string" and what or program.kind(what)
end

--- Finds in the value of a module what runs: a function or a service; else nil and why.
---@param value any
---@param name? string  The function's name after the colon.
---@return function|table|nil
---@return string?
function program.entry(value, name)
  if name then
    local entry = type(value) == "table" and value[name]
    if type(entry) == "function" then return entry end
    return nil, ("has no function %q"):format(name)
  end
  if type(value) == "function" or marks.is_service(value) then return value end
  if type(value) == "table" and type(value.main) == "function" then return value.main end
  return nil, ("returns %s; expected a function, a table with main, or a service")
    :format(require("neap.check").shown(value))
end

return program
