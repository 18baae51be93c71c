local node = require("spec.support.node")

local TOOLS = [[
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
local adder = service.define({
  init = function(n) return { n = n or 0 } end,
  call = {
    add = function(state, by) state.n = state.n + by return state.n end,
    three = function() return 1, nil, 3 end,
    nothing = function() end,
    fail = function() error("broken") end,
    stop = function() return service.exit("normal") end,
    hang = function() return service.noreply end,
    later = function(state) state.from = service.from() return service.noreply end,
    spin = function() while true do end end,
  },
  cast = {
    answer = function(state, value) service.reply(state.from, value) end,
    twice = function(state) service.reply(state.from, 1) service.reply(state.from, 2) end,
  },
})
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("a call", function()
  after_each(node.cleanup)

  it("CALL-04 to a live service gives its reply", function()
    check([[
      local pid = service.start(adder, 5)
      expect.equal(7, neap.call(pid, "add", 2))
      local a, b, c = neap.call(pid, "three")
      expect.equal(1, a) expect.equal(nil, b) expect.equal(3, c)
      expect.equal(0, select("#", neap.call(pid, "nothing")))
    ]])
  end)

  it("CALL-05 that is not answered in time is nil and timeout", function()
    check([[
      local pid = service.start(adder)
      local err = expect.fails("timeout", neap.call(pid, "hang", neap.timeout(20)))
      expect.equal(pid, err.to) expect.equal("hang", err.call)
      expect.fails("timeout", neap.call(pid, "hang", neap.timeout("10ms")))
    ]])
  end)

  it("CALL-05 waits 5000 ms by default, as a send to a full mailbox does", function()
    check([[
      local pid = service.start(adder)
      local full = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1 } }
      neap.send(full, 1)
      local function took(kind, start, ok, err)
        neap.exit({ neap.now() - start, ok, err and err.kind == kind })
      end
      local _, of_call = neap.spawn_monitor(function()
        took("timeout", neap.now(), neap.call(pid, "hang"))
      end)
      local _, of_send = neap.spawn_monitor(function()
        took("full", neap.now(), neap.send(full, 2))
      end)
      for _, ref in ipairs({ of_call, of_send }) do
        local seen = neap.receive({ "DOWN", ref }, 60000)[4]
        expect.equal(nil, seen[2]) expect.equal(true, seen[3])
        expect.truthy(seen[1] >= 5000 and seen[1] < 20000, "the time it took: " .. seen[1])
      end
    ]])
  end)

  it("that is answered with more than limits.message is nil and limit at once", function()
    check([[
      local big = service.define({ call = { big = function() return ("x"):rep(5000) end,
        small = function() return 1 end } })
      local pid = service.start({ run = big, limits = { message = 1000 } })
      local err = expect.fails("limit", neap.call(pid, "big", neap.timeout("infinity")))
      expect.equal("message", err.limit) expect.equal(pid, err.to) expect.equal("big", err.call)
      expect.equal(1, neap.call(pid, "small"))
    ]])
  end)

  it("CALL-06 is not reached by a late reply", function()
    check([[
      local pid = service.start(adder)
      expect.fails("timeout", neap.call(pid, "later", neap.timeout(10)))
      neap.cast(pid, "answer", "late")
      expect.equal(3, neap.call(pid, "add", 3))
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("CALL-07 to a dead pid or an unknown name is noproc at once", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end) down(ref)
      expect.equal(pid, expect.fails("noproc", neap.call(pid, "x")).to)
      expect.equal("nobody", expect.fails("noproc", neap.call("nobody", "x")).to)
    ]])
  end)

  it("CALL-08 fails with the reason of a callee that crashes", function()
    check([[
      local pid = service.start(adder)
      local err = expect.fails("exit", neap.call(pid, "fail"))
      expect.equal("error", err.reason.kind)
      expect.truthy(err.reason.message:find("broken", 1, true))
      expect.equal("fail", err.call)
    ]])
  end)

  it("CALL-09 fails with normal when the callee stops without a reply", function()
    check([[
      local pid = service.start(adder)
      expect.equal("normal", expect.fails("exit", neap.call(pid, "stop")).reason)
    ]])
  end)

  it("CALL-10 fails with killed when the callee is killed", function()
    check([[
      local pid = service.start(adder)
      neap.spawn(function(pid) neap.call(pid, "nothing") neap.sleep(5) neap.kill(pid) end, pid)
      expect.equal("killed", expect.fails("exit", neap.call(pid, "hang")).reason)
    ]])
  end)

  it("CALL-11 to oneself is a deadlock at once", function()
    check([[
      local err = expect.fails("deadlock", neap.call(neap.self(), "x"))
      expect.equal(neap.self(), err.path[1]) expect.equal(neap.self(), err.path[2])
    ]])
  end)

  it("CALL-12 that timed out leaves no monitor behind", function()
    check([[
      local pid = service.start(adder)
      for _ = 1, 20 do neap.call(pid, "hang", neap.timeout(1)) end
      expect.equal(0, neap.info().monitors)
      neap.kill(pid)
      neap.receive({ "DOWN", neap.monitor(pid) })
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("CALL-13 cast to a dead process is true, to an unknown name noproc", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end) down(ref)
      expect.equal(true, neap.cast(pid, "x"))
      expect.fails("noproc", neap.cast("nobody", "x"))
    ]])
  end)

  it("CALL-14 may be answered later, from another message", function()
    check([[
      local pid = service.start(adder)
      neap.spawn(function(pid) neap.sleep(5) neap.cast(pid, "answer", { "later" }) end, pid)
      expect.same({ "later" }, (neap.call(pid, "later")))
    ]])
  end)

  it("CALL-14 is answered once", function()
    check([[
      local pid = service.start(adder)
      neap.spawn(function(pid) neap.sleep(5) neap.cast(pid, "twice") end, pid)
      expect.equal(1, (neap.call(pid, "later")))
      expect.equal(4, neap.call(pid, "add", 4))
    ]])
  end)

  it("may be answered by another process that was given the from", function()
    check([[
      local asked = service.define({ call = { ask = function(_)
        neap.spawn(function(from) service.reply(from, "by a friend", from.pid) end, service.from())
        return service.noreply
      end } })
      local text, pid = neap.call(service.start(asked), "ask")
      expect.equal("by a friend", text) expect.equal(neap.self(), pid)
    ]])
  end)

  it("of an unknown name is no_such_call, and the service lives on", function()
    check([[
      local pid = service.start(adder, 1)
      local err = expect.fails("no_such_call", neap.call(pid, "ad", 1))
      expect.equal("ad", err.call)
      expect.equal(2, neap.call(pid, "add", 1))
      neap.cast(pid, "nonsense") expect.equal(3, neap.call(pid, "add", 1))
    ]])
  end)

  it("reaches a process that is no service as a message", function()
    check([[
      local pid = neap.spawn(function()
        local m = neap.receive("CALL")
        service.reply(m[2], m[3], m[4], m[5])
        local c = neap.receive("CAST")
        neap.send(c[3], { c[2] })
      end)
      local name, a, b = neap.call(pid, "do", 1, "two")
      expect.equal("do", name) expect.equal(1, a) expect.equal("two", b)
      neap.cast(pid, "hello", neap.self())
      expect.same({ "hello" }, neap.receive(5000))
    ]])
  end)

  it("gets its reply though the caller's mailbox is full", function()
    check([[
      local pid = service.start(adder, 1)
      local caller, ref = neap.spawn_monitor{ run = function(pid)
        neap.send(neap.self(), "full")
        expect.equal(2, neap.call(pid, "add", 1))
      end, args = { pid }, mailbox = { messages = 1 } }
      expect.equal("normal", down(ref))
    ]])
  end)

  it("to a full mailbox is full", function()
    check([[
      local busy = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1, policy = "reject" } }
      neap.send(busy, 1)
      expect.equal(busy, expect.fails("full", neap.call(busy, "x")).to)
      local slow = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1 } }
      neap.send(slow, 1)
      expect.fails("full", neap.call(slow, "x", neap.timeout(20)))
      expect.fails("noproc", neap.call("nobody", "x"))
    ]])
  end)

  it("fails with the limit that ended the callee", function()
    check([[
      local pid = service.start{ run = adder, limits = { cpu = 50 } }
      local err = expect.fails("exit", neap.call(pid, "spin"))
      expect.equal("limit", err.reason.kind) expect.equal("cpu", err.reason.limit)
    ]])
  end)

  it("works inside coroutines, and other waits do too", function()
    check([[
      local pid = service.start(adder)
      local co = coroutine.wrap(function()
        coroutine.yield(neap.call(pid, "add", 1))
        neap.sleep(1)
        neap.send(neap.self(), "m")
        coroutine.yield((neap.receive()))
        local inner = coroutine.wrap(function() coroutine.yield(neap.call(pid, "add", 1)) end)
        coroutine.yield(inner())
      end)
      expect.equal(1, co()) expect.equal("m", co()) expect.equal(2, co())
    ]])
  end)

  it("below a C function is a clear error, and nothing is damaged", function()
    check([[
      local pid = service.start(adder)
      expect.raises("would have to wait", function() table.sort({ 3, 2, 1 }, function(a, b) neap.call(pid, "add", 1) return a < b end) end)
      expect.raises("would have to wait", string.gsub, "abc", ".", function() neap.sleep(10) end)
      local co_in_sort = function() table.sort({ 2, 1 }, function(a, b)
        coroutine.wrap(function() neap.call(pid, "add", 1) end)() return a < b end) end
      expect.equal(false, (pcall(co_in_sort)))
      local n = neap.call(pid, "add", 1)
      expect.equal(n + 1, neap.call(pid, "add", 1))
      expect.fails("timeout", neap.receive(5))
    ]])
  end)
end)
