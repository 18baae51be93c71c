--- What can not be interrupted goes on without its worker (host/core/carrier.h), seen from
--- outside: compiled loops, C functions, and what C functions call.
local node = require("spec.support.node")

local ONE = { options = { "--workers", "1" } }

--- None of them yields, and each runs for ever.
local HOGS = [[
  local hogs = {
    compiled = function() while true do end end,
    find = function()
      while true do (("a"):rep(200)):find((".-"):rep(6) .. "b") end
    end,
    comparator = function()
      table.sort({ 1, 2, 3 }, function() while true do local f = function() end f() end end)
    end,
    gsub = function() ("aa"):gsub("a", function() while true do end end) end,
    metamethod = function()
      local t = setmetatable({}, { __lt = function() while true do end end })
      table.sort({ t, t, t })
    end,
  }
  local function start(name, limits)
    limits = limits or { cpu = math.huge }
    return neap.spawn_monitor({ run = hogs[name], limits = limits })
  end
]]

local NAMES = { "compiled", "find", "comparator", "gsub", "metamethod" }

--- Functions below C that do something with the host after they lost their worker.
local BELOW_C = [[
  local function compute(n) local sum = 0 for i = 1, n do sum = sum + i end return sum end
  local ways = {
    comparator = function(act)
      local list, acted = {}, false
      for i = 1, 20 do list[i] = (i * 7) % 20 end
      table.sort(list, function(a, b)
        if not acted then acted = true compute(2e7) act() end
        return a < b
      end)
      for i = 1, 20 do expect.equal(i - 1, list[i]) end
    end,
    gsub = function(act)
      local text = ("abc"):gsub("%w", function(c) compute(1e7) act() return c:upper() end)
      expect.equal("ABC", text)
    end,
    metamethod = function(act)
      local mt = { __lt = function(a, b) compute(1e7) act() return a.n < b.n end }
      local list = {}
      for i = 1, 3 do list[i] = setmetatable({ n = 4 - i }, mt) end
      table.sort(list)
      expect.equal(1, list[1].n)
    end,
  }
  --- Somebody always waits for the worker.
  neap.spawn(function() while true do neap.sleep(1) end end)
]]

describe("a slice that can not be interrupted", function()
  after_each(node.cleanup)

  for _, name in ipairs(NAMES) do
    it("A14 lets others run on its only worker: " .. name, function()
      node.check(HOGS .. ([[
        local pid, ref = start(%q)
        for _ = 1, 20 do neap.sleep(1) end
        neap.kill(pid)
        expect.equal("killed", neap.receive({ "DOWN", ref })[4])
      ]]):format(name), ONE)
    end)

    it("A14 SIG-18 NEAP-10 ends at its CPU limit, and by exit: " .. name, function()
      node.check(HOGS .. ([[
        local _, ref = start(%q, { cpu = 60 })
        for _ = 1, 20 do neap.sleep(1) end
        local reason = neap.receive({ "DOWN", ref })[4]
        expect.equal("cpu", reason.limit)
        expect.truthy(reason.used <= 60 + 40, "used " .. reason.used)
        local pid
        pid, ref = start(%q)
        neap.sleep(10)
        neap.exit(pid, "enough")
        expect.equal("enough", neap.receive({ "DOWN", ref })[4])
      ]]):format(name, name), ONE)
    end)
  end

  it("A14 reaches its memory limit", function()
    node.check([[
      local _, ref = neap.spawn_monitor({ limits = { memory = "8MB", cpu = math.huge }, run = function()
        local list = {}
        table.sort({ 1, 2 }, function() while true do list[#list + 1] = { 1 } end end)
      end })
      neap.sleep(1)
      expect.equal("memory", neap.receive({ "DOWN", ref })[4].limit)
    ]], ONE)
  end)

  it("SIG-23 NEAP-12 leaves nothing behind when it is killed", function()
    node.check(HOGS .. [[
      for name in pairs(hogs) do
        for _ = 1, 3 do
          local run, me = hogs[name], neap.self()
          local pid, ref = neap.spawn_monitor({ limits = { cpu = math.huge }, run = function()
            neap.register("hog")
            neap.send_after(3600000, me, "too late")
            neap.monitor(me)
            pcall(run)
            neap.send(me, "cleaned up")
          end })
          while not neap.whereis("hog") do neap.sleep(1) end
          neap.sleep(3)
          neap.kill(pid)
          expect.equal("killed", neap.receive({ "DOWN", ref })[4])
          expect.equal(nil, neap.whereis("hog"))
        end
      end
      local function is_wrong(m) return m == "cleaned up" end
      expect.equal(nil, (neap.receive(is_wrong, 20)))
    ]], ONE)
  end)

  for _, way in ipairs({ "comparator", "gsub", "metamethod" }) do
    it("A14 A15 sends, receives, spawns and sets timers meanwhile: " .. way, function()
      node.check(BELOW_C .. ([[
        local way, me = ways[%q], neap.self()
        local echo = neap.spawn(function()
          while true do local m = neap.receive() neap.send(m[1], m[2]) end
        end)
        local _, ref = neap.spawn_monitor({ limits = { cpu = math.huge }, run = function()
          local n = 0
          way(function()
            n = n + 1
            neap.send(echo, { neap.self(), n })
            neap.spawn(function() neap.send(me, "child") end)
            neap.send_after(1, me, "timer")
            neap.cancel(neap.send_after(1000, me, "cancelled"))
            neap.demonitor(neap.monitor(echo))
            neap.send(neap.self(), { "mine", n })
            expect.equal(n, neap.receive("mine")[2])
          end)
          for i = 1, n do expect.equal(i, neap.receive()) end
          neap.sleep(20) -- its timers end with it
          neap.send(me, { "sum", n })
        end })
        local children, timers, n = 0, 0, nil
        while not n or children < n or timers < n do
          local m = neap.receive(20000)
          if m == "child" then children = children + 1
          elseif m == "timer" then timers = timers + 1
          elseif m[1] == "sum" then n = m[2]
          elseif m[1] == "DOWN" then expect.equal("normal", m[4]) ref = nil end
        end
        if ref then expect.equal("normal", neap.receive({ "DOWN", ref })[4]) end
      ]]):format(way), ONE)
    end)

    it("A14 exits, and raises, meanwhile: " .. way, function()
      node.check(BELOW_C .. ([[
        local way = ways[%q]
        local function exit() way(function() neap.exit("done") end) end
        local function raise() way(function() error({ 7 }) end) end
        for _ = 1, 5 do
          local _, ref = neap.spawn_monitor(exit)
          expect.equal("done", neap.receive({ "DOWN", ref })[4])
          _, ref = neap.spawn_monitor(raise)
          expect.equal("error", neap.receive({ "DOWN", ref })[4].kind)
        end
      ]]):format(way), ONE)
    end)

    it("A14 is told that it can not wait there: " .. way, function()
      node.check(BELOW_C .. ([[
        ways[%q](function() expect.raises("would have to wait here", neap.receive, "never") end)
      ]]):format(way), ONE)
    end)
  end

  it("A15 computes the same inside coroutines", function()
    node.check([[
      neap.spawn(function() while true do neap.sleep(1) end end)
      local function numbers(n)
        return coroutine.wrap(function()
          for i = 1, n do
            local sum = 0
            for k = 1, 5e6 do sum = sum + k % 3 end
            coroutine.yield(sum + i)
          end
        end)
      end
      local sums = {}
      for k = 1, 3 do
        neap.spawn({ limits = { cpu = math.huge }, args = { neap.self() }, run = function(main)
          local total = 0
          for v in numbers(20) do total = total + v end
          neap.send(main, { "total", total })
        end })
      end
      for k = 1, 3 do sums[k] = neap.receive("total")[2] end
      local sum = 0
      for k = 1, 5e6 do sum = sum + k % 3 end
      for k = 1, 3 do expect.equal(20 * sum + 210, sums[k]) end
    ]], ONE)
  end)

  it("NEAP-11 has the same instruction limit under preemption", function()
    node.check([[
      neap.spawn(function() while true do neap.sleep(1) end end)
      local seen
      for _ = 1, 5 do
        local _, ref = neap.spawn_monitor({ limits = { instructions = 3e6, cpu = math.huge },
          args = { neap.self() }, run = function(main)
            local n = 0
            while true do n = n + 1 if n % 1000 == 0 then neap.send(main, n) end end
          end })
        local last
        repeat
          local m = neap.receive()
          if type(m) == "number" then last = m end
        until type(m) == "table"
        seen = seen or last
        expect.equal(seen, last)
      end
    ]], ONE)
  end)

  it("A14 is not discarded for the sake of others that compute for a while, however many", function()
    node.check([[
      local refs = {}
      for i = 1, 24 do
        refs[i] = select(2, neap.spawn_monitor(function()
          local sum = 0
          for j = 1, 2e8 do sum = sum + j end
        end))
      end
      for _, ref in ipairs(refs) do expect.equal("normal", neap.receive({ "DOWN", ref })[4]) end
    ]], ONE)
  end)

  it("A14 is discarded when it has been detached for longest and no carrier is left", function()
    node.check([[
      local count, refs = 14, {}
      for i = 1, count do
        local _, ref = neap.spawn_monitor({ limits = { cpu = math.huge },
          run = function() while true do end end })
        refs[ref] = i
      end
      local m = neap.receive(function(m) return m[1] == "DOWN" end, 20000)
      expect.equal("limit", m[4].kind) expect.equal("carrier", m[4].limit)
      expect.equal(11, m[4].max)
      neap.sleep(1)
    ]], ONE)
  end)
end)
