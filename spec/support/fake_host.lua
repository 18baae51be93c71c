--- A stand-in for the host: processes are coroutines of one state, the clock is a number.
---
--- For the logic of services and supervisors only: it has no limits, no full mailboxes and no
--- isolation. When nothing can run, time jumps to the next deadline.
local fake_host = {}

local WAIT, EXIT = {}, {}
local raw_yield = coroutine.yield

-- PUC Lua 5.1 can not yield across pcall; LuaJIT can.
local function protected(f, handler)
  local co = coroutine.create(f)
  local function go(ok, ...)
    if coroutine.status(co) ~= "suspended" then
      if ok then return true, ... end
      return false, handler((...))
    end
    return go(coroutine.resume(co, raw_yield(...)))
  end
  return go(coroutine.resume(co))
end

local World = {}
World.__index = World

--- The texts of handles. A handle is a userdata, as the host's are.
local texts = setmetatable({}, { __mode = "k" })

local function text_of(handle) return texts[handle] end

local function pack(...) return { n = select("#", ...), ... } end

-- Copying ----------------------------------------------------------------------------------

function World:copy(value, seen)
  if type(value) == "function" then error("msg is a function", 0) end
  if type(value) ~= "table" then return value end
  seen = seen or {}
  if seen[value] then return seen[value] end
  local result = {}
  seen[value] = result
  for k, v in pairs(value) do result[self:copy(k, seen)] = self:copy(v, seen) end
  return setmetatable(result, getmetatable(value))
end

function World:copy_list(...)
  local list = pack(...)
  for i = 1, list.n do list[i] = self:copy(list[i]) end
  return list
end

-- Processes --------------------------------------------------------------------------------

function World:handle(kind)
  self.serial = self.serial + 1
  local handle = newproxy(true)
  getmetatable(handle).__tostring = text_of
  texts[handle] = kind .. self.serial
  return handle
end

function World:new_process(body)
  local p = { pid = self:handle("p"), mail = {}, links = {}, watchers = {}, calls = {},
    co = coroutine.create(body), parent = self.current and self.current.pid }
  self.processes[p.pid] = p
  self.ready[#self.ready + 1] = p
  return p
end

function World:wake(p)
  if p.waiting then
    p.waiting = nil
    self.ready[#self.ready + 1] = p
  end
end

function World:push(p, mail)
  p.mail[#p.mail + 1] = mail
  self:wake(p)
end

local function signal(kind, ...)
  return { kind = kind, msg = { kind:upper(), ... }, signal = true }
end

function World:exit_signal(p, from, reason, is_link)
  if not p or p.dead then return end
  if reason == "kill" and not is_link then return self:die(p, "killed") end
  if p.trap or p.trap_parent and from == p.parent then
    return self:push(p, signal("exit", from, self:copy(reason)))
  end
  if reason ~= "normal" or from == p.pid then self:die(p, reason) end
end

function World:die(p, reason)
  if p.dead then return end
  p.dead = true
  self.processes[p.pid] = nil
  self.ended[#self.ended + 1] = { pid = p.pid, reason = reason }
  for name, pid in pairs(self.names) do
    if pid == p.pid then self.names[name] = nil end
  end
  for _, call in ipairs(p.calls) do call.exit = call.exit or { reason } end
  for other in pairs(p.links) do
    local q = self.processes[other]
    if q then q.links[p.pid] = nil end
    self:exit_signal(q, p.pid, reason, true)
  end
  for ref, watcher in pairs(p.watchers) do
    local q = self.processes[watcher.pid]
    if q then self:push(q, signal("down", ref, watcher.who, self:copy(reason))) end
  end
  for _, call in ipairs(p.calls) do
    local q = self.processes[call.caller]
    if q then self:wake(q) end
  end
end

--- Waits until `try` gives a packed result, or for `timeout` ms.
function World:wait(try, timeout)
  local p = self.current
  local deadline = timeout and timeout ~= "infinity" and self.now + timeout or nil
  while true do
    local result = try()
    if result then return result end
    if deadline and self.now >= deadline then return nil end
    p.waiting, p.deadline = true, deadline
    raw_yield(WAIT)
  end
end

-- Scheduling -------------------------------------------------------------------------------

function World:settle(p, ok, what, reason)
  if p.dead then return end
  if not ok then
    local err = { kind = "error", value = what,
      message = type(what) == "table" and what.message or tostring(what) }
    return self:die(p, setmetatable(err, self.error_metatable))
  end
  if coroutine.status(p.co) == "dead" then return self:die(p, "normal") end
  if what == EXIT then self:die(p, reason) end
end

function World:step()
  local p = table.remove(self.ready, 1)
  if p.dead then return end
  self.current = p
  self:settle(p, coroutine.resume(p.co))
  self.current = nil
end

function World:advance()
  local next_deadline
  for _, p in pairs(self.processes) do
    if p.waiting and p.deadline then
      next_deadline = math.min(next_deadline or math.huge, p.deadline)
    end
  end
  if not next_deadline then return false end
  self.now = math.max(self.now, next_deadline)
  for _, p in pairs(self.processes) do
    if p.waiting and p.deadline and p.deadline <= self.now then self:wake(p) end
  end
  return true
end

--- Runs `body` as a process, and everything else, until it ends; raises what it raised.
function World:run(body)
  local main = self:new_process(body)
  self.main = main.pid
  while not main.dead do
    if #self.ready > 0 then self:step()
    elseif not self:advance() then error("fake host: everything waits for ever", 2) end
  end
  local reason = self.ended[#self.ended].reason
  for _, ended in ipairs(self.ended) do
    if ended.pid == main.pid then reason = ended.reason end
  end
  if type(reason) == "table" and reason.kind == "error" then error(reason.value, 0) end
  return reason
end

--- The lines logged for an event: lists of their fields.
function World:logged(event)
  local found = {}
  for _, line in ipairs(self.log) do
    if line.event == event then found[#found + 1] = line.fields or {} end
  end
  return found
end

-- The host table ---------------------------------------------------------------------------

local make = {}

local function process_of(world, to)
  return world.processes[type(to) == "string" and world.names[to] or to]
end

function make.processes(world, host)
  function host.self() return world.current.pid end
  function host.parent() return world.current.parent end
  function host.spawn(kind, what, args, options)
    if options.name and world.names[options.name] then
      return nil, world:error("taken", "taken", { pid = world.names[options.name] })
    end
    local p = world:new_process(function()
      return require("neap.start").run(kind, what, args)
    end)
    world.spawned[#world.spawned + 1] = options
    if options.name then world.names[options.name] = p.pid end
    if options.link then world.raw.link(p.pid) end
    if not options.ack then return p.pid, options.monitor and world.raw.monitor(p.pid) or nil end
    p.ack = { caller = world.current.pid }
    p.calls[1] = p.ack
    return p.pid, p.ack
  end
  function host.ack(...)
    local p = world.current
    if not p.ack or p.ack.reply then return end
    p.ack.reply = world:copy_list(...)
    world:wake(world.processes[p.ack.caller] or {})
  end
  function host.wait_ack(ack, timeout)
    local result = world:wait(function()
      return ack.reply or ack.exit and pack("exit", ack.exit[1])
    end, timeout)
    if not result then return "timeout" end
    return unpack(result, 1, result.n)
  end
  function host.exit(...)
    if select("#", ...) < 2 then
      local reason = ...
      raw_yield(EXIT, reason == nil and "normal" or reason)
    end
    local pid, reason = ...
    world:exit_signal(world.processes[pid], world.current.pid, reason, false)
    if world.current.dead then raw_yield(WAIT) end
    return true
  end
  function host.kill(pid) return host.exit(pid, "kill") end
  function host.follow(reason) raw_yield(EXIT, reason) end
  function host.info(pid) return world.processes[pid] end
end

function make.links(world, host)
  function host.link(pid)
    local me, other = world.current, world.processes[pid]
    if not other then
      world:exit_signal(me, pid, "noproc", true)
      return true
    end
    me.links[pid], other.links[me.pid] = true, true
    return true
  end
  function host.unlink(pid)
    local other = world.processes[pid]
    world.current.links[pid] = nil
    if other then other.links[world.current.pid] = nil end
    return true
  end
  function host.monitor(who)
    local ref, p = world:handle("ref"), process_of(world, who)
    if p then p.watchers[ref] = { pid = world.current.pid, who = who }
    else world:push(world.current, signal("down", ref, who, "noproc")) end
    return ref
  end
  function host.demonitor(ref, options)
    for _, p in pairs(world.processes) do p.watchers[ref] = nil end
    if options and options.flush then host.receive({ "DOWN", ref }, 0) end
    return true
  end
  function host.trap_exit(on)
    local former = world.current.trap or false
    world.current.trap = on
    return former
  end
  function host.set_trap_parent(on) world.current.trap_parent = on end
  function host.is_signal(msg) return world.signals[msg] or false end
end

--- Tells a service that there is newer code of its module.
function World:tell_code(pid)
  self:push(self.processes[pid], { kind = "code" })
end

local function as_message(mail)
  if mail.kind == "call" then return { "CALL", mail.from, unpack(mail.list, 1, mail.list.n) } end
  if mail.kind == "cast" then return { "CAST", unpack(mail.list, 1, mail.list.n) } end
  return mail.msg
end

local function matches(match, msg)
  if match == nil then return true end
  if type(msg) ~= "table" then return false end
  if type(match) == "string" then return msg[1] == match end
  for i, value in pairs(match) do
    if msg[i] ~= value then return false end
  end
  return true
end

function make.mail(world, host)
  function host.send(to, msg)
    local p = process_of(world, to)
    if p then world:push(p, { kind = "info", msg = world:copy(msg) }) end
    if not p and type(to) == "string" then return nil, world:error("noproc", "noproc") end
    return true
  end
  function host.cast(to, ...)
    local p = process_of(world, to)
    if p then world:push(p, { kind = "cast", list = world:copy_list(...) }) end
    return true
  end
  function host.receive(match, timeout)
    if type(match) == "number" then match, timeout = nil, match end
    local p = world.current
    local found = world:wait(function()
      for i, mail in ipairs(p.mail) do
        local msg = as_message(mail)
        if matches(match, msg) then
          table.remove(p.mail, i)
          if mail.signal then world.signals[msg] = true end
          return { msg }
        end
      end
    end, timeout)
    if found then return found[1] end
    return nil, world:error("timeout", "no message")
  end
  local spread = {
    call = function(mail) return pack("call", mail.from, unpack(mail.list, 1, mail.list.n)) end,
    cast = function(mail) return pack("cast", unpack(mail.list, 1, mail.list.n)) end,
    exit = function(mail) return pack("exit", mail.msg, mail.msg[2], mail.msg[3]) end,
    down = function(mail)
      return pack("down", mail.msg, mail.msg[2], mail.msg[3], mail.msg[4])
    end,
    info = function(mail) return pack("info", mail.msg) end,
    code = function() return pack("code") end,
  }
  function host.next(timeout)
    local p = world.current
    local result = world:wait(function()
      local mail = table.remove(p.mail, 1)
      return mail and spread[mail.kind](mail)
    end, timeout)
    if result then return unpack(result, 1, result.n) end
  end
end

local TIMEOUT = {}

function make.calls(world, host)
  function host.timeout(ms) return setmetatable({ ms = ms }, TIMEOUT) end
  function host.call(to, ...)
    local list, timeout = pack(...), 5000
    if getmetatable(list[list.n]) == TIMEOUT then
      timeout = list[list.n].ms
      list.n = list.n - 1
    end
    local p = process_of(world, to)
    if not p then return nil, world:error("noproc", "no process") end
    local from = world:handle("from")
    local call = { caller = world.current.pid }
    world.calls[from] = call
    p.calls[#p.calls + 1] = call
    world:push(p, { kind = "call", from = from, list = world:copy_list(unpack(list, 1, list.n)) })
    local result = world:wait(function()
      return call.reply or call.exit and { exit = true }
    end, timeout)
    if not result then return nil, world:error("timeout", "timeout") end
    if result.exit then
      return nil, world:error("exit", "ended", { reason = call.exit[1] })
    end
    return unpack(result, 1, result.n)
  end
  function host.reply(from, ...)
    local call = world.calls[from]
    call.reply = call.reply or world:copy_list(...)
    world:wake(world.processes[call.caller] or {})
    return true
  end
  function host.refuse_call(from, err) host.reply(from, nil, err) end
end

function make.names(world, host)
  function host.register(name, pid)
    world.names[name] = pid or world.current.pid
    return true
  end
  function host.unregister(name) world.names[name] = nil end
  function host.whereis(name) return world.names[name] end
  function host.sleep(ms) world:wait(function() end, ms) return true end
  function host.now() return world.now end
  function host.traceback(message) return tostring(message) end
  function host.trace() return "the stack" end
  function host.note_error(value) return value end
  function host.log(level, event, fields)
    world.log[#world.log + 1] = { level = level, event = event, fields = fields }
  end
  function host.child(key, id, kind, state, pid, restarts)
    world.published[key] = id and { id = id, type = kind, state = state, pid = pid,
      restarts = restarts } or nil
  end
  function host.set_role(role) world.current.role = role end
  function host.set_module(module) world.current.module = module end
  function host.set_version(version) world.current.version = version end
  function host.source(name)
    if world.modules[name] then return world.modules[name] end
    return nil, "nowhere"
  end
end

local PUBLIC = { "self", "send", "call", "cast", "timeout", "is_signal", "buffer", "link", "unlink",
  "monitor", "demonitor", "trap_exit", "exit", "kill", "register", "unregister", "whereis",
  "address", "sleep", "send_after", "cancel", "now", "time", "info" }

--- It knows no capabilities: every text is one, and all are there.
function make.grants(_, host)
  function host.narrow(_, list) return list, {} end
  function host.set_grants(list) return list or {}, {} end
end

function make.library(_, host)
  function host.is_strict() return false end
  local public = {}
  for _, name in ipairs(PUBLIC) do public[name] = true end
  function host.is_public(name) return public[name] or false end
end

function make.code(world, host)
  function host.generation() return world.generation end
  function host.loaded() return world.generation end -- a process starts with code of its time
  function host.set_code(code) world.current.code = code end
  function host.upgrader(module, code) world.current.upgrader = { module, code } end
  function host.upgraded(generation, code, refusal)
    world.current.answer = { generation, code, refusal }
  end
end

--- Modules are run anew for each process.
local function fake_loader(world)
  local loader = { codes = {}, loaded = {} }
  function loader.note_change() end
  function loader.source(_, name) return world.host.source(name) end
  function loader.library(name)
    return pcall(require, name) and function() end or nil
  end
  function loader.require(name)
    if not world.modules[name] then error("there is no module " .. name, 0) end
    return world.modules[name]()
  end
  return loader
end

function World:error(kind, message, details)
  return require("neap.error").new(kind, message, details)
end

--- The loop's module, with an xpcall that can be yielded across.
local function load_loop(name)
  local chunk = package.loaders[2](name)
  return setfenv(chunk, setmetatable({ xpcall = protected }, { __index = _G }))(name)
end

--- A world of its own, and the library loaded anew on top of it.
---@param modules? table<string, fun(): any>  The modules of the application.
function fake_host.new(modules)
  local world = setmetatable({ processes = {}, ready = {}, names = {}, now = 0, serial = 0,
    log = {}, published = {}, ended = {}, spawned = {}, calls = {}, modules = modules or {},
    generation = 1,
    signals = setmetatable({}, { __mode = "k" }) }, World)
  world.host = {}
  for _, part in pairs(make) do part(world, world.host) end
  world.raw = {}                                 -- what a guard in the host's table does not reach
  for name, call in pairs(world.host) do world.raw[name] = call end
  for name in pairs(package.loaded) do
    if name:find("^neap%f[%z.]") then package.loaded[name] = nil end
  end
  package.loaded["neap.host"] = world.host
  world.error_metatable = require("neap.error").metatable
  world.loader = fake_loader(world)
  package.loaded["neap.loader"] = world.loader
  world.renewal = { origin = function() end }    -- no newer code, unless a test says so
  package.loaded["neap.reload.renewal"] = world.renewal
  if not rawget(_G, "jit") then package.preload["neap.service.loop"] = load_loop end
  return world
end

return fake_host
