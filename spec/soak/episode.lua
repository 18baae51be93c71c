--- One episode of a driver: takes what arrives, holds it against the model, and when something is
--- wrong shows all operations so far.
local neap = require("neap")
local model, operations = require("model"), require("operations")

local STEPS, SLOTS = 150, 10

local episode = {}

-- What is wrong ----------------------------------------------------------------------------

local function operation_text(op)
  local parts = {}
  for i = 1, table.maxn(op) do parts[i] = tostring(op[i]):sub(1, 24) end
  return table.concat(parts, " ")
end

--- Prints where it happened and what was done in this episode, and ends the driver, and so the
--- node.
local function fail(self, text, ...)
  local driver = self.driver
  local lines = { ("soak: WRONG, seed %d driver %d episode %d step %d: %s"):format(driver.seed,
    driver.number, self.number, self.step, text:format(...)) }
  for _, op in ipairs(self.done) do lines[#lines + 1] = "soak:   " .. operation_text(op) end
  for _, line in ipairs(lines) do print(line) end
  error(lines[1], 0)
end

-- What arrives -----------------------------------------------------------------------------

local told = {}

function told.up() end
function told.did(self, actor, n) self.model:acked(actor, n) end
function told.ticked(self, actor, serial) self.model:ticked(serial, actor) end
function told.cancelled(self, _, serial, left) self.model:cancelled(serial, left) end

function told.DOWN(self, actor, serial, pid, reason)
  self.model:watched(actor, serial, pid, model.word(reason))
end

function told.EXIT(self, actor, pid, reason)
  local word = model.word(reason)
  if pid == neap.self() then return self.model:signalled(actor, word) end
  local peer = self.model.by_pid[pid]
  if not peer then fail(self, "actor %d has an EXIT of a stranger", actor.id) end
  self.model:exited(actor, peer, word)
end

function told.asked(self, _, id, n, answer, kind, reason)
  self.model:answered(self.model.actors[id], answer == n + 1, kind, reason, {})
end

local on = {}

function on.saw(self, id, n, what, ...)
  local actor = self.model.actors[id]
  if not actor then fail(self, "a report of actor %d, which is of another episode", id) end
  self.model:reported(actor, n)
  told[what](self, actor, ...)
end

function on.wrong(self, id, text) fail(self, "actor %d saw %s", id, text) end

function on.tick(self, serial, due)
  self.model:ticked(serial)
  if neap.now() < due then fail(self, "timer %d is early", serial) end
end

--- Comes once if its parent lived to say that it was spawned, else at most once; and then perhaps
--- when the episode of its parent is over.
function on.leaf(self, serial)
  if serial <= self.first then return end
  if not self.leaves[serial] then fail(self, "leaf %d twice", serial) end
  self.leaves[serial] = nil
end

function on.DOWN(self, ref, pid, reason)
  local monitor = self.monitors[ref]
  if not monitor then fail(self, "a DOWN of a stranger, or a second one") end
  self.model:down(monitor, pid, model.word(reason))
  if monitor.first then
    self.driver.ends = self.driver.ends + 1
    operations.check_names(self, monitor.actor)
  end
end

function on.EXIT(self, pid, reason)
  if pid == self.driver.director then neap.exit(reason) end
  local actor = self.model.by_pid[pid]
  if not actor or not actor.linked or actor.linked == "seen" then
    fail(self, "an EXIT of %s, which is not linked", actor and actor.id or "a stranger")
  end
  actor.linked = "seen"
  self.model:ended(actor, model.word(reason))
end

local function take(self, msg)
  local handle = type(msg) == "table" and on[msg[1]]
  if not handle then fail(self, "a message %s", tostring(msg)) end
  handle(self, unpack(msg, 2, table.maxn(msg)))
end

local function take_all(self)
  for msg in neap.receive, 0 do take(self, msg) end
end

-- The episode ------------------------------------------------------------------------------

local function leaf_missing(self)
  for serial, is_due in pairs(self.leaves) do
    if is_due == "due" then return ("leaf %d"):format(serial) end
  end
end

--- Waits until nothing is missing.
local function settle(self)
  local limit = neap.now() + self.driver.patience
  take_all(self)
  local missing = self.model:missing() or leaf_missing(self)
  while missing do
    local msg = neap.receive(math.max(0, limit - neap.now()))
    if not msg then fail(self, "missing after %d ms: %s", self.driver.patience, missing) end
    take(self, msg)
    take_all(self)
    missing = self.model:missing() or leaf_missing(self)
  end
end

--- A small mailbox may be full of what others sent, for a while.
local function tally(self, actor)
  local answer, err
  repeat
    answer, err = neap.call(actor.pid, "tally", neap.timeout(self.driver.patience))
  until answer or err.kind ~= "full"
  if not answer then fail(self, "actor %d has no tally: %s", actor.id, err.kind) end
  return answer
end

--- All that lives did all it was told: what it sent has arrived.
local function compare(self)
  local tallies = {}
  for id, actor in pairs(self.model.actors) do
    if not actor.doubt then
      tallies[id] = tally(self, actor)
    end
  end
  self.model:compare(tallies)
end

local function kill_all(self)
  for _, actor in pairs(self.model.actors) do
    if not actor.down then
      self.model:doom(actor, "killed")
      neap.kill(actor.pid)
    end
  end
end

--- Nothing is left in the driver itself.
local function check_clean(self)
  local info = neap.info()
  if info.monitors ~= 0 or info.links ~= 1 then
    fail(self, "left over: %d monitors, %d links (one is the director's)", info.monitors,
      info.links)
  end
  operations.check_names(self)
end

local function new_episode(driver, number)
  local self = { driver = driver, dice = driver.dice, number = number, step = 0, done = {},
    monitors = {}, slots = {}, names = {}, timers = {}, leaves = {}, first = driver.serials }
  function self.fail(...) fail(self, ...) end
  self.model = model.new(self.fail)
  return self
end

--- `number` is for people.
function episode.run(driver, number)
  local self = new_episode(driver, number)
  for slot = 1, SLOTS do operations.replace(self, slot) end
  for step = 1, STEPS do
    self.step = step
    operations.do_one(self)
    take_all(self)
  end
  settle(self)
  compare(self)
  kill_all(self)
  settle(self)
  check_clean(self)
  driver.steps = driver.steps + STEPS
end

return episode
