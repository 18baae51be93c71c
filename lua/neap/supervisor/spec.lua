--- Checks a supervisor spec with all that is below it: every problem at once. Pure.
local allow = require("neap.allow")
local check = require("neap.check")
local child_spec = require("neap.supervisor.child_spec")
local strategy = require("neap.supervisor.strategy")

local spec = {}

--- With that many problems the rest of a list is not read, and no more are told: what is around
--- the list, up to the root, may have as many again.
local PROBLEMS = 100

--- Supervisors below each other: a spec may hold itself.
local DEPTH = 50

local DEFAULTS = { strategy = "one_for_one", intensity = 3, period = 5000 }

---@class neap.SupervisorSpec
---@field strategy? "one_for_one"|"one_for_all"|"rest_for_one"  Default "one_for_one".
---@field intensity? number       Restarts in `period`; math.huge never gives up. Default 3.
---@field period? number|string   Default "5s".
---@field children? neap.ChildSpec[]

---@class neap.AppSpec: neap.SupervisorSpec
---@field name? string            Default: the directory's.
---@field path? string[]          Folders of modules, below the application's. Default { "." }.
---@field allow? neap.Capability[]  What the tree may reach. Default: net, env, fs (its own
--- folder), names, control; or what --allow says.
---@field fault_policy? "continue"|"restart"  When the VM itself faults in a process, which may
--- have written over others before: go on, marked as suspect in `neap info`, or stop in order
--- with exit code 4, so that what started the node starts it again. Default "continue".
---@field strict? boolean  Reading a global that was never set is an error, with file and line, in
--- all processes but the one that reads app.lua. `rawget(_G, name)` asks for one. Default false.

--- True for a folder that can lie below the application's: "lib", not "../lib" or "/lib".
---@param folder any
---@return boolean
function spec.is_folder(folder)
  return type(folder) == "string" and folder ~= "" and folder:sub(1, 1) ~= "/"
    and not ("/" .. folder .. "/"):find("/../", 1, true) and not folder:find("%z")
end

local read_folder = check.reader("a folder below the application's, such as \"lib\"",
  function(value)
    if spec.is_folder(value) then return value end
  end)

local function read_path(path, value, problems)
  if type(value) ~= "table" then
    return check.fault(problems, path, value, "a list of folders")
  end
  for i, folder in ipairs(value) do read_folder(("%s[%d]"):format(path, i), folder, problems) end
  return value
end

--- Says where an id or a name was before, if it was; then gives false. What is no string is
--- neither, as its reader has said.
local function claim(owners, word, path, what, problems)
  if type(word) ~= "string" then return true end
  if not owners[word] then
    owners[word] = path
    return true
  end
  problems[#problems + 1] = ("%s.%s %s is taken: %s has it"):format(path, what,
    check.shown(word), owners[word])
  return false
end

local read_spec

--- Reads the children; `context.names` are the registered names of the whole tree.
local function read_children(path, value, problems, context)
  if type(value) ~= "table" then
    return check.fault(problems, path, value, "a list of child specs")
  end
  local children, ids = {}, {}
  for key in next, value do
    if #problems >= PROBLEMS then return end
    if type(key) ~= "number" or key < 1 or key > #value or key % 1 ~= 0 then
      problems[#problems + 1] = ("%s: unknown key %s; expected a list of child specs")
        :format(path, check.shown(key))
    end
  end
  for i = 1, #value do
    if #problems >= PROBLEMS then return end
    local at = ("%s[%d]"):format(path, i)
    children[i] = child_spec.read(at, value[i], problems, context)
    local given = type(value[i]) == "table" and value[i] or {}
    local is_new = claim(ids, given.id, at, "id", problems)
    local name = given.name or context.is_root and is_new and given.id or nil
    claim(context.names, name, at, given.name and "name" or "id (its name, too)", problems)
  end
  return children
end

local function context_below(context, is_root, base)
  local depth = (context.depth or 0) + 1
  local below = { is_root = is_root, names = context.names, resolve = context.resolve,
    examine = context.examine, narrow = context.narrow, base = base, depth = depth }
  below.read_supervisor = function(path, value, problems, granted)
    if depth <= DEPTH then
      return read_spec(path, value, problems, context_below(below, false, granted))
    end
    problems[#problems + 1] = ("%s is nested deeper than %d supervisors"):format(path, DEPTH)
  end
  return below
end

local function fields_of(context)
  local fields = {
    strategy = check.one_of(strategy.NAMES),
    intensity = check.count,
    period = check.period,
    auto_shutdown = check.UNAVAILABLE,
    max_children = check.UNAVAILABLE,
    template = check.UNAVAILABLE,
    children = function(path, value, problems)
      return read_children(path, value, problems, context)
    end,
  }
  if not context.is_root then return fields end
  fields.name, fields.path, fields.allow = check.name, read_path, allow.read
  fields.fault_policy = check.one_of({ "continue", "restart" })
  fields.strict = check.boolean
  return fields
end

function read_spec(path, given, problems, context)
  local read = check.fields(path, given, fields_of(context), problems)
  for key, default in pairs(DEFAULTS) do
    if read[key] == nil then read[key] = default end
  end
  read.children = read.children or {}
  read.is_root = context.is_root
  if context.is_root then read.fault_policy = read.fault_policy or "continue" end
  return read
end

--- Each problem once, and the first of them if there are many.
local function told(problems)
  local seen, kept, more = {}, {}, 0
  for _, problem in ipairs(problems) do
    if not seen[problem] then
      if #kept < PROBLEMS then kept[#kept + 1] = problem else more = more + 1 end
    end
    seen[problem] = true
  end
  if more > 0 then kept[#kept + 1] = ("and %d more"):format(more) end
  return kept
end

--- Reads a supervisor spec.
---@param path string     "root", or what the caller calls it.
---@param given any
---@param options? table  { is_root = the application's root: children get names;
--- resolve = fun(path, what): string?, the problem with a module;
--- examine = fun(path, start, problems), those with the first argument of one;
--- narrow = host.narrow, which knows capabilities; base = what the supervisor has of them, by
--- default what the calling process has; true: everything }
---@return table read     Complete if there are no problems.
---@return string[] problems  At most 100, and a line that says how many more there are.
---Example: `spec.read("root", app, { is_root = true })`
function spec.read(path, given, options)
  options = options or {}
  local problems = {}
  local context = context_below({ names = {}, resolve = options.resolve,
    examine = options.examine, narrow = options.narrow }, options.is_root or false,
    options.base)
  local read = read_spec(path, given, problems, context)
  return read, told(problems)
end

--- Reads one child for a running supervisor.
---@param path string
---@param given any
---@param options? table  { is_root, narrow, base }, as for spec.read
---@return table? child
---@return string[] problems
function spec.read_child(path, given, options)
  options = options or {}
  local problems = {}
  local context = context_below({ names = {}, narrow = options.narrow },
    options.is_root or false, options.base)
  local child = child_spec.read(path, given, problems, context)
  return child, told(problems)
end

return spec
