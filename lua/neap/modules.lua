--- Says what is wrong with a module that a spec names.
local host = require("neap.host")
local guard = require("neap.guard")
local loader = require("neap.loader")
local program = require("neap.program")
local reasons = require("neap.reason")
local source = require("neap.source")

local modules = {}

local spawn, receive, exit = host.spawn, host.receive, host.exit   -- before a guard is closed

local function shown(err)
  return require("neap.text").line(tostring(err), 2000)
end

local function missing(path, module, searched)
  return ("%s is %q; there is no such module%s"):format(path, module,
    searched and " (searched " .. searched .. ")" or "")
end

local function is_library(name)
  return name:find("^neap%f[%z.]") ~= nil
end

local function found(module)
  if is_library(module) then return loader.library(module) end
  return loader:source(module)
end

local function library_problem(name)
  local ok, problem = pcall(loader.require, name)
  return not ok and shown(problem) or nil
end

--- The problem with a module that is required at `where`: "main.lua:3". What a compiler says of
--- it names a place of its own.
local function require_problem(where, name)
  local problem
  if not program.is_module(name) then
    problem = ("%q is not a module name"):format(name)
  elseif is_library(name) then
    problem = library_problem(name)
  else
    local ok, chunk, searched = pcall(loader.source, loader, name)
    if not ok then return shown(chunk) end
    if chunk then return nil end
    problem = ("there is no module %q (searched %s)"):format(name, searched)
  end
  return problem and where .. ": " .. problem
end

--- What is wrong with the modules that a text requires by a literal name, and with those that
--- these require in turn. Runs nothing of the application.
---@param file string  As messages show it.
---@param text string
---@return string[] problems
function modules.require_problems(file, text)
  local problems, seen, texts = {}, {}, { { file = file, text = text } }
  local function look(name, where)
    if seen[name] then return end
    seen[name] = true
    local problem = require_problem(where, name)
    problems[#problems + 1] = problem
    if problem or is_library(name) or host.native(name) then return end
    local its_text, its_file = host.module_text(name)
    texts[#texts + 1] = { file = its_file, text = its_text }
  end
  for _, one in ipairs(texts) do                 -- it grows meanwhile
    for _, required in ipairs(source.requires(one.text)) do
      look(required.name, one.file .. ":" .. required.line)
    end
  end
  return problems
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

local problem_of = {}

--- The problem if the module does not load or gives nothing that runs; else nil.
function problem_of.program(path, what)
  local module, name = program.split(what)
  local ok, value = pcall(loader.require, module)
  if not ok then return ("%s: %s"):format(path, shown(value)) end
  local entry, problem = program.entry(value, name)
  if not entry then return ("%s: module %q %s"):format(path, module, problem) end
end

--- The same for what handles requests.
function problem_of.handler(path, what)
  local ok, err = pcall(require("neap.http.handler").load, what)
  return not ok and path .. ": " .. shown(err) or nil
end

--- The body of the process that loads one module, and ends with its problem. Public, so that
--- a snapshot finds it by its name.
function modules.try(why, role, path, what)
  guard.close(why, { host, require("neap") })
  exit({ "shutdown", problem_of[role](path, what) })
end

--- Makes a reader of problems, as find_problem is, that loads each module in a process of its
--- own: one that never ends, or eats its memory, is named, and the others are tried as well.
---@param why string  What a module that starts or sends while it loads is told.
---@param role? "program"|"handler"  What it has to give.
---@return fun(path: string, what: string): string?
function modules.load_problems(why, role)
  role = role or "program"
  return function(path, what)
    local absent = modules.find_problem(path, what)
    if absent then return absent end
    local args = { n = 4, why, role, path, what }
    local pid, ref = spawn("function", modules.try, args, { monitor = true })
    local reason = pid and receive({ "DOWN", ref })[4] or ref
    if type(reason) == "table" and reason[1] == "shutdown" then return reason[2] end
    return ("%s: module %q does not load: %s"):format(path, what, reasons.line(reason))
  end
end

return modules
