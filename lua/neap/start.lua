--- The body of every process: finds what it runs, and runs it.
local host = require("neap.host")
local marks = require("neap.service.marks")

local start = {}

local error, unpack, xpcall = error, unpack, xpcall

--- A function is up when it first runs; a service when its init returned; a supervisor, which
--- is a service with a loop of its own, when its children are up.
local function run(entry, args)
  if marks.is_service(entry) then
    local loop = entry.run or require("neap.service.loop").run
    return loop(entry, args)
  end
  host.ack("up")
  entry(unpack(args, 1, args.n))
end

local function run_module(what, args)
  local program = require("neap.program")
  local module, name = program.split(what)
  local entry, problem = program.entry(require("neap.loader").require(module), name)
  if not entry then error(("module %q %s"):format(module, problem), 0) end
  run(entry, args)
end

local function run_boot()
  require("neap.app").boot()
end

local function run_http(what, args)
  require("neap.http.handler").run(what, args)
end

local by_kind = {
  http = run_http,
  module = run_module,
  ["function"] = run,
  service = run,
  boot = run_boot,
}

--- Runs what the process was spawned for. The host notes where an error came from.
---@param kind "module"|"function"|"service"|"boot"
---@param what any
---@param args table  With `n`.
function start.run(kind, what, args)
  local ok, err = xpcall(by_kind[kind], host.note_error, what, args)
  if not ok then error(err, 0) end
end

return start
