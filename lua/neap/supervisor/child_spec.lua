--- Checks a child spec and gives it the form the supervisor works with. Pure.
local allow = require("neap.allow")
local check = require("neap.check")
local limits = require("neap.limits")
local plain = require("neap.plain")
local program = require("neap.program")
local sendable = require("neap.sendable")

local child_spec = {}

local START_TIMEOUT = 60 * 1000
local SHUTDOWN = 5000

--- What a spawn takes. More is a slip, such as a number for a key, or `n`.
local ARGUMENTS = 4000

---@class neap.ChildSpec
---@field id string          Unique within the supervisor.
---@field start? any[]       { what, args... }, as for neap.spawn; or `supervisor`.
---@field supervisor? neap.SupervisorSpec
---@field restart? "permanent"|"transient"|"temporary"  Default "permanent".
---@field shutdown? number|string  ms, "brutal_kill" or "infinity". Default 5000; "infinity" for
--- supervisors.
---@field start_timeout? number|string  Default 60000; none for supervisors.
---@field name? string       Registered name. Default: the id, for children of the root.
---@field limits? neap.Limits
---@field mailbox? neap.Mailbox
---@field jit? boolean|"auto"  As for neap.spawn. Default "auto".
---@field allow? neap.Capability[]  As for neap.spawn; of a supervisor, for all below it.
---@field sandbox? boolean

local id = check.reader("a string that is not empty", function(value)
  if type(value) == "string" and value ~= "" then return value end
end)

local shutdown = check.reader('milliseconds, text such as "5s", "brutal_kill" or "infinity"',
  function(value)
    if value == "brutal_kill" then return value end
    if value == "infinity" then return math.huge end
    return require("neap.units").ms(value)
  end)

--- A number beside the list, `n`, is how long it is, if nothing lies behind that.
local function last_index(path, list, problems)
  local n = type(list.n) == "number" and check.count(path .. ".n", list.n, problems) or 0
  for key in next, list do
    if type(key) == "number" and key > n and key % 1 == 0 then n = key end
  end
  return n
end

local function read_arguments(path, start, problems)
  local args = { n = math.max(0, last_index(path, start, problems) - 1) }
  if args.n > ARGUMENTS then
    problems[#problems + 1] = ("%s has %.0f arguments; expected at most %d"):format(path, args.n,
      ARGUMENTS)
    return { n = 0 }
  end
  for i = 1, args.n do
    args[i] = plain.sendable(start[i + 1])
    problems[#problems + 1] =
      sendable.problem(("%s[%d]"):format(path, i + 1), args[i])
  end
  return args
end

local read_what = check.reader(program.EXPECTED, program.valid)

local function read_start(path, start, problems)
  if type(start) ~= "table" then
    return check.fault(problems, path, start, "a table: { what, arguments... }")
  end
  local what = read_what(path .. "[1]", start[1], problems)
  return what and { what = what, args = read_arguments(path, start, problems) }
end

--- The caller knows how deep it is; what is below can have what this child has.
local function read_supervisor(path, value, problems, context)
  return context.read_supervisor(path, value, problems, context.granted)
end

local FIELDS = {
  id = id,
  start = read_start,
  supervisor = read_supervisor,
  restart = check.one_of({ "permanent", "transient", "temporary" }),
  shutdown = shutdown,
  start_timeout = check.timeout,
  name = check.name,
  limits = limits.read,
  mailbox = limits.read_mailbox,
  significant = check.UNAVAILABLE,
  backoff = check.UNAVAILABLE,
  on_intensity = check.UNAVAILABLE,
  keep_mailbox = check.UNAVAILABLE,
  sandbox = check.boolean,
  allow = function(_, _, _, context) return context.granted end,
  jit = limits.read_jit,
}

local function check_body(path, given, problems)
  if given.start ~= nil and given.supervisor ~= nil then
    problems[#problems + 1] = path .. " has both start and supervisor; expected one"
  elseif given.start == nil and given.supervisor == nil then
    problems[#problems + 1] = path .. " has no start; expected start = { what, arguments... }"
      .. " or supervisor = { ... }"
  end
end

--- A child of the root is registered under its id, unless it has a name.
local function name_of(path, read, is_root, problems)
  if read.name or not is_root or not read.id then return read.name end
  if not check.is_name(read.id) then
    check.fault(problems, path .. ".id", read.id, "what can be registered, or a name beside"
      .. " it: " .. check.NAME)
  end
  return read.id
end

local function spawn_options(child)
  local is_supervisor = child.type == "supervisor"
  local options = {
    link = true,
    ack = true,
    id = child.id,
    name = child.name,
    role = child.type,
    handles = is_supervisor and math.huge or nil,
    module = is_supervisor and "neap.supervisor" or program.label(child.what),
    allow = child.allow,
  }
  return limits.flatten(options, child.limits, child.mailbox, child.jit)
end

local function completed(read)
  local is_supervisor = read.supervisor ~= nil
  local child = {
    id = read.id,
    name = read.name,
    type = is_supervisor and "supervisor" or "worker",
    kind = is_supervisor and "service" or program.kind(read.start.what),
    what = not is_supervisor and read.start.what or nil,
    args = is_supervisor and { n = 0 } or read.start.args,
    supervisor = read.supervisor,
    restart = read.restart or "permanent",
    shutdown = read.shutdown or is_supervisor and math.huge or SHUTDOWN,
    start_timeout = read.start_timeout or is_supervisor and math.huge or START_TIMEOUT,
    limits = read.limits,
    mailbox = read.mailbox,
    jit = read.jit,
    allow = allow.of(read.allow, read.sandbox),
  }
  child.options = spawn_options(child)
  return child
end

--- The context with `granted`: what the child has, which is read before what is below it; and
--- `base`: what its supervisor has.
local function granted_context(path, given, problems, context)
  local granted = context.base
  if type(given) == "table" then
    local list = given.allow
    if list ~= nil then list = allow.read(path .. ".allow", list, problems) end
    list = allow.of(list, given.sandbox == true)
    if list and context.narrow then
      list = allow.narrow(path .. ".allow", list, problems, context.narrow, context.base)
    end
    granted = list or granted
  end
  return setmetatable({ granted = granted }, { __index = context })
end

--- A supervisor gives names that it may use itself; the root's children have theirs of the
--- application.
local function check_name(path, name, problems, context)
  if not name or context.is_root or not context.narrow then return end
  local _, wrong = context.narrow(context.base, { "names:" .. name })
  if not wrong[1] then return end
  problems[#problems + 1] = ('%s is %s; its supervisor has not the capability "names:%s"')
    :format(path, check.shown(name), name)
end

--- Reads a child spec; appends what is wrong with it.
---@param path string       Where it is: "root.children[2]".
---@param given any
---@param problems string[]
---@param context table     { is_root, read_supervisor, resolve?, examine?, narrow?, base? }
---@return table? child     nil if there were problems.
---Example: `child_spec.read("child", { id = "a", start = { "a" } }, problems, context)`
function child_spec.read(path, given, problems, context)
  local before = #problems
  context = granted_context(path, given, problems, context)
  local read = check.fields(path, given, FIELDS, problems, context)
  if type(given) ~= "table" then return nil end
  if given.id == nil then id(path .. ".id", nil, problems) end
  check_body(path, given, problems)
  problems[#problems + 1] = limits.jit_problem(path .. ".jit", read.jit, read.limits)
  check_name(path .. ".name", read.name, problems, context)
  read.name = name_of(path, read, context.is_root, problems)
  if read.start and context.resolve and program.kind(read.start.what) == "module" then
    problems[#problems + 1] = context.resolve(path .. ".start[1]", read.start.what)
    if context.examine then context.examine(path .. ".start[2]", read.start, problems) end
  end
  if #problems == before then return completed(read) end
end

return child_spec
