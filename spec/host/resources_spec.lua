--- What processes held is gone with them, in whatever order and state they are killed.
local cjson = require("cjson")
local node = require("spec.support.node")

--- A round: a process that makes many others, has them hold many of everything, kills them all in
--- a random order and waits until they are down. `main` waits at a gate that the spec kills.
local MAIN = [[
  local neap = require("neap")
  local seed = tonumber(neap.args[1])

  local function pass_gate()
    local _, ref = neap.spawn_monitor{ run = function() neap.receive() end, name = "gate" }
    print("at the gate")
    neap.receive({ "DOWN", ref })
  end

  local function rounds(from, to)
    for i = from, to do
      local _, ref = neap.spawn_monitor{ run = "round", args = { seed + i } }
      local reason = neap.receive({ "DOWN", ref })[4]
      if reason ~= "normal" then error("round: " .. neap.reason(reason)) end
    end
    collectgarbage()
  end

  rounds(1, 2)
  pass_gate()
  rounds(3, 6)
  pass_gate()
]]

local ROUND = [[
  local neap = require("neap")
  local PROCESSES, STEPS, NO_WAIT = 60, 1500, { timeout = 0 }
  return function(seed)
    math.randomseed(seed)
    local pids, refs = {}, {}
    local function any() return pids[math.random(#pids)] end
    local function add(pid)
      pids[#pids + 1] = pid
      refs[#refs + 1] = assert(neap.monitor(pid))
    end
    for i = 1, PROCESSES do add(neap.spawn("holder")) end
    local names = 0
    for _ = 1, STEPS do
      local what = math.random(8)
      local to = any()
      if what == 1 then names = names + 1 neap.send(to, { "do", "name", "n" .. names }, NO_WAIT)
      elseif what == 2 then neap.send(to, { "do", "link", any() }, NO_WAIT)
      elseif what == 3 then neap.send(to, { "do", "monitor", any() }, NO_WAIT)
      elseif what == 4 then neap.send(to, { "do", "timer", math.random(3600) * 1000 }, NO_WAIT)
      elseif what == 5 then neap.send(to, { "do", "spawn" }, NO_WAIT)
      elseif what == 6 then neap.send(to, { "kept", ("x"):rep(math.random(5000)) }, NO_WAIT)
      elseif what == 7 then neap.send(to, { "do", "work" }, NO_WAIT)
      else neap.send(to, { "do", "file" }, NO_WAIT) end
      if math.random(50) == 1 then neap.kill(any()) end
    end
    while #pids > 0 do neap.kill(table.remove(pids, math.random(#pids))) end
    while #refs > 0 do neap.receive({ "DOWN", table.remove(refs) }) end
  end
]]

local HOLDER = [=[
  local neap = require("neap")
  local does = {}
  local held = {}
  function does.name(name) neap.register(name) end
  function does.link(pid) neap.link(pid) end
  function does.monitor(pid) neap.monitor(pid) end
  function does.timer(ms) neap.send_after(ms, neap.self(), { "late", ("y"):rep(100) }) end
  function does.spawn() neap.spawn("leaf", neap.self()) end
  function does.file() held[#held + 1] = require("neap.fs").read("%s") end
  function does.work()
    local n = 0
    for i = 1, 3000 do n = n + i % 7 held[i % 20] = { n } end
  end
  return function()
    neap.trap_exit(math.random(2) == 1)
    while true do
      local m = neap.receive("do")
      does[m[2]](m[3])
    end
  end
]=]

--- Ends when the process that made it is gone.
local LEAF = [[
  local neap = require("neap")
  return function(parent)
    local ref = neap.monitor(parent)
    neap.send_after("1h", neap.self(), "late")
    neap.receive({ "DOWN", ref })
  end
]]

describe("what processes hold", function()
  after_each(node.cleanup)

  local function at_gate(n, count)
    n:eventually("at the gate", count)
  end

  local function counters(n)
    local printed, code = n:cli("info", "--json")
    assert.equal(0, code, printed)
    local seen = cjson.decode(printed)
    return { processes = seen.processes, handles = seen.handles, mail = seen.mail, files = seen.files,
      spans = seen.memory.spans, code = seen.code.used, host = seen.memory.host }
  end

  local function flat(value)
    if type(value) ~= "table" then return tostring(value) end
    local parts = {}
    for k, v in pairs(value) do parts[#parts + 1] = k .. "=" .. flat(v) end
    table.sort(parts)
    return "{" .. table.concat(parts, " ") .. "}"
  end

  --- What the system or other threads give back a little later is waited for.
  local function settles(n, expected)
    local seen
    local ok = pcall(n.until_true, n, "the counters", function()
      seen = counters(n)
      for key, value in pairs(expected) do
        if flat(seen[key]) ~= flat(value) then return false end
      end
      return true
    end)
    assert.truthy(ok, ("expected %s, last seen %s"):format(flat(expected), flat(seen)))
    return seen
  end

  it("is gone with them, whatever it was, and in whatever order they are killed", function()
    local seed = os.getenv("NEAP_SEED") or os.time() % 100000
    local dir = node.folder({ data = ("z"):rep(20000) })
    local n = node.script(MAIN, { args = { seed }, files = { ["round.lua"] = ROUND, ["leaf.lua"] = LEAF,
      ["holder.lua"] = (HOLDER:gsub("%%s", dir .. "/data")) } })
    at_gate(n, 1)
    local expected = counters(n)
    local host = expected.host
    expected.host = nil
    expected.handles, expected.mail = { links = 0, monitors = 1, timers = 0, names = 2, children = 1 },
      { messages = 0, bytes = 0 }
    assert.equal(2, expected.processes, "seed " .. seed)

    n:cli("kill", "gate")
    at_gate(n, 2)

    local seen = settles(n, expected)
    assert.truthy(seen.host < host + 512 * 1024, ("the host held %d bytes, now %d; seed %s"):format(
      host, seen.host, seed))
  end)
end)
