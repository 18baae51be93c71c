--- The loop of a service: takes the next piece of mail and calls its handler.
---
--- Watched by the benches `pingpong` (call) and `fanin`: no table is made per message.
local host = require("neap.host")
local marks = require("neap.service.marks")
local neap_error = require("neap.error")

local loop = {}

local next_mail, reply, set_from = host.next, host.reply, marks.set_from
local ack, parent, upgrader = host.ack, host.parent, host.upgrader
local NOREPLY, Exit = marks.noreply, marks.Exit
local getmetatable, type = getmetatable, type

---@class neap.ServiceProcess
---@field definition table
---@field state any
---@field module? string  Whose service it is, if it is one that can be loaded again.
---@field field? string   Where in the module's table, if not all of it.
---@field is_behind? boolean  There is newer code.

local function terminate(self, reason)
  local handler = self.definition.terminate
  self.definition = nil                       -- an error in terminate must not call it again
  if handler then handler(self.state, reason) end
end

--- Ends the process: terminate, then the reply of a call that asked for the end, then out.
local function finish(self, reason, from, exit)
  terminate(self, reason)
  if from and exit.n > 0 then reply(from, unpack(exit, 1, exit.n)) end
  host.exit(reason)
end

--- Ends it with the reason of its parent, whose crash is not its own.
local function follow(self, reason)
  terminate(self, reason)
  host.follow(reason)
end

local function unknown(...)
  return require("neap.service.definition").unknown(...)
end

local function is_exit(value)
  return type(value) == "table" and getmetatable(value) == Exit
end

--- Passes on what a call's handler returned.
local function answer(self, from, ...)
  local first = ...
  set_from(nil)
  if first == NOREPLY then return end
  if is_exit(first) then return finish(self, first.reason, from, first) end
  reply(from, ...)
end

local function settle(self, result)
  if is_exit(result) then finish(self, result.reason) end
end

local function refuse(self, from, name)
  host.refuse_call(from, neap_error.new("no_such_call",
    unknown("call", name, self.definition.call), { call = name }))
end

local on = {}

function on.call(self, from, name, ...)
  local handler = self.definition.call[name]
  if handler then
    set_from(from)
    return answer(self, from, handler(self.state, ...))
  end
  if name == marks.STOP then return finish(self, (...)) end
  refuse(self, from, name)
end

function on.cast(self, name, ...)
  local handler = self.definition.cast[name]
  if handler then return settle(self, (handler(self.state, ...))) end
  host.log("warn", "service.unknown_cast", {
    cast = tostring(name),
    message = unknown("cast", name, self.definition.cast),
  }, true)
end

function on.info(self, msg)
  local handler = self.definition.info
  if handler then return settle(self, (handler(self.state, msg))) end
  host.log("warn", "service.unexpected", { message = require("neap.text").of(msg) }, true)
end

--- The parent's exit ends a service that sees it (it traps, or has `terminate`).
function on.exit(self, msg, pid, reason)
  if pid == self.parent then return follow(self, reason) end
  on.info(self, msg)
end

function on.down(self, msg)
  on.info(self, msg)
end

--- There is newer code of the module.
function on.code(self)
  self.is_behind = true
end

local function dispatch(self, kind, ...)
  return on[kind](self, ...)
end

--- Until there is newer code.
local function serve(self)
  repeat dispatch(self, next_mail()) until self.is_behind
end

--- The exit reason of an error, with the stack as the host writes it: one line per level.
local function raised(value)
  return neap_error.raised(value, host.trace(2))
end

--- An error in a handler: terminate runs with the reason, which the process exits with.
local function serve_until_error(self)
  local ok, reason = xpcall(function() serve(self) end, raised)
  if ok then return end
  if self.definition == nil then host.exit(reason) end    -- terminate itself raised
  set_from(nil)
  finish(self, reason)
end

local function began(state, reason)
  if state == marks.ignore then
    host.ack("failed", neap_error.new("ignore", "init returned service.ignore"))
    host.exit("normal")
  end
  if state then return state end
  if reason ~= nil then host.exit(reason) end
  error(("init returned %s; expected the state, or nil and a reason"):format(
    tostring(state)), 0)
end

local function start_state(made, args)
  if not made.init then return {} end
  return began(made.init(unpack(args, 1, args.n)))
end

--- A service that a module gives can switch to newer code of it; one that was made elsewhere
--- and came as a snapshot keeps what it has.
local function join(self, module)
  local loader = require("neap.loader")
  self.module = module
  if not module then
    self.module, self.field = require("neap.reload.renewal").origin(self.definition)
  end
  local code = self.module and loader.codes[self.module]
  if not code then return end
  if not module then host.set_code(code, host.generation()) end
  upgrader(self.module, code)
end

--- Runs a service in the calling process; returns never.
---@param made table      What service.define gave.
---@param args table      Of init, with `n`.
---@param module? string  The module that it is, if that is known.
function loop.run(made, args, module)
  local self = { definition = made, parent = parent() }
  self.state = start_state(made, args)
  if made.terminate then host.set_trap_parent(true) end
  if made.version ~= nil then host.set_version(made.version) end
  join(self, module)
  ack("up")
  while true do
    local serve_all = self.definition.terminate and serve_until_error or serve
    serve_all(self)
    self.is_behind = false
    require("neap.service.switch").run(self)
  end
end

return loop
