--- The first process: loads and checks the application, then is its root supervisor, or the
--- process `main` of a single file.
local host = require("neap.host")
local allow = require("neap.allow")
local config = require("neap.config")
local guard = require("neap.guard")
local modules = require("neap.modules")
local reasons = require("neap.reason")
local sendable = require("neap.sendable")
local source = require("neap.source")
local spec_of = require("neap.supervisor.spec")
local text = require("neap.text")

local app = {}

local BUILDS = "app.lua and config.lua only build a table: nothing starts or sends there"
local CHECKS = "neap check starts and sends nothing"

-- Loading ----------------------------------------------------------------------------------

--- The chunk of a file, or nil and the problem.
local function load_file(file)
  local ok, chunk, problem = pcall(host.load_file, file)
  if ok and chunk then return chunk end
  return nil, problem or text.line(tostring(chunk), 2000)
end

--- What a file raised, as one line; a message says where it comes from, other values do not.
local function problem_of(shown, value)
  if type(value) == "string" or type(value) == "number" then
    return text.line(tostring(value), 2000)
  end
  return ("%s raised %s"):format(shown, reasons.line(value))
end

--- Runs a file that gives a table; the table, or nil and the problem.
local function load_table(file, shown, expected)
  local chunk, problem = load_file(file)
  if not chunk then return nil, problem end
  local ok, value = pcall(chunk)
  if not ok then return nil, problem_of(shown, value) end
  if type(value) == "table" then return value end
  return nil, ("%s returns %s; expected %s"):format(shown,
    value == nil and "nothing" or text.of(value), expected)
end

local function load_config(boot)
  local file = boot.dir .. "/config.lua"
  if not host.exists(file) then return nil end
  local values, problem = load_table(file, "config.lua", "a table of defaults")
  if not values then return nil, problem end
  local unfit = sendable.problem("config", values)
  if unfit then return nil, "config.lua: " .. unfit end
  return values
end

local function absolute(dir, folder)
  if folder == "." then return dir end
  return dir .. "/" .. folder
end

local function base_name(path)
  return path:gsub("/+$", ""):match("[^/]+$") or path
end

--- The app's name: its own, or that of its folder or file.
local function name_of(boot, spec)
  if boot.name then return boot.name end
  if type(spec.name) == "string" then return spec.name end
  local name = base_name(boot.kind == "file" and boot.path or boot.dir)
  return (name:gsub("%.lua$", ""))
end

--- Tells the host, for all processes, what is known of the application so far. What is wrong
--- with it is told when the spec is read.
local function configure(boot, values, spec)
  local path = {}
  for _, folder in ipairs(type(spec.path) == "table" and spec.path or { "." }) do
    if spec_of.is_folder(folder) then path[#path + 1] = absolute(boot.dir, folder) end
  end
  host.configure({
    config = values,
    args = boot.args,
    dir = boot.dir,
    path = path,
    name = name_of(boot, spec),
    strict = spec.strict == true,
  })
end

--- The same again, once a spec is there that says something of it.
local function configure_again(boot, values, spec)
  if spec.path or spec.name or spec.strict then configure(boot, values, spec) end
end

--- The values of neap.config; refuses with every problem.
local function read_config(boot)
  local defaults, problem
  if boot.kind == "dir" then defaults, problem = load_config(boot) end
  if problem then host.refuse({ problem }) end
  local values, problems = config.apply(defaults, boot.sets)
  if #problems > 0 then host.refuse(problems) end
  return values
end

--- What is wrong with a module that handles requests; `neap check` loads it.
local function handler_problem(boot, path, what)
  if boot.mode ~= "check" then return modules.find_problem(path, what) end
  return modules.load_problems(CHECKS, "handler")(path, what)
end

--- Looks at the options of servers, which are known before anything runs.
local function examiner(boot)
  return function(path, start, problems)
    if start.what ~= "neap.http" then return end
    local read, found = require("neap.http.options").read(start.args[1], path)
    for _, problem in ipairs(found) do problems[#problems + 1] = problem end
    if read and type(read.handler) == "string" then
      problems[#problems + 1] = handler_problem(boot, path .. ".handler", read.handler)
    end
  end
end

--- What the tree has from here on; gives what is wrong with it.
local function grant(given)
  local problems = {}
  local list = type(given) == "table" and given.allow
  if list and allow.read("root.allow", list, {}) then
    allow.narrow("root.allow", list, problems, function(_, l)
      local made, wrong = host.set_grants(l)
      for i, why in pairs(wrong) do wrong[i] = why:gsub("^who grants it", "--allow") end
      return made, wrong
    end)
  end
  return problems
end

local function read_spec(boot, given)
  local resolve = boot.mode == "check" and modules.load_problems(CHECKS)
    or modules.find_problem
  local wrong = grant(given)
  local spec, problems = spec_of.read("root", given,
    { is_root = true, resolve = resolve, examine = examiner(boot), narrow = host.narrow })
  for i, problem in ipairs(wrong) do table.insert(problems, i, problem) end
  if #problems > 0 then host.refuse(problems) end
  return spec
end

-- Running ----------------------------------------------------------------------------------

--- From here on this process is the root supervisor; the node is its parent. No child starts
--- before `ready`: a second node of this name ends there.
local function supervise(spec)
  host.set_role("supervisor")
  host.set_module("neap.supervisor")
  host.set_trap_parent(true)
  host.set_fault_policy(spec.fault_policy)
  host.ready()
  require("neap.supervisor.server").run(spec, function() end)
end

local function load_directory(boot, values)
  local given, problem = load_table(boot.dir .. "/app.lua", "app.lua",
    "a supervisor spec: a table with children")
  if not given then host.refuse({ problem }) end
  configure_again(boot, values, given)
  return given
end

local function boot_directory(boot)
  local why = boot.mode == "check" and CHECKS or BUILDS
  local open = guard.close(why, { host, require("neap") })
  host.set_grants()
  local values = read_config(boot)
  configure(boot, values, {})
  local spec = read_spec(boot, load_directory(boot, values))
  open()
  if boot.mode == "check" then return host.ready() end
  supervise(spec)
end

--- What is there before the program of a single file runs: its text, and what it requires.
local function check_text(boot)
  local written = host.file_text(boot.path) or ""
  local problems = modules.require_problems(base_name(boot.path), written)
  if #problems > 0 then host.refuse(problems) end
  return written
end

--- Reads the tree of a file like app.lua. Nothing is known of one that wants to start or send
--- something first: it is a program.
local function check_tree(boot, chunk)
  local _, refused = guard.close(CHECKS, { host, require("neap") })
  local ok, given = pcall(chunk, unpack(boot.args))
  if refused() then return end
  if not ok then host.refuse({ problem_of(base_name(boot.path), given) }) end
  if type(given) ~= "table" then return end
  configure_again(boot, host.config(), given)
  read_spec(boot, given)
end

--- A program is not run; a file that returns a table, and may do nothing else, is.
local function check_file(boot, chunk)
  if source.returns_table(check_text(boot)) then check_tree(boot, chunk) end
  host.ready()
end

--- The file is the body of `main`; a table that it returns is the tree that takes over.
local function boot_file(boot)
  configure(boot, read_config(boot), {})
  local chunk, problem = load_file(boot.path)
  if not chunk then host.refuse({ problem }) end
  if boot.mode == "check" then
    host.set_grants()
    return check_file(boot, chunk)
  end
  host.ready()
  host.register("main")
  host.set_grants()                              -- perhaps without names
  local given = chunk(unpack(boot.args))
  if type(given) ~= "table" then return end
  configure_again(boot, host.config(), given)
  host.unregister("main")                      -- its body is over: the name is a child's to have
  supervise(read_spec(boot, given))
end

--- The body of the first process.
function app.boot()
  local boot = host.boot()
  if boot.kind == "dir" then return boot_directory(boot) end
  boot_file(boot)
end

return app
