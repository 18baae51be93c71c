local node = require("spec.support.node")

local TOOLS = [[
local function idle() neap.receive("never") end
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("the registry", function()
  after_each(node.cleanup)

  it("REG-01 gives a free name, and finds it", function()
    check([[
      local pid = neap.spawn(idle)
      expect.equal(true, neap.register("a.name", pid))
      expect.equal(pid, neap.whereis("a.name"))
      expect.equal(true, neap.register("mine"))
      expect.equal(neap.self(), neap.whereis("mine"))
    ]])
  end)

  it("REG-02 refuses a taken name, and the holder keeps it", function()
    check([[
      local pid = neap.spawn{ run = idle, name = "taken" }
      expect.equal(pid, expect.fails("taken", neap.register("taken")).pid)
      expect.equal(pid, neap.whereis("taken"))
      expect.equal(pid, expect.fails("taken", neap.spawn{ run = idle, name = "taken" }).pid)
    ]])
  end)

  it("REG-03 allows a second name for one process", function()
    check([[
      neap.register("one") neap.register("two")
      expect.equal(neap.whereis("one"), neap.whereis("two"))
      expect.equal(true, neap.unregister("one"))
      expect.equal(nil, neap.whereis("one")) expect.equal(neap.self(), neap.whereis("two"))
    ]])
  end)

  it("REG-04 refuses a dead process", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end) down(ref)
      expect.fails("noproc", neap.register("late", pid))
      expect.fails("noproc", neap.unregister("late"))
    ]])
  end)

  it("REG-05 knows nothing of a free name", function()
    check([[ expect.equal(nil, neap.whereis("free")) ]])
  end)

  it("REG-06 frees a name before any DOWN", function()
    check([[
      for i = 1, 100 do
        local pid, ref = neap.spawn{ run = function() end, name = "n", monitor = true }
        down(ref)
        expect.equal(nil, neap.whereis("n"))
      end
    ]])
  end)

  it("REG-07 gives a name again at once", function()
    check([[
      for i = 1, 100 do
        local pid, ref = neap.spawn{ run = idle, name = "again", monitor = true }
        neap.kill(pid) down(ref)
        local next_pid, ref2 = neap.spawn{ run = idle, name = "again", monitor = true }
        expect.equal(next_pid, neap.whereis("again"))
        neap.kill(next_pid) down(ref2)
      end
    ]])
  end)

  it("REG-09 resolves an address when it is used", function()
    check([[
      local address = neap.address("moving")
      expect.fails("noproc", neap.send(address, 1))
      for i = 1, 2 do
        local pid, ref = neap.spawn{ run = function(to, i) neap.send(to, { i, (neap.receive()) }) end,
          args = { neap.self(), i }, name = "moving", monitor = true }
        neap.send(address, "hello")
        expect.same({ i, "hello" }, neap.receive({ i }, 5000))
        down(ref)
      end
      expect.equal(address, neap.address("moving"))
    ]])
  end)

  it("says what a name looks like", function()
    check([[
      for _, name in ipairs({ "", "1a", "a b", "ä", ("x"):rep(129), "a/b" }) do
        expect.raises("expected a name", neap.register, name)
      end
      expect.equal(true, neap.register(("x"):rep(128)))
      expect.equal(true, neap.register("_a.B:c-9"))
      expect.raises("argument 1 is a table; expected a string", neap.register, {})
      expect.raises("argument 2 is a string; expected a pid", neap.register, "x", "y")
    ]])
  end)
end)

describe("pids", function()
  after_each(node.cleanup)

  it("NEAP-13 can not be made by a script", function()
    check([[
      local forged = { "1.1", 1, {}, { slot = 0 }, tostring(neap.self()), io, newproxy, false }
      for _, v in ipairs({ 1, 1.5, true, {}, function() end, coroutine.create(idle) }) do
        expect.raises("expected", neap.link, v)
        expect.raises("expected", neap.kill, v)
        expect.raises("expected", neap.send, v, 1)
        expect.raises("expected", neap.register, "x", v)
      end
      expect.raises("expected a pid", neap.kill, tostring(neap.self()))
      expect.raises("expected a pid", neap.kill, neap.address("x"))
      expect.raises("expected a pid", neap.kill, neap.monitor(neap.self()))
      expect.equal(nil, newproxy) expect.equal(false, getmetatable(neap.self()))
      expect.equal(false, (pcall(setmetatable, neap.self(), {})))
    ]])
  end)

  it("are equal when they mean the same process, and print as slot and generation", function()
    check([[
      local pid = neap.spawn(function(to) neap.send(to, { neap.self() }) idle() end, neap.self())
      expect.equal(pid, neap.receive(5000)[1])
      expect.truthy(tostring(pid):find("^%d+%.%d+$"))
      expect.equal(1, ({ [pid] = 1 })[pid])
    ]])
  end)
end)
