local node = require("spec.support.node")

local TOOLS = [[
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
]]

local function check(source, options)
  node.check(TOOLS .. source, options)
end

describe("messages", function()
  after_each(node.cleanup)

  it("MSG-01 of one sender keep their order", function()
    check([[
      local pid = neap.spawn(function(to) for i = 1, 5000 do neap.send(to, i) end end, neap.self())
      for i = 1, 5000 do expect.equal(i, (neap.receive(5000))) end
    ]])
  end)

  it("MSG-02 of several senders all arrive, each in its order", function()
    check([[
      for s = 1, 4 do neap.spawn(function(to, s) for i = 1, 500 do neap.send(to, { s, i }) end end, neap.self(), s) end
      local last = { 0, 0, 0, 0 }
      for _ = 1, 2000 do local m = neap.receive(5000) local s = m[1] expect.equal(last[s] + 1, m[2]) last[s] = m[2] end
    ]])
  end)

  it("MSG-03 the order of a pair covers signals", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to)
        neap.trap_exit(true)
        neap.send(to, "up")
        local a, b = neap.receive(5000), neap.receive(5000)
        neap.exit({ a[1], b })
      end, neap.self())
      neap.receive(5000)
      neap.exit(pid, "first") neap.send(pid, "second")
      expect.same({ "EXIT", "second" }, down(ref))
    ]])
  end)

  it("MSG-04 to a dead process is no error", function()
    check([[ local pid, ref = neap.spawn_monitor(function() end) down(ref) expect.equal(true, neap.send(pid, 1)) ]])
  end)

  it("MSG-05 to an unknown name is nil and noproc", function()
    check([[
      expect.fails("noproc", neap.send("nobody", 1))
      expect.fails("noproc", neap.send(neap.address("nobody"), 1))
    ]])
  end)

  it("MSG-06 the first match is taken, the rest stays in order", function()
    check([[
      local me = neap.self()
      neap.send(me, { "a", 1 }) neap.send(me, { "b", 1 }) neap.send(me, { "a", 2 })
      expect.same({ "b", 1 }, neap.receive("b"))
      expect.same({ "a", 1 }, neap.receive()) expect.same({ "a", 2 }, neap.receive())
    ]])
  end)

  it("MSG-07 timeout 0 looks once, and a match wins", function()
    check([[
      expect.fails("timeout", neap.receive(0))
      neap.send(neap.self(), "m")
      expect.equal("m", (neap.receive(0)))
    ]])
  end)

  it("MSG-08 mail that does not match does not restart the timeout", function()
    check([[
      local me = neap.self()
      neap.spawn(function(to) while true do neap.send(to, "noise") neap.sleep(5) end end, me)
      local start = neap.now()
      expect.fails("timeout", neap.receive("tag", 60))
      expect.truthy(neap.now() - start < 3000, "time")
    ]])
  end)

  it("MSG-09 what was passed over is offered to the next receive", function()
    check([[
      local me = neap.self()
      neap.send(me, { "x" }) neap.send(me, { "y" })
      local seen = 0
      expect.fails("timeout", neap.receive(function(m) seen = seen + 1 return false end, 0))
      expect.equal(2, seen, "once per message")
      expect.same({ "x" }, neap.receive(function(m) return m[1] == "x" end))
      expect.same({ "y" }, neap.receive())
    ]])
  end)

  it("MSG-11 the message is a copy", function()
    check([[
      local t = { n = 1, list = { 1 } }
      neap.send(neap.self(), t)
      t.n = 2 t.list[1] = 9
      local m = neap.receive()
      expect.equal(1, m.n) expect.equal(1, m.list[1])
    ]])
  end)

  it("MSG-12 mail of a dead process does not reach its successor", function()
    check([[
      local pid, ref = neap.spawn{ run = function() neap.receive("never") end, name = "n", monitor = true }
      for i = 1, 10 do neap.send("n", i) end
      neap.kill(pid) down(ref)
      local pid2 = neap.spawn{ run = function(to) neap.send(to, { "got", (neap.receive(0)) }) end, args = { neap.self() }, name = "n" }
      expect.equal(nil, neap.receive("got", 5000)[2])
    ]])
  end)

  it("MSG-14 only block waits, and one's own full mailbox is full at once", function()
    check([[
      local pid, ref = neap.spawn_monitor{ run = function()
        for i = 1, 3 do expect.equal(true, neap.send(neap.self(), i)) end
        expect.fails("full", neap.send(neap.self(), 4))
      end, mailbox = { messages = 3 } }
      expect.equal("normal", down(ref))
      local slow = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 2 } }
      neap.send(slow, 1) neap.send(slow, 2)
      local start = neap.now()
      expect.fails("full", neap.send(slow, 3, { timeout = 20 }))
      expect.truthy(neap.now() - start >= 20, "the time it waited")
      expect.fails("full", neap.send(slow, 3, { timeout = 0 }))
    ]])
  end)

  it("NEAP-01 under block the sender waits until there is room, and others run", function()
    check([[
      local slow = neap.spawn{ run = function(to)
        repeat neap.sleep(1) until neap.info().mailbox.refused > 0
        neap.send(to, "waited")
        for i = 1, 6 do neap.send(to, { "got", (neap.receive(5000)) }) end
      end, args = { neap.self() }, mailbox = { messages = 2 } }
      local sender, ref = neap.spawn_monitor(function(to)
        for i = 1, 6 do assert(neap.send(to, i)) end
      end, slow)
      expect.equal("waited", (neap.receive(5000)))
      for i = 1, 6 do expect.equal(i, neap.receive("got", 5000)[2]) end
      expect.equal("normal", down(ref))
    ]], { options = { "--workers", "1" } })
  end)

  it("NEAP-01 blocked senders are let go when the receiver ends", function()
    check([[
      local slow = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1 } }
      neap.send(slow, 1)
      local sender, ref = neap.spawn_monitor(function(to) neap.exit({ neap.send(to, 2) }) end, slow)
      repeat neap.sleep(1) until neap.info(slow).mailbox.refused > 0
      neap.kill(slow)
      expect.same({ true }, down(ref))
    ]])
  end)

  it("NEAP-02 under reject the sender is told at once", function()
    check([[
      local box = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1, policy = "reject" } }
      expect.equal(true, neap.send(box, 1))
      expect.fails("full", neap.send(box, 2))
      expect.equal(1, neap.info(box).mailbox.refused)
      for _, policy in ipairs({ "drop_new", "drop_old", "kill" }) do
        expect.raises("not available in this version", neap.spawn, { run = function() end, mailbox = { policy = policy } })
      end
    ]])
  end)

  it("NEAP-02 a message larger than the mailbox is refused under every policy", function()
    check([[
      for _, policy in ipairs({ "block", "reject" }) do
        local box = neap.spawn{ run = function() neap.receive("never") end, mailbox = { bytes = "4KB", policy = policy } }
        expect.fails("full", neap.send(box, ("x"):rep(5000)))
      end
    ]])
  end)

  it("NEAP-03 signals and timers reach a full mailbox", function()
    check([[
      local pid, ref = neap.spawn_monitor{ run = function()
        neap.trap_exit(true)
        neap.send(neap.self(), "full")
        neap.send_after(1, neap.self(), "tick")
        local child = neap.spawn_link(function() neap.exit("x") end)
        local r = neap.monitor(child)
        neap.receive({ "EXIT", child }, 5000) neap.receive({ "DOWN", r }, 5000)
        expect.equal("tick", (neap.receive(function(m) return m == "tick" end, 5000)))
        expect.equal("full", (neap.receive(0)))
      end, mailbox = { messages = 1 } }
      expect.equal("normal", down(ref))
    ]])
  end)

  it("NEAP-14 a forged EXIT is no signal", function()
    check([[
      neap.send(neap.self(), { "EXIT", neap.self(), "x" })
      expect.equal(false, neap.is_signal(neap.receive()))
    ]])
  end)

  it("receive takes a prefix with a pid, a tag, a number as timeout; false is a message", function()
    check([[
      neap.send(neap.self(), false)
      expect.equal(false, (neap.receive()))
      neap.send(neap.self(), { "p", neap.self(), 3 })
      expect.equal(3, neap.receive({ "p", neap.self() }, 1000)[3])
      expect.raises("neap.send: argument 2 is nil", neap.send, neap.self(), nil)
      expect.raises("argument 1 is a boolean", neap.receive, true)
    ]])
  end)
end)

describe("what can be sent", function()
  after_each(node.cleanup)

  it("crosses unchanged", function()
    check([[
      local function back(v) neap.send(neap.self(), { v }) return neap.receive()[1] end
      for _, v in ipairs({ true, false, 0, -1, 1.5, 2 ^ 53, 1e300, -1e-300, 1 / 0, "", "a\0b", ("x"):rep(100000) }) do
        expect.equal(v, back(v))
      end
      local nan = back(0 / 0) expect.equal(true, nan ~= nan)
      local shared = { 1 }
      local m = back({ a = shared, b = shared }) expect.equal(true, m.a == m.b)
      local loop = {} loop.me = loop
      local l = back(loop) expect.equal(true, l.me == l)
      local me, ref, address = neap.self(), neap.monitor(neap.self()), neap.address("n")
      expect.equal(me, back(me)) expect.equal(ref, back(ref)) expect.equal(address, back(address))
      local t = { [me] = 1 } expect.equal(1, t[back(me)], "pids are table keys")
      local buffer = neap.buffer("bytes") expect.equal("bytes", back(buffer):tostring())
      local err = select(2, neap.send("nobody", 1))
      expect.equal("noproc", back(err).kind) expect.equal(getmetatable(err), getmetatable(back(err)))
    ]])
  end)

  it("is refused with the path of what can not", function()
    check([[
      local me = neap.self()
      expect.raises("msg is a function", neap.send, me, print)
      expect.raises("msg.handlers[3] is a function", neap.send, me, { handlers = { 1, 2, function() end } })
      expect.raises("msg.co is a coroutine", neap.send, me, { co = coroutine.create(print) })
      expect.raises("msg.items[2] has a metatable", neap.send, me, { items = { 1, setmetatable({}, {}) } })
      local deep = {} local at = deep for i = 1, 300 do at.a = {} at = at.a end
      expect.raises("deeper than 200", neap.send, me, deep)
    ]])
  end)

  it("is bounded by limits.message", function()
    check([[
      local pid, ref = neap.spawn_monitor{ run = function()
        local err = expect.fails("limit", neap.send(neap.self(), ("x"):rep(2000)))
        expect.equal("message", err.limit) expect.equal(1000, err.max) expect.truthy(err.used >= 2000)
        expect.fails("limit", neap.call("nobody", "x", ("x"):rep(2000)))
      end, limits = { message = 1000 } }
      expect.equal("normal", down(ref))
    ]])
  end)
end)
