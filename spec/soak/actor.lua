--- Runs in the node: does in order what its driver says, and reports all that happens to it. What
--- only the one who sees it can judge (gaps, repetitions, a DOWN of nothing) it judges itself.
local neap, service = require("neap"), require("neap.service")

local NO_WAIT = { timeout = 0 }

local Actor = {}
Actor.__index = Actor

--- Reports are numbered, so that none can be lost or come twice.
function Actor:report(what, ...)
  self.said = self.said + 1
  neap.send(self.driver, { "saw", self.id, self.said, what, ... })
end

function Actor:wrong(text, ...)
  neap.send(self.driver, { "wrong", self.id, text:format(...) })
end

-- What the driver says ---------------------------------------------------------------------

local does = {}

--- Messages from one actor to another are numbered by pair.
function does.tell(self, pid, id, pad)
  local n = (self.told[id] or 0) + 1
  if neap.send(pid, { "told", self.id, n, pad }, NO_WAIT) then self.told[id] = n end
end

function does.link(_, pid) neap.link(pid) end
function does.unlink(_, pid) neap.unlink(pid) end

function does.watch(self, pid, serial)
  local ref = neap.monitor(pid)
  self.refs[serial], self.serials[ref] = ref, serial
end

function does.unwatch(self, serial, flush)
  local ref = self.refs[serial]
  if not ref then return end            -- its DOWN was here before
  neap.demonitor(ref, { flush = flush })
  if flush then self.refs[serial], self.serials[ref] = nil, nil end
end

function does.ask(self, pid, id, n, patience)
  local answer, err = neap.call(pid, "ask", n, neap.timeout(patience))
  self:report("asked", id, n, answer, err and err.kind, err and err.reason)
end

function does.timer(self, serial, ms)
  self.timers[serial] = neap.send_after(ms, self.driver, { "tick", serial, neap.now() + ms })
end

function does.cancel(self, serial)
  if self.timers[serial] then self:report("cancelled", serial, neap.cancel(self.timers[serial])) end
end

function does.leaf(self, serial)
  neap.spawn(function(to, n) require("neap").send(to, { "leaf", n }) end, self.driver, serial)
end

function does.sleep(_, ms) neap.sleep(ms) end

--- The ways to end, by oneself.
local ends = {}
ends["return"] = function() return true end
function ends.exit(n) neap.exit({ "bye", n }) end
function ends.shutdown(n) neap.exit({ "shutdown", n }) end
function ends.error(n) error("oops " .. n) end

function does.finish(_, how, n) return ends[how](n) end

-- What arrives -----------------------------------------------------------------------------

local on = {}

on["do"] = function(self, n, what, ...)
  if n ~= self.taken + 1 then self:wrong("command %d came after %d", n, self.taken) end
  self.taken = n
  local ended = does[what](self, ...)
  if self.owed then service.reply(self.owed, "too late") end
  self.owed = nil
  if ended then return true end
  self:report("did", n)
end

function on.told(self, id, n)
  local last = self.heard[id] or 0
  if n ~= last + 1 then self:wrong("message %d of actor %d came after %d", n, id, last) end
  self.heard[id] = n
end

function on.tick(self, serial) self:report("ticked", serial) end

function on.EXIT(self, pid, reason) self:report("EXIT", pid, reason) end

function on.DOWN(self, ref, pid, reason)
  local serial = self.serials[ref]
  if not serial then return self:wrong("a DOWN for no monitor, or a second one") end
  self.refs[serial], self.serials[ref] = nil, nil
  self:report("DOWN", serial, pid, reason)
end

local answers = {}
function answers.ask(_, n) return n + 1 end
function answers.tally(self) return { told = self.told, heard = self.heard } end

function on.CALL(self, from, what, ...)
  if what == "mute" then self.owed = from return end
  service.reply(from, answers[what](self, ...))
end

local function live(self)
  while true do
    local msg = neap.receive()
    local handle = on[msg[1]]
    if not handle then
      self:wrong("a message %q", tostring(msg[1]))
    elseif handle(self, unpack(msg, 2, table.maxn(msg))) then
      return
    end
  end
end

--- What lives as an actor does: `id` is its own in its driver's life.
return function(driver, id, trap)
  neap.trap_exit(trap)
  local self = setmetatable({ driver = driver, id = id, said = 0, taken = 0, told = {}, heard = {},
    refs = {}, serials = {}, timers = {} }, Actor)
  self:report("up")
  live(self)
end
