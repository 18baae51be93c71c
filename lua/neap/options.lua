--- The options of spawn and start: reads the table form, `{ run = ..., args = ... }`. Pure.
local allow = require("neap.allow")
local check = require("neap.check")
local limits = require("neap.limits")
local marks = require("neap.service.marks")
local plain = require("neap.plain")
local program = require("neap.program")

local options = {}

---@class neap.SpawnOptions
---@field run any          A module name, "module:function", a function or a service.
---@field args? any[]      Its arguments.
---@field link? boolean    Link the caller with it. Default false.
---@field monitor? boolean Monitor it: the second result is the ref. Default false.
---@field name? string     Registered name.
---@field limits? neap.Limits
---@field mailbox? neap.Mailbox
---@field jit? boolean|"auto"  Whether its code is compiled: from the start, never, or once it has
--- used 10 ms of CPU. Default "auto".
---@field allow? neap.Capability[]  What it may reach beyond itself: at most what the caller may.
--- Default: the same.
---@field sandbox? boolean  It may reach nothing, but what `allow` says.

local SPAWN = {
  run = check.reader(program.EXPECTED, program.valid),
  args = check.table,
  link = check.boolean,
  monitor = check.boolean,
  name = check.name,
  limits = limits.read,
  mailbox = limits.read_mailbox,
  sandbox = check.boolean,
  allow = allow.read,
  jit = limits.read_jit,
}

local START = { timeout = check.timeout }
for key, read in pairs(SPAWN) do START[key] = read end
START.monitor = nil

--- A list of arguments, fit for host.spawn.
---@return table args  With `n`.
function options.pack(...)
  local args = { n = select("#", ...), ... }
  for i = 1, args.n do args[i] = plain.sendable(args[i]) end
  return args
end

local function length(args)
  if type(args.n) == "number" then return args.n end
  local n = 0
  for key in pairs(args) do
    if type(key) == "number" and key > n then n = key end
  end
  return n
end

--- Turns what was read into { kind, what, args, spawn = options of host.spawn, timeout }.
local function assembled(read)
  local args = read.args or {}
  local spawn = { link = read.link, monitor = read.monitor, name = read.name,
    module = program.label(read.run), allow = allow.of(read.allow, read.sandbox) }
  limits.flatten(spawn, read.limits, read.mailbox, read.jit)
  return {
    kind = program.kind(read.run),
    what = read.run,
    args = options.pack(unpack(args, 1, length(args))),
    spawn = spawn,
    timeout = read.timeout,
  }
end

local function read_table(given, fields)
  local problems = {}
  local made = check.fields("", given, fields, problems)
  if given.run == nil then
    problems[#problems + 1] = "run is missing; expected " .. program.EXPECTED
  end
  problems[#problems + 1] = limits.jit_problem("jit", made.jit, made.limits)
  return #problems == 0 and assembled(made), problems
end

local function read_arguments(what, ...)
  local kind = program.kind(what)
  local problems = {}
  if not kind then check.fault(problems, "the first argument", what, program.EXPECTED) end
  return {
    kind = kind,
    what = what,
    args = options.pack(...),
    spawn = { module = kind and program.label(what) },
  }, problems
end

local function read(fields, what, ...)
  if type(what) == "table" and not marks.is_service(what) then
    return read_table(what, fields)
  end
  return read_arguments(what, ...)
end

--- Reads the arguments of neap.spawn, in both forms; misuse is its caller's error.
---@param where string  The public function, for messages; it must not tail-call this.
---@return table program  { kind, what, args, spawn }
function options.of_spawn(where, ...)
  local made, problems = read(SPAWN, ...)
  check.raise(where, problems, 4)
  return made
end

--- The same for service.start, which also takes `timeout`.
---@param where string
---@return table program  { kind, what, args, spawn, timeout }
function options.of_start(where, ...)
  local made, problems = read(START, ...)
  check.raise(where, problems, 4)
  return made
end

return options
