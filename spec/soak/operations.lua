--- The operations of an episode: each rolls the dice for what it does, does it, and tells the
--- model. All of them are right whatever became of the actors meanwhile.
local neap = require("neap")
local model = require("model")

local operations = {}

local NAMES = 6
local LIMITS = { memory = "8MB", cpu = "60s" }
local SMALL = { { messages = 8, policy = "reject" }, { messages = 8, policy = "block" } }

local function serial(self)
  self.driver.serials = self.driver.serials + 1
  return self.driver.serials
end

--- Remembers what is done, for people. Numbers and words only: it may be shown much later.
local function note(self, ...)
  self.done[#self.done + 1] = { self.step, ... }
end

local function any(self)
  return self.dice:pick(self.slots)
end

local function any_two(self)
  local at = self.dice:roll(#self.slots)
  local other = (at + self.dice:roll(#self.slots - 1) - 1) % #self.slots + 1
  return self.slots[at], self.slots[other]
end

-- Names ------------------------------------------------------------------------------------

local function name_of(self, k)
  return ("driver%d.%d"):format(self.driver.number, k)
end

local function must_be_free(self, k)
  if neap.whereis(name_of(self, k)) then
    self.fail("the name %s is taken; it is nobody's", name_of(self, k))
  end
end

--- The names of an actor are free when its DOWN is here (REG-06); without `actor`, all are.
function operations.check_names(self, actor)
  for k = 1, NAMES do
    if not actor or self.names[k] == actor then
      must_be_free(self, k)
      self.names[k] = nil
    end
  end
end

--- Whether this is what to expect of who holds the name, as far as that is known.
local function check_holder(self, k, pid)
  local holder = self.names[k]
  if pid and not (holder and holder.pid == pid) then
    self.fail("%s is %s; expected %s", name_of(self, k), tostring(pid),
      holder and holder.id or "nobody")
  elseif not pid and holder and not holder.doubt then
    self.fail("%s is free; it is actor %d's", name_of(self, k), holder.id)
  end
end

--- `done, err`: of a registration, or of a spawn with a name.
local function check_taken(self, k, actor, err)
  if not err then
    check_holder(self, k, nil)
    self.names[k] = actor
  elseif err.kind == "taken" then
    check_holder(self, k, err.pid)
  elseif not (actor and actor.doubt and err.kind == "noproc") then
    self.fail("%s can not be registered: %s", name_of(self, k), err.kind)
  end
end

-- Actors -----------------------------------------------------------------------------------

local function add_monitor(self, ref, actor, first)
  local monitor = self.model:monitor(actor)
  monitor.first = first
  self.monitors[ref] = monitor
  return monitor
end

local function kill(self, actor)
  self.model:doom(actor, "killed")
  neap.kill(actor.pid)
end

local function spawn(self, id, trap, options)
  options.run, options.args = "actor", { neap.self(), id, trap }
  options.monitor, options.limits = true, LIMITS
  return neap.spawn(options)
end

--- As spawn, with the name `k`, or without it if that is taken.
local function spawn_named(self, id, trap, options, k)
  options.name = name_of(self, k)
  local pid, ref = spawn(self, id, trap, options)
  if pid then return pid, ref, true end
  check_taken(self, k, nil, ref)
  options.name = nil
  return spawn(self, id, trap, options)
end

--- Fills a slot anew; who had it is killed.
function operations.replace(self, slot)
  local roll, former = self.dice, self.slots[slot]
  local trap, small, linked, named = roll:once_in(2), roll:once_in(5), roll:once_in(4),
    roll:once_in(4)
  local k, mailbox = roll:roll(NAMES), roll:pick(SMALL)
  if former and not former.down then kill(self, former) end
  self.driver.ids = self.driver.ids + 1
  local id = self.driver.ids
  note(self, "spawn", id, "in place of", former and former.id, trap and "trap", small and "small")
  local pid, ref, has_name = (named and spawn_named or spawn)(self, id, trap,
    { link = linked, mailbox = small and mailbox or nil }, k)
  if not pid then self.fail("no process: %s", ref.kind) end
  local actor = self.model:add(id, pid, { trap = trap, small = small, linked = linked })
  add_monitor(self, ref, actor, true)
  if has_name then check_taken(self, k, actor) end
  self.slots[slot] = actor
end

--- Sends a command; true if it will be carried out. A small mailbox may refuse it.
local function command(self, actor, to, ...)
  note(self, "tell", actor.id, ...)
  local sent, err = neap.send(to or actor.pid, { "do", actor.sent + 1, ... })
  if sent then return true end
  if not (err.kind == "full" and actor.small or to and err.kind == "noproc" and actor.doubt) then
    self.fail("actor %d can not be sent to: %s", actor.id, err.kind)
  end
end

-- What can be done -------------------------------------------------------------------------

local can = {}

function can.replace(self) operations.replace(self, self.dice:roll(#self.slots)) end

function can.kill(self)
  local actor = any(self)
  note(self, "kill", actor.id)
  kill(self, actor)
end

local SIGNALS = {
  function() return "normal" end,
  function() return "shutdown" end,
  function(n) return { "bye", n } end,
  function(n) return { "shutdown", n } end,
}

function can.signal(self)
  local actor, reason = any(self), self.dice:pick(SIGNALS)(serial(self))
  note(self, "exit", actor.id, model.word(reason))
  self.model:signal(actor, model.word(reason))
  neap.exit(actor.pid, reason)
end

local PADS = { "", ("x"):rep(100), ("y"):rep(5000) }

function can.tell(self)
  local a, b = any_two(self)
  if command(self, a, nil, "tell", b.pid, b.id, self.dice:pick(PADS)) then self.model:sent(a) end
end

function can.tell_much(self)
  local a, b = any_two(self)
  for _ = 1, self.dice:roll(12) do
    if command(self, a, nil, "tell", b.pid, b.id, "") then self.model:sent(a) end
  end
end

function can.link(self)
  local a, b = any_two(self)
  if command(self, a, nil, "link", b.pid, b.id) then self.model:link(a, b) end
end

function can.unlink(self)
  local a, b = any_two(self)
  if command(self, a, nil, "unlink", b.pid, b.id) then self.model:unlink(a, b) end
end

--- With the one it was linked with last, so that this is no rare case.
function can.link_and_unlink(self)
  local a, b = any_two(self)
  local back = self.dice:once_in(2)
  if command(self, a, nil, "link", b.pid, b.id) then self.model:link(a, b) end
  local from, to = back and b or a, back and a or b
  if command(self, from, nil, "unlink", to.pid, to.id) then self.model:unlink(from, to) end
end

function can.watch(self)
  local a, b = any_two(self)
  local n = serial(self)
  if command(self, a, nil, "watch", b.pid, n, b.id) then self.model:watch(a, b, n) end
end

function can.watch_and_unwatch(self)
  local a, b = any_two(self)
  local n, flush, between = serial(self), self.dice:once_in(2), self.dice:once_in(2)
  if not command(self, a, nil, "watch", b.pid, n, b.id) then return end
  self.model:watch(a, b, n)
  if between then kill(self, b) end
  if command(self, a, nil, "unwatch", n, flush) then self.model:unwatch(n, flush) end
end

--- The driver gives up its own link: an EXIT may be here already.
function can.let_go(self)
  local actor = any(self)
  note(self, "let go", actor.id)
  if actor.linked == true then actor.linked = actor.doubt and "loose" end
  neap.unlink(actor.pid)
end

function can.monitor(self)
  local actor = any(self)
  note(self, "monitor", actor.id)
  self.extra = { neap.monitor(actor.pid) }
  add_monitor(self, self.extra[1], actor)
end

--- Gives up the monitor that was made last; before, perhaps, its process is killed.
function can.demonitor(self)
  local ref, flush, first = self.extra and self.extra[1], self.dice:once_in(2), self.dice:once_in(2)
  local monitor = ref and self.monitors[ref]
  if not monitor or monitor.state then return end
  note(self, "demonitor", monitor.actor.id, flush and "flush", first and "after a kill")
  if first then kill(self, monitor.actor) end
  self.model:demonitor(monitor, flush)
  neap.demonitor(ref, { flush = flush })
end

--- The older one asks: calls in a circle would wait for each other.
function can.ask(self)
  local a, b = any_two(self)
  if a.id > b.id then a, b = b, a end
  local n = serial(self)
  if command(self, a, nil, "ask", b.pid, b.id, n, self.driver.patience) then self.model:sent(a) end
end

function can.call(self)
  local actor, n = any(self), serial(self)
  note(self, "call", actor.id)
  local answer, err = neap.call(actor.pid, "ask", n, neap.timeout(self.driver.patience))
  self.model:answered(actor, answer == n + 1, err and err.kind, err and err.reason, {})
end

--- It answers when it is too late: that must never arrive.
function can.call_in_vain(self)
  local actor, ms = any(self), self.dice:roll(3)
  note(self, "call in vain", actor.id)
  local answer, err = neap.call(actor.pid, "mute", neap.timeout(ms))
  if answer then self.fail("actor %d answered what nobody waits for", actor.id) end
  self.model:answered(actor, false, err.kind, err.reason, { timeout = true })
end

--- A timer of the driver, for itself or for an actor.
function can.timer(self)
  local n, ms, to = serial(self), self.dice:roll(20), self.dice:once_in(2) and any(self) or nil
  note(self, "timer", n, ms, to and to.id)
  local due = neap.now() + ms
  self.timers[#self.timers + 1] = { serial = n,
    timer = neap.send_after(ms, to and to.pid or neap.self(), { "tick", n, due }) }
  self.model:timer(n, nil, to)
end

function can.cancel(self)
  local at = self.dice:roll(4)
  local one = self.timers[#self.timers + 1 - at]
  if not one then return end
  note(self, "cancel", one.serial)
  self.model:cancelled(one.serial, neap.cancel(one.timer))
end

--- A timer of an actor, for the driver; perhaps it is to be cancelled.
function can.actor_timer(self)
  local actor, n, ms, cancel = any(self), serial(self), self.dice:roll(15), self.dice:once_in(2)
  if not command(self, actor, nil, "timer", n, ms) then return end
  self.model:timer(n, actor)
  if cancel and command(self, actor, nil, "cancel", n) then self.model:sent(actor) end
end

function can.leaf(self)
  local actor, n, leaves = any(self), serial(self), self.leaves
  if not command(self, actor, nil, "leaf", n) then return end
  leaves[n] = "possible"
  self.model:sent(actor, function() leaves[n] = leaves[n] and "due" end)
end

function can.sleep(self)
  local actor, ms = any(self), self.dice:roll(3)
  if command(self, actor, nil, "sleep", ms) then self.model:sent(actor) end
end

local FINISHES = {
  ["return"] = function() return "normal" end,
  exit = function(n) return "bye " .. n end,
  shutdown = function(n) return "shutdown " .. n end,
  error = function(n) return "error oops " .. n end,
}
local WAYS = { "return", "exit", "shutdown", "error" }

function can.finish(self)
  local actor, how, n = any(self), self.dice:pick(WAYS), serial(self)
  if not command(self, actor, nil, "finish", how, n) then return end
  self.model:sent(actor)
  self.model:doom(actor, FINISHES[how](n))
end

function can.register(self)
  local actor, k = any(self), self.dice:roll(NAMES)
  note(self, "register", actor.id, k)
  local _, err = neap.register(name_of(self, k), actor.pid)
  check_taken(self, k, actor, err)
end

function can.unregister(self)
  local k = self.dice:roll(NAMES)
  note(self, "unregister", k)
  local done = neap.unregister(name_of(self, k))
  if done and not self.names[k] then self.fail("%s was somebody's", name_of(self, k)) end
  if not done then check_holder(self, k, nil) end
  self.names[k] = nil
end

function can.find(self)
  local k = self.dice:roll(NAMES)
  check_holder(self, k, neap.whereis(name_of(self, k)))
end

function can.send_by_name(self)
  local k = self.dice:roll(NAMES)
  local actor = self.names[k]
  if not actor then return must_be_free(self, k) end
  if command(self, actor, name_of(self, k), "sleep", 0) then self.model:sent(actor) end
end

--- The ledger is reloaded meanwhile: it must lose nothing and must not go back.
function can.count(self)
  local driver = self.driver
  local n, version = neap.call("ledger", "next", "driver" .. driver.number,
    neap.timeout(driver.patience))
  if not n then self.fail("the ledger does not answer: %s", version.kind) end
  if n ~= driver.count + 1 then self.fail("the ledger counts %d after %d", n, driver.count) end
  if version < driver.version then self.fail("the ledger went back to version %d", version) end
  driver.count, driver.version = n, version
end

local HARD = {
  { "limit cpu", { cpu = 10 }, function() while true do end end },
  { "limit memory", { memory = "2MB" }, function()
    local list = {}
    while true do list = { list } end
  end },
}

--- One that runs into a limit: it has no slot, and nobody knows it but the driver.
function can.overrun(self)
  local word, limits, run = unpack(self.dice:pick(HARD))
  self.driver.ids = self.driver.ids + 1
  note(self, "overrun", self.driver.ids, word)
  local pid, ref = neap.spawn_monitor({ run = run, limits = limits })
  local actor = self.model:add(self.driver.ids, pid, {})
  self.model:doom(actor, word)
  add_monitor(self, ref, actor, true)
end

-- Which of them ----------------------------------------------------------------------------

--- How often each is done, in so many.
local WEIGHTS = {
  replace = 12, kill = 4, signal = 6, finish = 4, tell = 10, tell_much = 4, link = 8, unlink = 3,
  link_and_unlink = 3, let_go = 2, watch = 8, watch_and_unwatch = 3, monitor = 4, demonitor = 4,
  ask = 5, call = 4, call_in_vain = 1, timer = 5, cancel = 3, actor_timer = 4, leaf = 4, sleep = 2,
  register = 5, unregister = 2, find = 2, send_by_name = 4, count = 4,
}

local function sorted(weights)
  local names = {}
  for name in pairs(weights) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local DECK = {}
for _, name in ipairs(sorted(WEIGHTS)) do
  for _ = 1, WEIGHTS[name] do DECK[#DECK + 1] = name end
end

function operations.do_one(self)
  if self.dice:once_in(400) then return can.overrun(self) end
  can[self.dice:pick(DECK)](self)
end

return operations
