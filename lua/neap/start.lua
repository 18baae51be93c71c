--- The body of every process: finds what it runs, and runs it.
local host = require("neap.host")

local start = {}

local error, unpack, xpcall = error, unpack, xpcall

-- What each process of a module asks for: they are in the image then.
local ack, generation_now, note_loaded, set_code, is_strict =
  host.ack, host.generation, host.loaded, host.set_code, host.is_strict

local function run_function(entry, args)
  ack("up")
  entry(unpack(args, 1, args.n))
end

--- A function is up when it first runs; a service when its init returned; a supervisor, which
--- is a service with a loop of its own, when its children are up.
local function run(entry, args, module)
  if require("neap.service.marks").is_service(entry) then
    local loop = entry.run or require("neap.service.loop").run
    return loop(entry, args, module)
  end
  run_function(entry, args)
end

--- The value of a module, and the generation of all that was loaded for it: if code is replaced
--- meanwhile, all is loaded again, so that the process begins with code of one kind.
local function load_module(loader, module)
  local generation = note_loaded()
  local value = loader.require(module)
  if generation_now() == generation then return value, generation end
  local renewed = require("neap.reload.renewal").run()
  return loader.loaded[module], renewed or generation
end

local function run_module(what, args)
  local program, loader = require("neap.program"), require("neap.loader")
  local module, name = program.split(what)
  loader.entry = module
  local value, generation = load_module(loader, module)
  local entry, problem = program.entry(value, name)
  if not entry then error(("module %q %s"):format(module, problem), 0) end
  if loader.codes[module] then set_code(loader.codes[module], generation) end
  run(entry, args, module)
end

local function run_boot()
  require("neap.app").boot()
end

local function run_http(what, args)
  require("neap.http.handler").run(what, args)
end

--- For functions, which find what they use by name; and nearly every process receives.
local function load_for_functions(loader)
  loader.by_name()
  return loader.require_any("neap").receive
end

--- They say what is wrong with what was written: the code of modules asks them while it is loaded,
--- and then mostly no more. They hold nothing, so that a second copy is as good as the first.
local SPENT = { "neap.service.definition", "neap.check", "neap.suggest", "neap.text", "neap.units" }

--- What an image shall hold: a module, and what runs its processes.
local function run_image(module)
  local loader = require("neap.loader")
  if module == "neap" then return load_for_functions(loader) end
  if module:sub(1, 5) == "neap." then return loader.require_any(module) end
  require("neap.program")
  loader.entry = module
  local value = loader.require(module)
  if require("neap.service.marks").is_service(value) then require("neap.service.loop") end
  loader:forget(SPENT)
end

local function run_http_image(module)
  run_image(module)
  require("neap.http.handler")
end

local function run_reload()
  require("neap.reload").run()
end

local by_kind = {
  http = run_http,
  module = run_module,
  ["function"] = run_function,
  service = run,
  boot = run_boot,
  reload = run_reload,
  image = run_image,
  http_image = run_http_image,
}

--- Runs what the process was spawned for. The host notes where an error came from.
---@param kind string  A key of by_kind.
---@param what any
---@param args table  With `n`.
function start.run(kind, what, args)
  if is_strict() then require("neap.loader").make_strict() end
  local ok, err = xpcall(by_kind[kind], host.note_error, what, args)
  if not ok then error(err, 0) end
end

return start
