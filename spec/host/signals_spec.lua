local node = require("spec.support.node")

--- A process that tells its parent what it gets; "stop" ends it with what it saw.
local TOOLS = [[
local function idle() neap.receive("never") end
local function trapper(to) neap.trap_exit(true) neap.send(to, { "up" })
  while true do local m = neap.receive() neap.send(to, { "saw", m, neap.is_signal(m) }) end end
local function start_trapper()
  local pid = neap.spawn(trapper, neap.self())
  neap.receive("up")
  return pid
end
local function down(ref) local m = expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN") return m[4] end
--- The process has handled everything that was sent to it before.
local function settle(pid) neap.exit(pid, "sync") repeat local m = neap.receive("saw", 5000) until m[2][3] == "sync" end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("exit signals", function()
  after_each(node.cleanup)

  it("SIG-01 normal from another process is dropped", function()
    check([[
      local pid, ref = neap.spawn_monitor(idle)
      expect.equal(true, neap.exit(pid, "normal"))
      neap.exit(pid, "later")
      expect.equal("later", down(ref))
    ]])
  end)

  it("SIG-02 normal to a process that traps arrives as a message", function()
    check([[
      local pid = start_trapper()
      neap.exit(pid, "normal")
      local m = neap.receive("saw", 5000)
      expect.same({ "EXIT", neap.self(), "normal" }, m[2])
      expect.equal(true, m[3], "is_signal where it was delivered")
      expect.equal(false, neap.is_signal(m[2]), "a copy is no signal")
    ]])
  end)

  it("SIG-03 normal to oneself ends the process", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() neap.exit(neap.self(), "normal") neap.exit("still here") end)
      expect.equal("normal", down(ref))
    ]])
  end)

  it("SIG-04 kill cannot be trapped and is seen as killed", function()
    check([[
      local pid = start_trapper()
      local ref = neap.monitor(pid)
      neap.trap_exit(true)
      neap.link(pid)
      expect.equal(true, neap.exit(pid, "kill"))
      expect.equal("killed", down(ref))
      expect.same({ "EXIT", pid, "killed" }, neap.receive("EXIT", 5000))
    ]])
  end)

  it("SIG-05 a link's kill reaches a partner that traps as kill", function()
    check([[
      neap.trap_exit(true)
      local pid = neap.spawn_link(function() neap.exit("kill") end)
      expect.same({ "EXIT", pid, "kill" }, neap.receive(5000))
    ]])
  end)

  it("SIG-06 a link's kill ends a partner that does not trap with kill", function()
    check([[
      local pid, ref = neap.spawn_monitor(function()
        neap.spawn_link(function() neap.exit("kill") end)
        neap.receive()
      end)
      expect.equal("kill", down(ref))
    ]])
  end)

  it("SIG-07 another reason ends a process that does not trap", function()
    check([[
      local pid, ref = neap.spawn_monitor(idle)
      neap.exit(pid, { "why", 7 })
      expect.same({ "why", 7 }, down(ref))
    ]])
  end)

  it("SIG-08 a link's normal end leaves the partner alone", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to)
        local child, r = neap.spawn{ run = function() end, link = true, monitor = true }
        neap.receive({ "DOWN", r })
        neap.send(to, { "alive", neap.receive(0) == nil })
        neap.receive()
      end, neap.self())
      expect.same({ "alive", true }, neap.receive("alive", 5000))
    ]])
  end)

  it("SIG-09 a link's abnormal end propagates its reason", function()
    check([[
      local pid, ref = neap.spawn_monitor(function()
        neap.spawn_link(function() neap.spawn_link(function() neap.exit("far") end) neap.receive() end)
        neap.receive()
      end)
      expect.equal("far", down(ref))
    ]])
  end)

  it("SIG-10 link with a dead process gives EXIT noproc when trapping", function()
    check([[
      local dead, ref = neap.spawn_monitor(function() end)
      down(ref)
      neap.trap_exit(true)
      expect.equal(true, neap.link(dead))
      expect.same({ "EXIT", dead, "noproc" }, neap.receive(5000))
    ]])
  end)

  it("SIG-10 link with a dead process ends a process that does not trap", function()
    check([[
      local dead, ref = neap.spawn_monitor(function() end)
      down(ref)
      local pid, ref2 = neap.spawn_monitor(function(dead) neap.link(dead) neap.receive(5000) end, dead)
      expect.equal("noproc", down(ref2))
    ]])
  end)

  it("SIG-11 linking twice is one link", function()
    check([[
      neap.trap_exit(true)
      local pid = neap.spawn(idle)
      neap.link(pid) neap.link(pid)
      expect.equal(1, neap.info().links)
      neap.exit(pid, "x")
      expect.equal("x", neap.receive("EXIT", 5000)[3])
      expect.equal(nil, (neap.receive("EXIT", 0)))
    ]])
  end)

  it("SIG-12 either side may unlink", function()
    check([[
      local me = neap.self()
      local pid, ref = neap.spawn{ run = function(to) neap.unlink(to) neap.send(to, "free") neap.receive() end,
        args = { me }, link = true, monitor = true }
      expect.equal("free", neap.receive(5000))
      neap.exit(pid, "x")
      expect.equal("x", down(ref))
    ]])
  end)

  it("SIG-13 unlink before the end means no message", function()
    check([[
      neap.trap_exit(true)
      local pid, ref = neap.spawn{ run = idle, link = true, monitor = true }
      expect.equal(true, neap.unlink(pid))
      neap.exit(pid, "x")
      down(ref)
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("SIG-14 unlink leaves an EXIT that is queued already", function()
    check([[
      neap.trap_exit(true)
      local pid, ref = neap.spawn{ run = idle, link = true, monitor = true }
      neap.exit(pid, "x")
      down(ref)
      neap.unlink(pid)
      expect.same({ "EXIT", pid, "x" }, neap.receive("EXIT", 5000))
    ]])
  end)

  it("SIG-15 an exit that arrives after unlink is dropped", function()
    check([[
      neap.trap_exit(true)
      for i = 1, 200 do
        local pid, ref = neap.spawn{ run = function(i) neap.exit(i) end, args = { i },
          link = true, monitor = true }
        neap.unlink(pid)
        neap.receive({ "EXIT", pid }, 0)           -- it may have been here before the unlink
        down(ref)
        expect.equal(nil, (neap.receive({ "EXIT", pid }, 0)))
      end
    ]])
  end)

  it("SIG-16 an exit signal to a dead process succeeds", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() end)
      down(ref)
      expect.equal(true, neap.exit(pid, "x"))
      expect.equal(true, neap.kill(pid))
    ]])
  end)

  it("SIG-17 spawn_link is atomic", function()
    check([[
      neap.trap_exit(true)
      for i = 1, 200 do
        local pid = neap.spawn_link(function(i) neap.exit(i) end, i)
        expect.same({ "EXIT", pid, i }, neap.receive({ "EXIT", pid }, 5000))
      end
    ]])
  end)

  it("SIG-18 a busy loop is killed", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to) neap.send(to, "busy") while true do end end, neap.self())
      expect.equal("busy", neap.receive(5000))
      neap.kill(pid)
      expect.equal("killed", down(ref))
    ]])
  end)

  it("SIG-19 an uncaught error carries message and stack", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() local function deep() error("boom") end deep() end)
      local reason = down(ref)
      expect.equal("error", reason.kind)
      expect.truthy(reason.message:find("boom", 1, true))
      expect.truthy(reason.traceback:find("deep", 1, true), "traceback")
    ]])
  end)

  it("SIG-20 an error with any value keeps it", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() error({ code = 7 }) end)
      local reason = down(ref)
      expect.equal("error", reason.kind)
      expect.equal(7, reason.value.code)
    ]])
  end)

  it("SIG-21 the memory limit ends a process with a reason that says so", function()
    check([[
      local pid, ref = neap.spawn_monitor{ run = function() local t = {} while true do t[#t + 1] = {} end end,
        limits = { memory = "2MB" } }
      local reason = down(ref)
      expect.equal("limit", reason.kind) expect.equal("memory", reason.limit)
      expect.equal(2 * 1024 * 1024, reason.max)
    ]])
  end)

  it("SIG-22 names are free before signals are sent", function()
    check([[
      neap.trap_exit(true)
      for i = 1, 50 do
        local pid = neap.spawn{ run = function() neap.receive() end, link = true, name = "holder" }
        neap.kill(pid)
        neap.receive({ "EXIT", pid })
        expect.equal(nil, neap.whereis("holder"))
      end
    ]])
  end)

  it("SIG-23 a killed process runs no cleanup of its own", function()
    check([[
      local pid, ref = neap.spawn_monitor(function(to)
        pcall(function() neap.send(to, "up") while true do end end)
        neap.send(to, "cleanup")
      end, neap.self())
      neap.receive({ "up" }, 0) expect.equal("up", neap.receive(5000))
      neap.kill(pid)
      expect.equal("killed", down(ref))
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("SIG-24 the trap flag counts when a signal arrives; what was trapped stays", function()
    check([[
      local pid, ref = neap.spawn_monitor(function()
        expect.equal(false, neap.trap_exit(true))
        neap.exit(neap.self(), "first")
        expect.equal(true, neap.trap_exit(false))
        expect.equal("first", neap.receive("EXIT", 5000)[3])
        neap.exit(neap.self(), "second")
        neap.receive(5000)
      end)
      expect.equal("second", down(ref))
    ]])
  end)
end)
