local node = require("spec.support.node")

local TOOLS = [[
local function reason_of(run, limits, ...)
  local pid, ref = neap.spawn_monitor{ run = run, limits = limits, args = { ... } }
  return expect.truthy(neap.receive({ "DOWN", ref }, 20000), "DOWN")[4]
end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("limits", function()
  after_each(node.cleanup)

  it("NEAP-09 a process that catches every error and grows for ever dies of memory", function()
    check([[
      local limit = 4 * 1024 * 1024
      local reason = reason_of(function()
        local keep = {}
        while true do pcall(function() while true do keep[#keep + 1] = ("x"):rep(100) .. #keep end end) end
      end, { memory = limit })
      expect.equal("limit", reason.kind) expect.equal("memory", reason.limit)
      expect.equal(limit, reason.max)
      expect.truthy(reason.used <= limit * 1.125, "used")
    ]])
  end)

  it("NEAP-09 one step that asks for far too much is the end at once", function()
    check([[
      local reason = reason_of(function() pcall(string.rep, "x", 1e9) neap.receive() end, { memory = "4MB" })
      expect.equal("memory", reason.limit)
    ]])
  end)

  it("NEAP-10 a loop ends with its CPU limit, and used says how much", function()
    check([[
      for _, code in ipairs({ "while true do end", "while true do pcall(error, 'x') end",
          "local s = ('a'):rep(30000) s:find(('.-'):rep(12) .. 'b')", "repeat local t = {} until false" }) do
        local reason = reason_of(function(code) load(code)() end, { cpu = 50 }, code)
        expect.equal("cpu", reason.limit, code)
        expect.equal(50, reason.max)
        local slack = 20 * tonumber(os.getenv("SPEC_DEADLINE") or 120) / 120  -- for sanitizers
        expect.truthy(reason.used >= 50 and reason.used <= 50 + slack,
          code .. " used " .. reason.used)
      end
    ]])
  end)

  it("NEAP-10 counts by turn: who waits again and again is never over", function()
    check([[
      local reason = reason_of(function()
        for i = 1, 40 do
          local stop = os.clock() + 0.01
          while os.clock() < stop do end
          neap.sleep(0)
        end
      end, { cpu = 150 })
      expect.equal("normal", reason)
    ]])
  end)

  it("NEAP-11 the instruction limit ends at the same instruction each time", function()
    check([[
      local function counted()
        local n = 0
        local pid, ref = neap.spawn_monitor{ run = function(to)
          local i = 0
          while true do i = i + 1 if i % 10 == 0 then neap.send(to, { "count", i }) end end
        end, args = { neap.self() }, limits = { instructions = 20000 } }
        local reason = neap.receive({ "DOWN", ref }, 5000)[4]
        while true do local m = neap.receive("count", 0) if not m then break end n = m[2] end
        return n, reason
      end
      local first, reason = counted()
      expect.equal("instructions", reason.limit) expect.equal(20000, reason.max)
      expect.truthy(first > 0)
      for _ = 1, 5 do expect.equal(first, (counted())) end
    ]])
  end)

  it("NEAP-11 counts by turn", function()
    check([[
      local reason = reason_of(function()
        for round = 1, 20 do for i = 1, 1000 do end neap.send(neap.self(), 1) neap.receive() end
      end, { instructions = 4000 })
      expect.equal("normal", reason)
    ]])
  end)

  it("NEAP-12 a process killed inside the VM holds nothing afterwards", function()
    check([[
      for i = 1, 20 do
        local pid, ref = neap.spawn_monitor(function(to)
          neap.register("held") neap.send_after(1000, to, "orphan") neap.monitor(to)
          neap.send(to, { "up" })
          while true do local t = {} for j = 1, 100 do t[j] = { j } end end
        end, neap.self())
        neap.receive("up", 5000)
        expect.equal(pid, neap.whereis("held"))
        neap.kill(pid)
        expect.equal("killed", neap.receive({ "DOWN", ref }, 5000)[4])
        expect.equal(nil, neap.whereis("held")) expect.equal(nil, neap.info(pid))
      end
      expect.equal(0, neap.info().children)
      neap.send_after(1100, neap.self(), "later than any of theirs")
      expect.equal("later than any of theirs", neap.receive())
    ]])
  end)

  it("of handles refuse the one call", function()
    check([[
      local reason = reason_of(function()
        local me = neap.self()
        for i = 1, 3 do assert(neap.monitor(me)) end
        local err = expect.fails("limit", neap.monitor(me))
        expect.equal("handles", err.limit) expect.equal(3, err.max)
        expect.fails("limit", neap.register("one.more"))
        expect.fails("limit", neap.send_after(1, me, 1))
        expect.fails("limit", neap.spawn(function() end))
        expect.fails("limit", neap.link(neap.self()))
      end, { handles = 3 })
      expect.equal("normal", reason)
    ]])
  end)

  it("say in the log which key of the spec to change, and to what it is set", function()
    local output = node.check(TOOLS .. [[
      reason_of(function() local t = {} while true do t[#t + 1] = { t } end end, { memory = "2MB" })
      reason_of(function() while true do end end, { cpu = 50 })
      reason_of(function() while true do end end, { instructions = 5000 })
      local _, ref = neap.spawn_monitor({ mailbox = { bytes = "64KB" }, limits = { handles = 10 },
        run = function()
          local dead = neap.spawn(function() end)
          while true do neap.monitor(dead) end
        end })
      neap.receive({ "DOWN", ref })
    ]])

    for _, expected in ipairs({
      'reason="limits.memory = \\"2MB\\" %(used 2%.%dMB%): raise limits.memory in its spec"',
      'reason="limits.cpu = \\"50ms\\" %(used %d+ ms in one turn%): raise limits.cpu in its spec,',
      'reason="limits.instructions = 5000 %(used 5000 in one turn%): raise limits.instructions in',
      'reason="%d+%.%dKB of signals wait, of at most 69.0KB: receive them, or raise mailbox.bytes',
    }) do
      assert.truthy(output:find("process.crash [^\n]*" .. expected), expected .. "\n" .. output)
    end
  end)

  it("of handles and messages name their key in the error of the call", function()
    check([[
      local reason = reason_of(function()
        local me = neap.self()
        expect.truthy(neap.monitor(me))
        local _, handles = neap.monitor(me)
        expect.truthy(tostring(handles):find("limits.handles", 1, true), tostring(handles))
        local _, message = neap.send(me, ("x"):rep(2000))
        expect.truthy(tostring(message):find("limits.message", 1, true), tostring(message))
        expect.equal(1000, message.max) expect.truthy(message.used > 2000)
      end, { handles = 1, message = 1000 })
      expect.equal("normal", reason)
    ]])
  end)

  for name, garbage in pairs({
    ["small strings"] = "local s = i .. 'x'",
    ["strings of some KB"] = "local s = ('x'):rep(i % 8000) .. i",
    ["large strings"] = "if i % 50 == 0 then local s = ('x'):rep(300000) .. i end",
    ["small tables"] = "local t = { i, i + 1, i + 2 } n = n + t[3]",
    ["tables that grow"] = "local t = {} for k = 1, i % 200 do t[k] = k end",
    ["tables with keys"] = "local t = {} for k = 1, 5 do t['k' .. (i + k) % 1000] = k end",
    ["closures"] = "local f = function() return i end n = n + f()",
    ["coroutines"] = "if i % 20 == 0 then coroutine.wrap(function() n = n + 1 end)() end",
    ["numbers as text, parsed again"] = "n = n + tonumber(tostring(i + 0.5))",
  }) do
    it("NEAP-09 let who holds 60 % of its memory make garbage: " .. name, function()
      check(([[
        for _, jit in ipairs({ true, false, "auto" }) do
          local pid, ref = neap.spawn_monitor{ jit = jit, limits = { memory = "8MB" }, run = function()
            local keep, n = {}, 0
            repeat keep[#keep + 1] = { #keep, #keep } until collectgarbage("count") > 0.6 * 8 * 1024
              and (collectgarbage() or true) and collectgarbage("count") > 0.6 * 8 * 1024
            for i = 1, 200000 do %s end
            neap.exit({ "shutdown", #keep })
          end }
          local reason = neap.receive({ "DOWN", ref }, 60000)[4]
          expect.equal("shutdown", reason[1], tostring(jit) .. ": " .. neap.reason(reason))
        end
      ]]):format(garbage))
    end)
  end

  it("are read as numbers and as text, and wrong ones are named", function()
    check([[
      local pid = neap.spawn{ run = function() neap.receive() end,
        limits = { memory = "1MB", cpu = "2s" }, mailbox = { bytes = "64KB", messages = 5 } }
      local info = neap.info(pid)
      expect.equal(1024 * 1024, info.limits.memory) expect.equal(2000, info.limits.cpu)
      expect.raises('limits: unknown key "memroy": did you mean "memory"?', neap.spawn,
        { run = function() end, limits = { memroy = 1 } })
      expect.raises('limits.memory is "much"', neap.spawn, { run = function() end, limits = { memory = "much" } })
      expect.raises('unknown key "limit": did you mean "limits"?', neap.spawn, { run = function() end, limit = 1 })
    ]])
  end)

  it("bound the signals that nobody reads", function()
    check([[
      local _, ref = neap.spawn_monitor({ mailbox = { bytes = "64KB" }, limits = { handles = 10 },
        run = function()
          local dead = neap.spawn(function() end)
          while true do neap.monitor(dead) end
        end })
      local reason = neap.receive({ "DOWN", ref })[4]
      expect.equal("limit", reason.kind) expect.equal("mailbox", reason.limit)
      expect.truthy(reason.used > reason.max)
    ]])
  end)

  it("bound what waits in timers, all together", function()
    check([[
      local _, ref = neap.spawn_monitor({ limits = { message = "1MB" }, run = function()
        local text = ("x"):rep(300000)
        for _ = 1, 3 do expect.truthy(neap.send_after("1h", neap.self(), text)) end
        local err = expect.fails("limit", neap.send_after("1h", neap.self(), text))
        expect.equal("message", err.limit)
        expect.truthy(neap.send_after("1h", neap.self(), "small"))
      end })
      expect.equal("normal", neap.receive({ "DOWN", ref })[4])
    ]])
  end)

  it("do not let timers of others fill a process", function()
    check([[
      local victim = neap.spawn({ mailbox = { bytes = "64KB" }, limits = { handles = 10 },
        run = function() neap.receive("never") end })
      for _ = 1, 200 do
        neap.send_after(0, victim, ("x"):rep(10000))
        neap.sleep(0)
      end
      neap.sleep(1)
      expect.truthy(neap.info(victim).mailbox.messages < 10)
      expect.truthy(neap.info(victim).mailbox.refused > 150)
    ]])
  end)
end)
