--- What must and what may happen to the actors of one episode. Pure: the driver tells it what it
--- asked for (`link`, `watch`, ...) and what it was told (`acked`, `exited`, ...); what was neither
--- asked for nor allowed goes to `wrong`, which does not return.
---
--- An actor is sure to live until something could end it: from then on it is *in doubt*, and `may`
--- holds the reasons it can end with. What an actor in doubt still owes is not asked for; what one
--- that is sure to live owes must come (`missing`). Commands are carried out in order, and a
--- report says how far an actor is: so whether a link was made before an end is often known, and
--- where it is not, both outcomes are allowed.
local model = {}

local Model = {}
Model.__index = Model

---@param wrong fun(text: string, ...)   A format and its values.
function model.new(wrong)
  return setmetatable({ wrong = wrong, actors = {}, by_pid = {}, links = {}, watches = {},
    ticks = {} }, Model)
end

local function of_table(reason)
  if reason.kind == "error" then
    return "error " .. tostring(tostring(reason.message):match("oops %d+") or reason.message)
  end
  if reason.kind then return reason.kind .. " " .. tostring(reason.limit) end
  return tostring(reason[1]) .. " " .. tostring(reason[2])
end

--- The word that stands for an exit reason.
function model.word(reason)
  return type(reason) == "table" and of_table(reason) or tostring(reason)
end

--- `options`: trap, small (its mailbox may refuse), linked (with the driver: true; "loose" when it
--- may no longer be, "seen" when its EXIT is here).
function Model:add(id, pid, options)
  local actor = { id = id, pid = pid, trap = options.trap, small = options.small,
    linked = options.linked, sent = 0, acked = 0, heard = 0, may = {}, links = {}, refs = 0,
    signals = {}, loose = {}, todo = {} }
  self.actors[id], self.by_pid[pid] = actor, actor
  return actor
end

-- Ends -------------------------------------------------------------------------------------

--- Whether signals are mail for it: one that has not said so yet may not trap yet.
local function is_immune(actor)
  return actor.trap and actor.heard > 0
end

local function other(link, actor)
  return link.a == actor and link.b or link.a
end

--- A signal of a link reaches `actor`, if there is the link.
local function risk(self, actor, word)
  if word ~= "normal" and not is_immune(actor) then self:cause(actor, word) end
end

--- From now on `actor` may end with `word`, and who is linked with it, likewise.
function Model:cause(actor, word)
  if actor.reason or actor.may[word] then return end
  actor.may[word], actor.doubt = true, true
  for _, link in pairs(actor.links) do
    local peer = other(link, actor)
    if next(link.asked) then risk(self, peer, word) end
    if (link.asked[peer] or 0) > peer.acked then risk(self, peer, "noproc") end
  end
end

--- It has to end, with this reason unless another is first.
function Model:doom(actor, word)
  self:cause(actor, word)
  actor.must = true
end

--- Somebody was told the reason of its end: the first says what all others must be told.
function Model:ended(actor, word)
  if actor.reason == word then return end
  if actor.reason then
    self.wrong("actor %d ended with '%s' for one, '%s' for another", actor.id, actor.reason, word)
  elseif not actor.may[word] then
    local allowed = {}
    for one in pairs(actor.may) do allowed[#allowed + 1] = one end
    self.wrong("actor %d ended with '%s'; allowed: %s", actor.id, word,
      #allowed > 0 and table.concat(allowed, ", ") or "nothing, it has to live")
  end
  actor.reason, actor.must = word, true
end

--- A word of those who may have come too late: `noproc` says that it was gone, unless it was there.
local function ended_or_gone(self, actor, word, was_there)
  if word ~= "noproc" or was_there then return self:ended(actor, word) end
  if not actor.doubt then self.wrong("actor %d is said to be gone; it has to live", actor.id) end
end

-- Commands ---------------------------------------------------------------------------------

--- The next command was sent; `done` is called when it is known to be carried out.
function Model:sent(actor, done)
  actor.sent = actor.sent + 1
  actor.todo[actor.sent] = done
end

function Model:acked(actor, n)
  if n ~= actor.acked + 1 or n > actor.sent then
    self.wrong("actor %d did command %d after %d; it was sent %d", actor.id, n, actor.acked,
      actor.sent)
  end
  actor.acked = n
  local done = actor.todo[n]
  actor.todo[n] = nil
  if done then done() end
end

--- Report `n` of an actor: in order, and none after its end (MON-10).
function Model:reported(actor, n)
  if actor.down then self.wrong("actor %d reports after its DOWN", actor.id) end
  if n ~= actor.heard + 1 then
    self.wrong("report %d of actor %d came after %d", n, actor.id, actor.heard)
  end
  actor.heard = n
end

-- Links ------------------------------------------------------------------------------------

local function link_of(self, a, b)
  local link = a.links[b]
  if not link then
    link = { a = a, b = b, asked = {}, calls = {}, cut = {}, fresh = {}, seen = {}, gone = {},
      edition = 0 }
    a.links[b], b.links[a] = link, link
    self.links[link] = true
  end
  return link
end

--- Whether a signal is for it what it is to be: mail, or its end.
local function is_ready(actor)
  return not actor.trap or actor.heard > 0
end

--- Nobody who was asked to cut it has yet to do so.
local function is_uncut(link)
  for actor, n in pairs(link.cut) do
    if n > actor.acked then return false end
  end
  return true
end

local function is_quiet(link)
  return (link.asked[link.a] or 0) <= link.a.acked and (link.asked[link.b] or 0) <= link.b.acked
end

local function drop_link(self, link)
  link.a.links[link.b], link.b.links[link.a] = nil, nil
  self.links[link] = nil
end

--- `a` is asked to link with `b`.
function Model:link(a, b)
  local link = link_of(self, a, b)
  link.edition = link.edition + 1
  link.calls[a] = (link.calls[a] or 0) + 1
  local edition, fresh = link.edition, is_uncut(link)
  self:sent(a, function()
    local is_there = not a.doubt and not b.doubt and is_ready(b)
    if fresh and edition >= (link.cut_at or 0) and is_there then link.certain = true end
  end)
  link.asked[a] = a.sent
  if b.doubt then risk(self, a, "noproc") end
  for word in pairs(b.may) do risk(self, a, word) end
  for word in pairs(a.may) do risk(self, b, word) end
end

--- `a` is asked to unlink from `b`. What was queued before stays queued (SIG-14).
function Model:unlink(a, b)
  local link = link_of(self, a, b)        -- there may be none yet: it may come before this is done
  link.edition = link.edition + 1
  link.certain, link.cut_at, link.due = nil, link.edition, nil
  local edition, quiet = link.edition, is_quiet(link)
  self:sent(a, function()
    local is_off = quiet and edition == link.edition and is_uncut(link)
    if is_off and not a.doubt and not b.doubt and a.links[b] == link then drop_link(self, link) end
  end)
  link.cut[a] = a.sent
end

--- A trapping actor reports the end of one it was linked with.
function Model:exited(actor, peer, word)
  local link = actor.links[peer]
  if not actor.trap then self.wrong("actor %d has an EXIT, and does not trap", actor.id) end
  if not link or not next(link.asked) then
    self.wrong("actor %d has an EXIT of actor %d: they are not linked", actor.id, peer.id)
  end
  if word == "noproc" then
    link.gone[actor] = (link.gone[actor] or 0) + 1
    local allowed = (link.calls[actor] or 0) + (peer.may.noproc and 1 or 0)
    if not peer.doubt or link.gone[actor] > allowed then
      self.wrong("actor %d has an EXIT noproc of actor %d too many", actor.id, peer.id)
    end
    link.seen[actor] = link.seen[actor] or peer.may.noproc
    return
  end
  if link.seen[actor] then
    self.wrong("actor %d has a second EXIT of actor %d", actor.id, peer.id)
  end
  link.seen[actor] = true
  self:ended(peer, word)
end

--- The driver sends an exit signal: who traps reports it, others end.
function Model:signal(actor, word)
  local counts = actor.trap and actor.heard == 0 and actor.loose or actor.signals
  if actor.trap then counts[word] = (counts[word] or 0) + 1 end
  if word ~= "normal" and not is_immune(actor) then
    self:cause(actor, word)
    actor.must = actor.must or not actor.trap
  end
end

function Model:signalled(actor, word)
  for _, counts in ipairs({ actor.signals, actor.loose }) do
    if (counts[word] or 0) > 0 then
      counts[word] = counts[word] - 1
      return
    end
  end
  self.wrong("actor %d has an EXIT '%s' that the driver did not send", actor.id, word)
end

-- Monitors ---------------------------------------------------------------------------------

--- `a` is asked to monitor `b`.
function Model:watch(a, b, serial)
  local watch = { a = a, b = b }
  self.watches[serial] = watch
  self:sent(a, function()
    watch.made, watch.clean = true, not b.doubt
  end)
end

--- `a` is asked to give a monitor up; with `flush`, no DOWN may come after that.
function Model:unwatch(serial, flush)
  local watch = self.watches[serial]
  watch.loose = true
  self:sent(watch.a, function() watch.flushed = watch.flushed or flush end)
end

function Model:watched(actor, serial, pid, word)
  local watch = self.watches[serial]
  if not watch or watch.a ~= actor or watch.b.pid ~= pid then
    self.wrong("actor %d has a DOWN of a monitor (%s) that is not its own", actor.id, serial)
  elseif watch.down or watch.flushed then
    self.wrong("actor %d has a DOWN of actor %d too many", actor.id, watch.b.id)
  end
  watch.down = true
  ended_or_gone(self, watch.b, word, watch.clean)
end

--- The driver made a monitor of its own.
function Model:monitor(actor)
  actor.refs = actor.refs + 1
  return { actor = actor, clean = not actor.doubt }
end

--- The driver gave a monitor up: without `flush`, its DOWN may be here already.
function Model:demonitor(monitor, flush)
  local may_come = monitor.actor.doubt and not flush
  monitor.state = may_come and "loose" or "given up"
  monitor.actor.refs = monitor.actor.refs - 1
end

--- A DOWN for the driver.
function Model:down(monitor, pid, word)
  local actor = monitor.actor
  if monitor.state and monitor.state ~= "loose" or actor.pid ~= pid then
    self.wrong("a DOWN of actor %d for a monitor that is %s", actor.id,
      monitor.state or "another's")
  end
  if monitor.state ~= "loose" then actor.refs = actor.refs - 1 end
  monitor.state = "done"
  ended_or_gone(self, actor, word, monitor.clean)
  if monitor.first then self:is_down(actor) end
end

--- It is gone for certain: so is what depends on it.
function Model:is_down(actor)
  actor.down = true
  for _, link in pairs(actor.links) do
    local peer = other(link, actor)
    if link.certain and peer.trap then link.due = peer end
    if link.certain and not peer.trap and actor.reason ~= "normal" then peer.must = true end
  end
end

-- Timers -----------------------------------------------------------------------------------

--- A timer's message must come once: to the driver (owner: itself, nil, or an actor), or to `to`.
function Model:timer(serial, owner, to)
  local tick = { owner = owner, to = to, made = owner == nil }
  self.ticks[serial] = tick
  if owner then self:sent(owner, function() tick.made = true end) end
end

function Model:ticked(serial, by)
  local tick = self.ticks[serial]
  if not tick or tick.to ~= by then self.wrong("timer %s was not made for this", serial) end
  if tick.seen then self.wrong("the message of timer %d came twice", serial) end
  if tick.cancelled then self.wrong("timer %d was cancelled, and its message came", serial) end
  if tick.owner and tick.owner.down then
    self.wrong("timer %d outlived actor %d, which made it", serial, tick.owner.id)
  end
  tick.seen = true
end

--- `left` is what `cancel` returned.
function Model:cancelled(serial, left)
  local tick = self.ticks[serial]
  if not left then return end
  if tick.cancelled or tick.seen then
    self.wrong("timer %d had %s ms left after its end", serial, left)
  end
  tick.cancelled = true
end

-- Answers ----------------------------------------------------------------------------------

--- What a call came to. `allowed`: kinds that are right, whatever the callee does.
function Model:answered(actor, right, kind, reason, allowed)
  if right or kind and allowed[kind] then return end
  if kind == "exit" then return ended_or_gone(self, actor, model.word(reason), false) end
  if kind == "noproc" and actor.doubt or kind == "full" and actor.small then return end
  self.wrong("a call of actor %d: %s", actor.id, kind or "a wrong answer")
end

-- What is missing --------------------------------------------------------------------------

local function of_actor(actor)
  if actor.must and not actor.down then return "its DOWN" end
  if actor.down and actor.refs > 0 then return actor.refs .. " more DOWN for the driver" end
  if actor.down and actor.linked == true then return "its EXIT, for the driver" end
  if actor.doubt then return nil end
  if actor.acked < actor.sent then
    return ("commands %d to %d"):format(actor.acked + 1, actor.sent)
  end
  for word, n in pairs(actor.signals) do
    if n > 0 then return "the EXIT '" .. word .. "' of the driver" end
  end
end

local function of_actors(self)
  for id, actor in pairs(self.actors) do
    local what = of_actor(actor)
    if what then return ("actor %d: %s"):format(id, what) end
  end
end

local function of_watches(self)
  for _, watch in pairs(self.watches) do
    local is_due = watch.made and watch.b.down and not watch.loose and not watch.a.doubt
    if is_due and not watch.down then
      return ("actor %d: a DOWN of actor %d"):format(watch.a.id, watch.b.id)
    end
  end
end

local function of_links(self)
  for link in pairs(self.links) do
    local peer = link.due
    if peer and not peer.doubt and not link.seen[peer] then
      return ("actor %d: the EXIT of actor %d"):format(peer.id, other(link, peer).id)
    end
  end
end

local function of_ticks(self)
  for serial, tick in pairs(self.ticks) do
    local who = tick.owner or tick.to
    if tick.made and not tick.seen and not tick.cancelled and not (who and who.doubt) then
      return ("the message of timer %d"):format(serial)
    end
  end
end

--- What has yet to come, the first of it; nil if nothing has.
function Model:missing()
  return of_actors(self) or of_watches(self) or of_links(self) or of_ticks(self)
end

--- Compares what living actors say they sent each other with what they say they received.
---@param tallies table   By id: { told = { [id] = n }, heard = { [id] = n } }.
function Model:compare(tallies)
  for id, tally in pairs(tallies) do
    for to, n in pairs(tally.told) do
      local heard = tallies[to] and (tallies[to].heard[id] or 0)
      if heard and heard ~= n then
        self.wrong("actor %d sent %d messages to actor %d, which received %d", id, n, to, heard)
      end
    end
  end
end

return model
