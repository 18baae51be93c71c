local node = require("spec.support.node")

local TOOLS = [[
local me = neap.self()
local function end_of(...)
  local _, ref = neap.spawn_monitor(...)
  return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4]
end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("neap.exit", function()
  after_each(node.cleanup)

  it("ends the caller with normal, or the reason given", function()
    check([[
      expect.equal("normal", end_of(function() neap.exit() end))
      expect.equal("normal", end_of(function() neap.exit(nil) end))
      expect.equal("why", end_of(function() neap.exit("why") end))
    ]])
  end)

  it("is seen by no pcall, xpcall or coroutine", function()
    check([[
      for _, way in ipairs({ pcall, function(f) return xpcall(f, tostring) end,
          function(f) return coroutine.resume(coroutine.create(f)) end,
          function(f) return pcall(table.sort, { 2, 1 }, f) end }) do
        expect.equal("out", end_of(function()
          way(function() neap.exit("out") end)
          neap.send(me, "survived")
        end))
      end
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("SIG-23 runs no finalizer and no terminate", function()
    check([[
      local svc = service.start(service.define({
        cast = { leave = function() neap.exit("left") end },
        terminate = function() neap.send(me, "terminate ran") end,
      }))
      local ref = neap.monitor(svc)
      neap.cast(svc, "leave")
      expect.equal("left", neap.receive({ "DOWN", ref }, 5000)[4])
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("with a pid sends a signal, and goes on", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() neap.receive("never") end)
      expect.equal(true, neap.exit(pid, { "why" }))
      expect.same({ "why" }, neap.receive({ "DOWN", ref }, 5000)[4])
    ]])
  end)

  it("SIG-04 as neap.kill is kill, and SIG-18 needs no help of a process that waits", function()
    check([[
      for _, wait in ipairs({ function() neap.sleep("1h") end, function() neap.receive() end,
          function() neap.call(me, "x", neap.timeout("infinity")) end }) do
        local pid, ref = neap.spawn_monitor(function() neap.trap_exit(true) wait() end)
        expect.equal(true, neap.kill(pid))
        expect.equal("killed", neap.receive({ "DOWN", ref }, 5000)[4])
      end
    ]])
  end)

  it("SIG-22 releases timers before its signals", function()
    check([[
      neap.trap_exit(true)
      for _ = 1, 50 do
        local pid = neap.spawn_link(function(to) neap.send_after(0, to, "early")
          neap.send_after(3600000, to, "late") neap.exit("x") end, me)
        neap.receive({ "EXIT", pid }, 5000)
        while neap.receive(function(m) return m == "early" end, 0) do end
      end
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  it("SIG-12 either side may unlink, the parent too", function()
    check([[
      local pid, ref = neap.spawn{ run = function() neap.receive() end, link = true, monitor = true }
      neap.unlink(pid)
      expect.equal(0, neap.info(pid).links) expect.equal(0, neap.info().links)
      neap.exit(pid, "x")                            -- does not end the script
      expect.equal("x", neap.receive({ "DOWN", ref }, 5000)[4])
    ]])
  end)

  local MISUSES = {
    { "neap.exit: a pid alone is not a reason", "neap.exit(me)" },
    { "neap.exit: a pid alone is not a reason", "neap.exit(me, nil)" },
    { "neap.exit: argument 1 is a string; expected a pid when a reason follows",
      'neap.exit("a", "b")' },
    { "neap.exit: argument 1 is nil; expected a pid", 'neap.exit(nil, "b")' },
    { "neap.kill: argument 1 is nil; expected a pid", "neap.kill()" },
    { "neap.link: argument 1 is a string; expected a pid", 'neap.link("name")' },
    { "neap.unlink: argument 1 is a userdata; expected a pid", 'neap.unlink(neap.address("a"))' },
    { "neap.monitor: argument 1 is nil; expected a pid, a name or an address", "neap.monitor()" },
    { "neap.demonitor: argument 1 is a userdata; expected what neap.monitor gave",
      "neap.demonitor(me)" },
    { "neap.demonitor: argument 2 is a boolean; expected a table",
      "neap.demonitor(neap.monitor(me), true)" },
    { "neap.trap_exit: argument 1 is nil; expected true or false", "neap.trap_exit()" },
    { "neap.send: argument 1 is nil; expected a pid, a name or an address", "neap.send(nil, 1)" },
    { "neap.send: argument 3 is a number; expected a table of options", "neap.send(me, 1, 5)" },
    { 'neap.send: timeout is "x"; expected ms', 'neap.send(me, 1, { timeout = "x" })' },
    { "neap.send: timeout is a table; expected ms", "neap.send(me, 1, { timeout = {} })" },
    { 'neap.send: unknown key "timout"; expected "timeout"', "neap.send(me, 1, { timout = 0 })" },
    { 'neap.send: a key of the options is a number; expected "timeout"', "neap.send(me, 1, { 5 })" },
    { 'neap.demonitor: unknown key "flsh"; expected "flush"',
      "neap.demonitor(neap.monitor(me), { flush = true, flsh = true })" },
    { "neap.call: argument 2 is nil; expected a string", "neap.call(me)" },
    { "neap.cast: argument 2 is a table; expected a string", "neap.cast(me, {})" },
    { "neap.timeout: argument 1 is nil; expected ms", "neap.timeout()" },
    { "neap.timeout: argument 1 is -5; expected ms", "neap.timeout(-5)" },
    { 'neap.timeout: argument 1 is "soon"; expected ms', 'neap.timeout("soon")' },
    { "neap.whereis: argument 1 is a userdata; expected a string", "neap.whereis(me)" },
    { "neap.unregister: argument 1 is nil; expected a string", "neap.unregister()" },
    { 'neap.address: argument 1 is "a b"; expected a name', 'neap.address("a b")' },
    { "neap.sleep: argument 1 is nil; expected ms", "neap.sleep()" },
    { "neap.send_after: argument 2 is nil; expected a pid, a name", "neap.send_after(1)" },
    { "neap.log.info: the event is 5; expected a string", "neap.log.info(5)" },
    { "neap.log.warn: fields is 5; expected a table", 'neap.log.warn("x", 5)' },
  }
  for _, case in ipairs(MISUSES) do
    it("and its kin name misuse, and where it was: " .. case[2], function()
      check(([[
        local message = expect.raises(%q, function() local r = %s return r end)
        expect.truthy(message:find("^main.lua:%%d+: "), message)
      ]]):format(case[1], case[2]))
    end)
  end
end)
