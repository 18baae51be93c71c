local node = require("spec.support.node")

local TOOLS = [[
local function idle() neap.receive("never") end
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN") end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("monitor", function()
  after_each(node.cleanup)

  it("MON-01 one end is exactly one DOWN", function()
    check([[
      local pid = neap.spawn(idle)
      local ref = neap.monitor(pid)
      neap.exit(pid, "r")
      local m = down(ref)
      expect.same({ "DOWN", ref, pid, "r" }, m)
      expect.equal(true, neap.is_signal(m))
      expect.equal(nil, (neap.receive("DOWN", 0)))
    ]])
  end)

  it("MON-02 of a dead process is an immediate DOWN noproc", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end)
      down(ref)
      expect.equal("noproc", down(neap.monitor(pid))[4])
      local by_name = down(neap.monitor("nobody"))
      expect.equal("noproc", by_name[4]) expect.equal("nobody", by_name[3])
    ]])
  end)

  it("MON-03 two monitors are two refs and two DOWNs", function()
    check([[
      local pid = neap.spawn(idle)
      local a, b = neap.monitor(pid), neap.monitor(pid)
      expect.equal(false, a == b)
      neap.kill(pid)
      expect.equal("killed", down(b)[4]) expect.equal("killed", down(a)[4])
    ]])
  end)

  it("MON-04 the watcher's end does not touch the watched", function()
    check([[
      local pid = neap.spawn(idle)
      local watcher, ref = neap.spawn_monitor(function(pid) neap.monitor(pid) error("x") end, pid)
      down(ref)
      expect.truthy(neap.info(pid), "the watched process")
    ]])
  end)

  it("MON-05 normal ends are told too", function()
    check([[ local pid, ref = neap.spawn_monitor(function() end) expect.equal("normal", down(ref)[4]) ]])
  end)

  it("MON-06 demonitor with flush takes a queued DOWN away", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end)
      down(neap.monitor(pid))
      expect.equal(true, neap.demonitor(ref, { flush = true }))
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("MON-07 demonitor without flush leaves it", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end)
      down(neap.monitor(pid))
      expect.equal(true, neap.demonitor(ref))
      expect.equal("normal", down(ref)[4])
    ]])
  end)

  it("MON-08 demonitor before the end means no DOWN", function()
    check([[
      local pid = neap.spawn(idle)
      local ref, other = neap.monitor(pid), neap.monitor(pid)
      neap.demonitor(ref)
      neap.kill(pid)
      down(other)
      expect.equal(nil, (neap.receive({ "DOWN", ref }, 0)))
      expect.equal(0, neap.info().monitors)
    ]])
  end)

  it("MON-09 link and monitor both tell", function()
    check([[
      neap.trap_exit(true)
      local pid, ref = neap.spawn{ run = idle, link = true, monitor = true }
      neap.exit(pid, "x")
      expect.equal("x", neap.receive({ "EXIT", pid }, 5000)[3])
      expect.equal("x", down(ref)[4])
    ]])
  end)

  it("MON-10 what it sent before comes before its DOWN", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to) for i = 1, 1000 do neap.send(to, { "n", i }) end end, neap.self())
      for i = 1, 1000 do local m = neap.receive(5000) expect.equal("n", m[1]) expect.equal(i, m[2]) end
      expect.equal("DOWN", neap.receive(5000)[1])
    ]])
  end)

  it("MON-11 its name is free when DOWN arrives", function()
    check([[
      for i = 1, 50 do
        local pid, ref = neap.spawn{ run = function() end, monitor = true, name = "short" }
        down(ref)
        expect.equal(nil, neap.whereis("short"))
      end
    ]])
  end)

  it("MON-13 spawn_monitor is atomic", function()
    check([[
      for i = 1, 200 do
        local pid, ref = neap.spawn_monitor(function(i) neap.exit(i) end, i)
        expect.equal(i, down(ref)[4])
      end
    ]])
  end)

  it("MON-14 by name, DOWN shows the name", function()
    check([[
      local pid = neap.spawn{ run = idle, name = "named" }
      local ref, by_address = neap.monitor("named"), neap.monitor(neap.address("named"))
      neap.kill(pid)
      expect.same({ "DOWN", ref, "named", "killed" }, down(ref))
      expect.equal("named", down(by_address)[3])
    ]])
  end)
end)
