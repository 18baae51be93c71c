local node = require("spec.support.node")

local function check(source)
  node.check(source)
end

describe("timers", function()
  after_each(node.cleanup)

  it("TMR-01 arrive once and not before their time", function()
    check([[
      local start = neap.now()
      neap.send_after(30, neap.self(), { "tick" })
      local m = neap.receive("tick", 5000)
      expect.truthy(neap.now() - start >= 30, "not early")
      expect.equal(false, neap.is_signal(m))
      expect.equal(nil, (neap.receive(20)))
    ]])
  end)

  it("TMR-02 cancelled in time give the ms that were left", function()
    check([[
      local timer = neap.send_after("10s", neap.self(), "x")
      local left = neap.cancel(timer)
      expect.truthy(left > 5000 and left <= 10000, "left")
      expect.equal(0, neap.info().timers)
    ]])
  end)

  it("TMR-03 cancelled twice or late give false, and the message stays", function()
    check([[
      local timer = neap.send_after(10000, neap.self(), "x")
      neap.cancel(timer)
      expect.equal(false, neap.cancel(timer))
      local fired = neap.send_after(0, neap.self(), "fired")
      repeat neap.sleep(1) until neap.info().mailbox.messages == 1
      expect.equal(false, neap.cancel(fired))
      expect.equal("fired", (neap.receive(0)))
    ]])
  end)

  it("TMR-04 for a process that died are dropped", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref }, 5000)
      neap.send_after(1, pid, "x") neap.send_after(1, "nobody", "x")
      neap.send_after(5, neap.self(), "still here")
      expect.equal("still here", (neap.receive(5000)))
    ]])
  end)

  it("TMR-05 use the monotonic clock", function()
    check([[
      local a, t = neap.now(), neap.time()
      neap.sleep(5)
      expect.truthy(neap.now() - a >= 5) expect.truthy(neap.time() > t and t > 1.7e9)
    ]])
  end)

  it("TMR-06 die with the process that made them", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to) neap.send_after(20, to, "orphan") end, neap.self())
      neap.receive({ "DOWN", ref }, 5000)
      neap.send_after(60, neap.self(), "end")
      expect.equal("end", (neap.receive(5000)))
    ]])
  end)

  it("fire in the order of their times, then of their start", function()
    check([[
      for i = 1, 50 do neap.send_after(5, neap.self(), i) end
      neap.send_after(0, neap.self(), "first")
      expect.equal("first", (neap.receive(5000)))
      for i = 1, 50 do expect.equal(i, (neap.receive(5000))) end
    ]])
  end)

  it("do not cut a sleep short, and mail does not either", function()
    check([[
      neap.send_after(1, neap.self(), "m") neap.send(neap.self(), "n")
      local start = neap.now()
      expect.equal(true, neap.sleep("40ms"))
      expect.truthy(neap.now() - start >= 40)
    ]])
  end)

  it("say what a time looks like", function()
    check([[
      for _, v in ipairs({ -1, 0 / 0, "soon", "5 parsecs" }) do
        expect.raises("expected ms", neap.sleep, v)
      end
      expect.raises("expected", neap.sleep, {}) expect.raises("expected", neap.sleep)
      expect.raises("expected what neap.send_after gave", neap.cancel, neap.self())
      expect.raises("argument 3 is nil", neap.send_after, 1, neap.self())
    ]])
  end)
end)
