--- Runs build/neap as its users do and watches it from outside: one node per `it`.
---
---     local node = require("spec.support.node")
---     after_each(node.cleanup)
---
---     node.check([[ expect.equal(neap.self(), neap.self()) ]])        -- must end well
---     local n = node.app({ ["app.lua"] = ..., ["counter.lua"] = ... }) -- a folder, running
---     n:eventually("child.restart id=counter")
---     assert.equal(0, n:stop())
---
--- Nothing here sleeps for a fixed time: a wait ends with its event, or fails after DEADLINE
--- seconds and shows what was printed.
local posix = require("posix")

local node = {}

local DEADLINE = tonumber(os.getenv("SPEC_DEADLINE") or 120)
local STEP_MS = 5

--- How many times longer than else things may take: with a sanitizer, more than once.
node.SLOWNESS = DEADLINE / 120

node.binary = os.getenv("NEAP") or "build/neap"

--- What every script of node.check can use: `neap`, `service`, `supervisor`, `expect`.
local PREFIX = [[local neap, expect = require("neap"), require("expect") ]]
  .. [[local service, supervisor = require("neap.service"), require("neap.supervisor") ]]

local EXPECT = [==[
--- Assertions for scripts inside a node: a failure ends the process with what was seen.
local expect = {}

local function shown(value)
  if type(value) ~= "table" then return tostring(value) .. " (" .. type(value) .. ")" end
  local parts = {}
  for k, v in pairs(value) do parts[#parts + 1] = tostring(k) .. "=" .. tostring(v) end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

function expect.equal(expected, seen, what)
  if expected ~= seen then
    error((what or "value") .. ": expected " .. shown(expected) .. ", saw " .. shown(seen), 2)
  end
end

--- Deep equality of plain values.
function expect.same(expected, seen, what)
  if not same(expected, seen) then
    error((what or "value") .. ": expected " .. shown(expected) .. ", saw " .. shown(seen), 2)
  end
end

function expect.truthy(seen, what)
  if not seen then error((what or "value") .. ": expected something, saw " .. shown(seen), 2) end
  return seen
end

--- `nil, err` with that kind; gives the error object.
function expect.fails(kind, value, err)
  if value ~= nil then error("expected nil and an error, saw " .. shown(value), 2) end
  if type(err) ~= "table" or err.kind ~= kind then
    error("expected kind " .. kind .. ", saw " .. shown(err), 2)
  end
  return err
end

--- That `f(...)` raises a message that holds `text`; gives the message.
function expect.raises(text, f, ...)
  local ok, message = pcall(f, ...)
  if ok then error("expected a raise with " .. text, 2) end
  message = tostring(type(message) == "table" and message.message or message)
  if not message:find(text, 1, true) then
    error("expected a raise with '" .. text .. "', saw '" .. message .. "'", 2)
  end
  return message
end

return expect
]==]

local running, folders = {}, {}

-- Files --------------------------------------------------------------------------------------

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read_file(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read("*a")
  file:close()
  return text
end

--- A new folder with these files ("sub/x.lua" makes sub); gone after cleanup.
function node.folder(files)
  local dir = assert(posix.mkdtemp((os.getenv("TMPDIR") or "/tmp") .. "/neap-spec-XXXXXX"))
  folders[#folders + 1] = dir
  for name, text in pairs(files or {}) do
    local sub = name:match("^(.*)/[^/]*$")
    if sub then os.execute("mkdir -p '" .. dir .. "/" .. sub .. "'") end
    write_file(dir .. "/" .. name, text)
  end
  return dir
end

-- Processes ----------------------------------------------------------------------------------

local Node = {}
Node.__index = Node

--- At most that much of a resource ("NOFILE", "AS"), for this process and those it starts.
local function limit_to(resource, count)
  local limits = require("posix.sys.resource")
  assert(limits.setrlimit(limits["RLIMIT_" .. resource], { rlim_cur = count, rlim_max = count }))
end

local function exec_child(dir, out, args, options)
  local fd = posix.open(out, posix.O_WRONLY + posix.O_CREAT + posix.O_TRUNC, "rw-------")
  posix.dup2(options.output or fd, 1)
  posix.dup2(options.output or fd, 2)
  posix.dup2(posix.open("/dev/null", posix.O_RDONLY), 0)
  posix.setenv("XDG_RUNTIME_DIR", dir)
  for key, value in pairs(options.env or {}) do posix.setenv(key, value) end
  if options.open_files then limit_to("NOFILE", options.open_files) end
  if options.no_core then limit_to("CORE", 0) end
  if options.address_space then limit_to("AS", options.address_space) end
  local command = { node.binary }
  for _, arg in ipairs(args) do command[#command + 1] = tostring(arg) end
  local program = table.remove(command, 1)
  posix.execp(program, command)
  posix._exit(127)
end

--- Starts `neap ARGS...` and gives a handle. Options: `env`, `dir` (where its socket goes),
--- `open_files` (its limit), `address_space` (bytes, as ulimit -v: see node.is_sanitized),
--- `no_core` (its crash is wanted), `output` (a descriptor to write to, which Node:output() then
--- does not see).
function node.start(args, options)
  options = options or {}
  local dir = options.dir or node.folder()
  local out = os.tmpname()
  local pid = posix.fork()
  if pid == 0 then exec_child(dir, out, args, options) end
  local self = setmetatable({ pid = pid, out = out, dir = dir, args = args }, Node)
  running[#running + 1] = self
  return self
end

--- Starts `neap run` on a folder made of `files`. Options: `args` after APP, `options` before, and
--- those of node.start.
function node.app(files, options)
  options = options or {}
  local dir = node.folder(files)
  local args = { "run", dir }
  for _, o in ipairs(options.options or {}) do table.insert(args, #args, o) end
  for _, a in ipairs(options.args or {}) do args[#args + 1] = a end
  local self = node.start(args, options)
  self.app_dir = dir
  return self
end

--- Starts `neap run main.lua` with this text; `files` lie beside it. Options as node.app.
function node.script(source, options)
  options = options or {}
  local files = { ["main.lua"] = source, ["expect.lua"] = EXPECT }
  for name, text in pairs(options.files or {}) do files[name] = text end
  local dir = node.folder(files)
  local args = { "run" }
  for _, o in ipairs(options.options or {}) do args[#args + 1] = o end
  args[#args + 1] = dir .. "/main.lua"
  for _, a in ipairs(options.args or {}) do args[#args + 1] = a end
  local self = node.start(args, options)
  self.app_dir = dir
  return self
end

--- True if a sanitizer is built into the program: it takes terabytes of address space.
function node.is_sanitized()
  local file = assert(io.open(node.binary, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes:find("__[at]san_init") ~= nil
end

--- Runs a script to its end, which must be exit code 0. Gives what it printed.
function node.check(source, options)
  local n = node.script(PREFIX .. source, options)
  local code = n:wait()
  if code ~= 0 then
    error(("the script ended with exit code %s and printed:\n%s"):format(code, n:output()), 2)
  end
  return n:output()
end

--- Runs `neap ARGS...` to its end; gives what it printed and its exit code.
function node.run(args, options)
  local n = node.start(args, options)
  local code = n:wait()
  return n:output(), code
end

--- Writes a file of the application anew.
function Node:write(name, text)
  write_file(self.app_dir .. "/" .. name, text)
end

--- Everything printed so far, standard output and error together.
function Node:output()
  return read_file(self.out)
end

--- Output without what differs from run to run: times and pids.
function Node:lines()
  local lines = {}
  for line in self:output():gmatch("[^\n]+") do
    lines[#lines + 1] = (line:gsub("^%d+%-%d+%-%d+ [%d:.]+ (%a+) +%S+ ", "%1 "))
  end
  return lines
end

local function reap(self, flag)
  if self.code then return true end
  local pid, how, status = posix.wait(self.pid, flag)
  if pid ~= self.pid or how == "running" then return false end
  self.code = how == "exited" and status or (how .. " by signal " .. tostring(status))
  return true
end

local function pause()
  posix.nanosleep(0, STEP_MS * 1000000)
end

local function now()
  local s, ns = posix.clock_gettime("monotonic")
  if type(s) == "table" then return s.tv_sec + s.tv_nsec / 1e9 end
  return s + (ns or 0) / 1e9
end

--- Calls `probe` until it gives something true, which is returned.
function Node:until_true(what, probe)
  local limit = now() + DEADLINE
  repeat
    local value = probe()
    if value then return value end
    pause()
  until now() > limit
  error(("waited %d s for %s; printed so far:\n%s"):format(DEADLINE, what, self:output()), 2)
end

--- Waits until the output holds `expected` (plain text), or `expected(output)` is true.
function Node:eventually(expected, count)
  local probe = type(expected) == "function" and function() return expected(self:output()) end
    or function()
      local _, seen = self:output():gsub(expected:gsub("%p", "%%%0"), "")
      return seen >= (count or 1)
    end
  return self:until_true(type(expected) == "string" and '"' .. expected .. '"' or "a condition",
    function()
      local value = probe()
      if not value and reap(self, posix.WNOHANG) and not probe() then
        error(("the node ended (%s) before that; it printed:\n%s"):format(self.code,
          self:output()), 0)
      end
      return value
    end)
end

--- Waits for the end; gives the exit code, or text if a signal ended it.
function Node:wait()
  self:until_true("the end of the node", function() return reap(self, posix.WNOHANG) end)
  return self.code
end

--- Sends a signal: "TERM", "INT", "KILL", ...
function Node:signal(name)
  posix.kill(self.pid, posix["SIG" .. name])
end

--- SIGTERM, and waits: gives the exit code.
function Node:stop()
  self:signal("TERM")
  return self:wait()
end

--- Runs a client command (`n:cli("ps", "--json")`) against this node; output and exit code.
function Node:cli(...)
  return node.run({ ... }, { dir = self.dir })
end

--- True while the operating system process is there.
function Node:is_running()
  return not reap(self, posix.WNOHANG)
end

--- Ends what a test left running, removes what it wrote. For after_each.
function node.cleanup()
  for _, self in ipairs(running) do
    if not reap(self, posix.WNOHANG) then
      posix.kill(self.pid, posix.SIGKILL)
      reap(self)
    end
    os.remove(self.out)
  end
  for _, dir in ipairs(folders) do os.execute("rm -rf '" .. dir .. "'") end
  running, folders = {}, {}
end

return node
