--- The states that a process can be killed in: for the bench `kill_latency`, and for the spec that
--- kills in each of them.
---
--- Each `enter(driver, other)` runs in a process of its own, tells the driver "up", and then is in
--- that state until it is killed, `settle` ms later for certain. `other` is a process that the
--- state needs, of the options `aside`. `run` instead of `enter`: a module, which tells nothing.
local neap = require("neap")

local states = {}

local function state(name, enter, settle, aside)
  states[#states + 1] = { name = name, enter = enter, settle = settle or 0, aside = aside }
end

local function up(driver)
  neap.send(driver, { "up" })
end

state("compiled", function(driver)
  up(driver)
  while true do end
end)

state("interpreted", function(driver)
  up(driver)
  while true do pcall(error, "x") end
end)

state("allocating", function(driver)
  up(driver)
  while true do
    local t = {}
    for i = 1, 100 do t[i] = { i } end
  end
end)

state("in string.find", function(driver)
  local s = ("a"):rep(30000)
  up(driver)
  s:find((".-"):rep(12) .. "b")
end)

state("in lpeg", function(driver)
  local lpeg = require("lpeg")
  local V = lpeg.V
  local grammar = lpeg.P({ "S", S = "a" * V("S") * "b" + "a" * V("S") * "c" + "a" })
  up(driver)
  grammar:match(("a"):rep(40))
end)

state("in cjson", function(driver)
  local cjson = require("cjson")
  local list = {}
  for i = 1, 20000 do list[i] = i end
  up(driver)
  while true do cjson.decode(cjson.encode(list)) end
end)

state("receiving", function(driver)
  up(driver)
  neap.receive("never")
end)

state("sleeping", function(driver)
  up(driver)
  neap.sleep("1h")
end)

state("in a call", function(driver)
  up(driver)
  neap.call(driver, "never", neap.timeout("infinity"))
end, 5)

local function full()
  neap.receive("never")
end

state("at a full mailbox", function(driver, other)
  up(driver)
  for _ = 1, 3 do neap.send(other, "more", { timeout = "1h" }) end
end, 5, { run = full, mailbox = { messages = 1 } })

--- Others wait for the worker, so that it goes on without the process.
local function restless()
  while true do neap.sleep(1) end
end

state("detached", function(driver)
  local s = ("a"):rep(30000)
  up(driver)
  s:find((".-"):rep(12) .. "b")
end, 20, { run = restless })

state("waiting for a worker to come back", function(driver)
  local s = ("a"):rep(200)
  up(driver)
  while true do
    s:find((".-"):rep(3) .. "b")
    neap.self()
  end
end, 20, { run = restless })

state("writing files", function(driver)
  local fs = require("neap.fs")
  local bytes = ("x"):rep(1000000)
  up(driver)
  while true do fs.write("kill_states.out", bytes) end
end, 5)

--- It waits for its image, or loads the module itself; that takes a tenth of a second and more.
states[#states + 1] = { name = "while its image is built", run = "kill_slow", settle = 5 }

--- Starts a process that is in the state, or soon will be, and its `other`.
---@param one table  Of the list.
---@return neap.Pid pid
---@return neap.Ref ref
---@return neap.Pid? other
function states.start(one)
  local driver, other = neap.self(), one.aside and neap.spawn(one.aside)
  local pid, ref = neap.spawn_monitor({ run = one.run or one.enter, args = { driver, other },
    limits = { cpu = "1h" } })
  if one.enter then assert(neap.receive("up", "60s")) end
  if one.settle > 0 then neap.sleep(one.settle) end
  return pid, ref, other
end

return states
