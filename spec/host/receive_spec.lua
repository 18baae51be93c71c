local node = require("spec.support.node")

local TOOLS = [[
local me = neap.self()
local function sent(...) for i = 1, select("#", ...) do neap.send(me, (select(i, ...))) end end
local function left() return neap.info().mailbox.messages end
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("receive", function()
  after_each(node.cleanup)

  it("takes any message without a pattern, nil as a pattern too", function()
    check([[
      sent(1, "two", { 3 })
      expect.equal(1, (neap.receive())) expect.equal("two", (neap.receive(nil, 0)))
      expect.same({ 3 }, neap.receive(nil, "1s"))
    ]])
  end)

  it("takes a number in the first place as the timeout, and a string as a tag", function()
    check([[
      sent({ "1s", "tagged" })
      expect.fails("timeout", neap.receive("2s", 0))
      expect.same({ "1s", "tagged" }, neap.receive("1s"))
      expect.fails("timeout", neap.receive(1))
    ]])
  end)

  it("takes a time as text in the second place", function()
    check([[ expect.fails("timeout", neap.receive("tag", "1ms"))
      expect.fails("timeout", neap.receive({ "tag" }, "0s")) ]])
  end)

  it("with a tag passes over text, tables with another tag and those without", function()
    check([[
      sent("tag", { "other" }, { tag = 1 }, {}, 5, { "tag", 1 })
      expect.same({ "tag", 1 }, neap.receive("tag", 0))
      expect.equal(5, left())
    ]])
  end)

  it("with a prefix compares every listed position, and no other", function()
    check([[
      local ref = neap.monitor(me)
      sent({ "a", 1, true }, { "a", 2 }, { "a", 2, ref, "more" }, { "a", false })
      expect.equal("more", neap.receive({ "a", 2, ref }, 0)[4])
      expect.same({ "a", 2 }, neap.receive({ [2] = 2 }, 0))
      expect.same({ "a", false }, neap.receive({ "a", false }, 0))
      expect.fails("timeout", neap.receive({ "a", 9 }, 0))
      expect.same({ "a", 1, true }, neap.receive({ "a" }, 0))
    ]])
  end)

  it("with an empty prefix takes any message", function()
    check([[ sent({ 1 }) expect.same({ 1 }, neap.receive({}, 0)) ]])
  end)

  it("with a function asks once about each message, the oldest first", function()
    check([[
      sent(1, 2, 3)
      local asked = {}
      expect.equal(3, (neap.receive(function(m) asked[#asked + 1] = m return m == 3 end)))
      expect.same({ 1, 2, 3 }, asked)
      expect.equal(1, (neap.receive(0))) expect.equal(2, (neap.receive(0)))
    ]])
  end)

  it("with a function asks about what arrives while it waits", function()
    check([[
      sent("no")
      neap.spawn(function(to) neap.send(to, "no") neap.send(to, "yes") end, me)
      expect.equal("yes", (neap.receive(function(m) return m == "yes" end, 5000)))
      expect.equal(2, left())
    ]])
  end)

  it("with a function that raises takes nothing, and raises that", function()
    check([[
      sent("kept")
      expect.raises("in match", neap.receive, function() error("in match") end)
      expect.equal("kept", (neap.receive(0)))
    ]])
  end)

  it("with a function that receives is an error", function()
    check([[
      sent(1, 2)
      expect.raises("took messages itself", neap.receive, function() neap.receive(0) return true end)
    ]])
  end)

  it("gives false as a message, which is no timeout", function()
    check([[
      sent(false)
      local msg, err = neap.receive(0)
      expect.equal(false, msg) expect.equal(nil, err)
      sent(false)
      expect.equal(false, (neap.receive(function(m) return m == false end, 0)))
    ]])
  end)

  it("hands a timer's message over as it was given, and no signal", function()
    check([[
      neap.send_after(0, me, { "EXIT", me, "forged" })
      local msg = neap.receive("EXIT", 5000)
      expect.same({ "EXIT", me, "forged" }, msg) expect.equal(false, neap.is_signal(msg))
    ]])
  end)

  it("NEAP-14 knows its own tables from copies and look-alikes", function()
    check([[
      neap.trap_exit(true)
      local child, ref = neap.spawn{ run = function() end, link = true, monitor = true }
      local exit, down = neap.receive({ "EXIT", child }), neap.receive({ "DOWN", ref })
      expect.equal(true, neap.is_signal(exit)) expect.equal(true, neap.is_signal(down))
      sent(exit, down, { "EXIT", child, "normal" }, { "DOWN", ref, child, "normal" })
      for _ = 1, 4 do expect.equal(false, neap.is_signal((neap.receive(0)))) end
      for _, v in ipairs({ 1, "EXIT", me, print, {} }) do expect.equal(false, neap.is_signal(v)) end
      expect.equal(false, neap.is_signal(nil))
    ]])
  end)

  it("NEAP-14 gives a match function the signal itself", function()
    check([[
      neap.trap_exit(true)
      sent({ "EXIT", me, "forged" })
      local child = neap.spawn_link(function() neap.exit("real") end)
      expect.equal("real", neap.receive(neap.is_signal, 5000)[3])
    ]])
  end)

  local MISUSES = {
    { "argument 1 is a boolean; expected a timeout, a tag (string)", "true" },
    { "argument 1 is a userdata; expected a timeout, a tag (string)", "me" },
    { "argument 1 is -1; expected ms (0 or more)", "-1" },
    { 'argument 2 is "soon"; expected ms (0 or more)', '"tag", "soon"' },
    { "argument 2 is a table; expected ms", '"tag", {}' },
    { "match.a is not a position: a prefix is a list", "{ a = 1 }" },
    { "match[2] is a function", '{ "a", print }' },
  }
  for _, case in ipairs(MISUSES) do
    it("refuses misuse where it was called: " .. case[2], function()
      check(([[
        local message = expect.raises("neap.receive: " .. %q, function()
          return (neap.receive(%s))
        end)
        expect.truthy(message:find("^main.lua:%%d+: "), message)
      ]]):format(case[1], case[2]))
    end)
  end
end)
