local node = require("spec.support.node")

describe("pids, refs, addresses and timers", function()
  after_each(node.cleanup)

  it("NEAP-13 are refused when a script made them", function()
    node.check([[
      local me, from = neap.self()
      local forged = { tostring(me), 1, 1.5, true, {}, { slot = 0, generation = 1 }, print,
        coroutine.create(print), setmetatable({}, { __index = me }), neap.timeout(1),
        neap.buffer("1.1") }
      for i, v in ipairs(forged) do
        for _, name in ipairs({ "link", "unlink", "kill" }) do
          expect.raises("expected a pid", neap[name], v)
        end
        expect.raises("expected a pid", neap.exit, v, "x")
        expect.raises("expected a pid", neap.register, "forged", v)
        expect.raises("expected", neap.demonitor, v)
        expect.raises("expected", neap.cancel, v)
        expect.raises("expected", service.reply, v)
        if type(v) ~= "string" then
          for _, name in ipairs({ "send", "monitor", "call", "cast", "info" }) do
            expect.raises("expected a pid, a name or an address", neap[name], v, "x")
          end
        end
      end
    ]])
  end)

  it("NEAP-13 are not taken for each other", function()
    node.check([[
      local me, ref, address = neap.self(), neap.monitor(neap.self()), neap.address("a")
      local timer = neap.send_after(60000, me, 1)
      for _, v in ipairs({ ref, address, timer }) do expect.raises("a pid", neap.kill, v) end
      for _, v in ipairs({ me, address, timer }) do expect.raises("expected", neap.demonitor, v) end
      for _, v in ipairs({ me, ref, address }) do expect.raises("expected", neap.cancel, v) end
      expect.raises("expected", neap.send, ref, 1) expect.raises("expected", neap.send, timer, 1)
    ]])
  end)

  it("NEAP-13 are closed: no metatable, no field, no copy", function()
    node.check([[
      local me = neap.self()
      expect.equal(nil, newproxy) expect.equal(nil, debug.setmetatable)
      for _, v in ipairs({ me, neap.monitor(me), neap.address("a"), neap.buffer("b") }) do
        expect.equal(false, getmetatable(v))
        expect.equal(false, (pcall(setmetatable, v, {})))
        expect.equal(false, (pcall(function() v.x = 1 end)))
        expect.equal(false, (pcall(string.format, "%d", v)))
      end
    ]])
  end)

  it("of a process that ended do not reach the one that has its place now", function()
    node.check([[
      local old, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref }, 5000)
      local got = 0
      for _ = 1, 200 do
        local pid = neap.spawn(function(to) neap.send(to, { "box", (neap.receive(0)) }) end,
          neap.self())
        expect.equal(false, pid == old)
        neap.send(old, "for the old one") neap.kill(old)
        expect.equal(nil, neap.receive("box", 5000)[2])
      end
      expect.equal(nil, neap.info(old))
    ]])
  end)

  it("are equal and one table key when they mean the same, whatever way they came", function()
    node.check([[
      local pid = neap.spawn(function(to) neap.register("same") neap.send(to, { neap.self() })
        neap.receive("never") end, neap.self())
      local sent = neap.receive(5000)[1]
      local found, inspected = neap.whereis("same"), neap.info("same").pid
      expect.equal(true, pid == sent and sent == found and found == inspected)
      local t = { [pid] = "one" }
      expect.equal("one", t[sent]) expect.equal("one", t[found])
      expect.equal(true, neap.address("same") == neap.address("same"))
      expect.equal(false, neap.address("same") == neap.address("other"))
      expect.equal(false, pid == neap.self())
    ]])
  end)

  it("print as slot and generation, and nothing more", function()
    node.check([[ expect.truthy(tostring(neap.self()):find("^%d+%.%d+$")) ]])
  end)
end)
