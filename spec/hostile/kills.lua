--- Runs inside the node: a crowd that sends, calls, spawns, links, monitors, registers and sets
--- timers without a pause, whose members are killed at random instants and replaced. Each end
--- must be told exactly once, and at last nobody is left. `kills.lua KILLS [AT_ONCE]` says when a
--- hundredth is done, and prints the counts.
local neap, service = require("neap"), require("neap.service")

local KILLS = tonumber(neap.args[1])
local AT_ONCE = tonumber(neap.args[2]) or 1
local CROWD = 24

local echo = service.define({
  init = function() return { taken = 0 } end,
  call = {
    echo = function(_, value) return value end,
    slow = function() return service.noreply end,
  },
  info = function() end,
})

--- Does everything a process can do to others, for ever.
local function member(peers, text)
  local here = require("neap")
  here.trap_exit(#text % 2 == 0)
  local n = 0
  local acts = {
    function(peer) here.send(peer, { text, n, { peer } }, { timeout = 0 }) end,
    function(peer) here.send(peer, text, { timeout = 2 }) end,
    function() assert(here.call("echo", "echo", n) == n) end,
    function() here.call("echo", "slow", here.timeout(1)) end,
    function(peer) here.call(peer, "nothing", here.timeout(1)) end,
    function(peer) here.demonitor(here.monitor(peer), { flush = true }) end,
    function(peer) here.monitor(peer) end,
    function(peer) here.link(peer) here.unlink(peer) end,
    function() here.spawn(function(x) return x end, { text, n }) end,
    function()
      here.spawn_link(function(t) require("neap").send("echo", t) end, { text })
    end,
    function(peer) here.cancel(here.send_after(1, peer, text)) here.send_after(1, peer, n) end,
    function()
      local name = "m" .. n % 50
      here.register(name) here.whereis(name) pcall(here.unregister, name)
    end,
    function() while here.receive(0) do n = n + 1 end end,
    function() here.receive({ "DOWN" }, 1) end,
    function() here.receive(function(m) return m == n end, 0) end,
    function() here.sleep(0.2) end,
    function() local t = {} for i = 1, 300 do t[i] = { text .. i } end here.buffer(text) end,
    function() pcall(error, { text }) pcall(string.rep, text, -1) here.info() end,
  }
  while true do
    n = n + 1
    pcall(acts[math.random(#acts)], peers[math.random(#peers)])
  end
end

local limits = { memory = "4MB", cpu = "2s", handles = 50 }
local mailbox = { messages = 100, bytes = "256KB" }
local living, refs, doomed = {}, {}, {}
local told = { downs = 0, again = 0, killed = 0, noproc = 0, other = 0 }
local sent, started = 0, 0

local function add(at)
  local peers = {}
  for i = 1, CROWD do peers[i] = living[i] or neap.self() end
  local pid, ref = neap.spawn_monitor({ run = member, limits = limits, mailbox = mailbox,
    args = { peers, ("x"):rep(math.random(200)) } })
  assert(pid, "no process")
  living[at], refs[ref] = pid, at
  started = started + 1
end

--- One DOWN for each ref; who died without our doing is replaced as well.
local function note(down)
  local at = refs[down[2]]
  if not at then told.again = told.again + 1 return end
  refs[down[2]] = nil
  told.downs = told.downs + 1
  local reason = down[4]
  if reason == "killed" then
    told.killed = told.killed + 1
  elseif reason == "noproc" then       -- it linked with a peer that was dead, and does not trap
    told.noproc = told.noproc + 1
  else
    told.other = told.other + 1
    print("ended: " .. neap.reason(reason))
  end
  living[at], doomed[at] = nil, nil
  return at
end

local function replace_the_dead()
  for msg in function() return neap.receive({ "DOWN" }, 0) end do
    local at = note(msg)
    if at then add(at) end
  end
end

local function is_mail(msg)
  return type(msg) ~= "table" or msg[1] ~= "DOWN"
end

local function drop_mail()
  repeat local msg = neap.receive(is_mail, 0) until msg == nil
end

--- Each of them once: a second kill of the same would count for nothing.
local function kill_some()
  for _ = 1, AT_ONCE do
    local at = math.random(CROWD)
    if living[at] and not doomed[at] then
      doomed[at] = true
      neap.kill(living[at])
      sent = sent + 1
    end
  end
end

local function finish()
  for _, pid in pairs(living) do neap.kill(pid) end
  while next(refs) do
    local msg = assert(neap.receive({ "DOWN" }, 20000), "a DOWN is missing")
    note(msg)
  end
end

neap.trap_exit(true)               -- who is killed while it is linked with this one takes it along
assert(service.start_link({ run = echo, name = "echo" }))
math.randomseed(os.time() + neap.now() * 1000)
for i = 1, CROWD do add(i) end
local round, part = 0, 1
while sent < KILLS do
  round = round + 1
  kill_some()
  replace_the_dead()
  if round % 8 == 0 then neap.sleep(math.random() * 2) end
  if round % 64 == 0 then drop_mail() end
  while sent >= part * KILLS / 100 do
    print("kills part " .. part .. " of 100")
    part = part + 1
  end
end
finish()
assert(neap.call("echo", "echo", 7) == 7)
print(("kills sent=%d started=%d downs=%d killed=%d noproc=%d other=%d again=%d"):format(sent,
  started, told.downs, told.killed, told.noproc, told.other, told.again))
neap.receive("never")
