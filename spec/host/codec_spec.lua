local node = require("spec.support.node")

local TOOLS = [[
local me = neap.self()
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
--- There and back through another process.
local echo = neap.spawn(function()
  while true do local m = neap.receive() neap.send(m[1], { "back", m[2] }) end
end)
local function back(v)
  neap.send(echo, { me, v })
  return expect.truthy(neap.receive("back", 5000), "the echo")[2]
end
]]

local function check(source, options)
  node.check(TOOLS .. source, options)
end

describe("a message", function()
  after_each(node.cleanup)

  it("brings every kind of key", function()
    check([[
      local t = { [1] = "a", [2.5] = "b", [-1] = "c", [true] = "d", [false] = "e", [""] = "f",
        [me] = "g", [2 ^ 40] = "h", ["a\0b"] = "i" }
      expect.same(t, back(t))
    ]])
  end)

  it("brings lists with holes, long ones, and empty tables", function()
    check([[
      expect.same({ 1, nil, 3, nil, nil, 6 }, back({ 1, nil, 3, nil, nil, 6 }))
      local long = {} for i = 1, 20000 do long[i] = i end
      local got = back(long)
      expect.equal(20000, #got) expect.equal(19999, got[19999])
      expect.same({}, back({})) expect.same({ {}, {} }, back({ {}, {} }))
    ]])
  end)

  it("keeps the sign of zero, NaN and the infinities", function()
    check([[
      expect.equal(-1 / 0, 1 / back(-0.0)) expect.equal(1 / 0, 1 / back(0))
      expect.equal(-math.huge, back(-math.huge))
      local nan = back(0 / 0) expect.equal(false, nan == nan)
    ]])
  end)

  it("keeps shared and cyclic references, through keys too", function()
    check([[
      local a = { name = "a" } local b = { a, a, [a] = a } a.b = b
      local got = back(b)
      expect.equal(got[1], got[2]) expect.equal(got[1], got[got[1] ])
      expect.equal(got, got[1].b)
    ]])
  end)

  it("brings timers and error objects as what they are", function()
    check([[
      local timer = back(neap.send_after("60s", me, 1))
      expect.equal(true, neap.cancel(timer) > 0)
      local err = back(select(2, neap.send("nobody", 1)))
      expect.equal("noproc", err.kind) expect.truthy(tostring(err):find("^noproc: "))
    ]])
  end)

  it("brings a from that compares, and still answers", function()
    check([[
      local keeper = neap.spawn(function()
        local call = neap.receive("CALL")
        neap.send(call[4], { "from", call[2] })
        local again = neap.receive("again")
        expect.equal(true, again[2] == call[2])
        service.reply(again[2], "through the other")
      end)
      local other = neap.spawn(function(keeper)
        local m = neap.receive("from") neap.send(keeper, { "again", m[2] })
      end, keeper)
      expect.equal("through the other", (neap.call(keeper, "hold", other)))
    ]])
  end)

  it("shares the bytes of a buffer", function()
    check([[
      local buffer = neap.buffer(("x"):rep(1e6))
      local got = back(buffer)
      expect.equal(1e6, #got) expect.equal(1e6, #got:tostring())
      expect.equal("", back(neap.buffer("")):tostring())
      expect.raises("neap.buffer: argument 1 is a number; expected a string", neap.buffer, 5)
    ]])
  end)

  it("may be 200 deep and no deeper", function()
    check([[
      local function nest(n) local t = {} for _ = 2, n do t = { t } end return t end
      expect.truthy(back({ nest(190) }))
      expect.equal(true, neap.send(me, nest(200))) neap.receive(0)
      expect.raises("is nested deeper than 200", neap.send, me, nest(201))
      expect.equal(nil, (neap.receive(0)))
    ]])
  end)

  local REFUSED = {
    { "msg is a function", "print" },
    { "msg is a coroutine", "coroutine.create(print)" },
    { "msg has a metatable", "setmetatable({}, {})" },
    { "msg.items[3] has a metatable", "{ items = { 1, 2, setmetatable({}, {}) } }" },
    { 'msg["two words"].x is a function', '{ ["two words"] = { x = print } }' },
    { "msg[true] is a function", "{ [true] = print }" },
    { "msg[1.5][2] is a coroutine", "{ [1.5] = { 0, coroutine.create(print) } }" },
    { "msg has a key that is a function", "{ [print] = 1 }" },
    { "msg.a has a key that has a metatable", "{ a = { [setmetatable({}, {})] = 1 } }" },
  }
  for _, case in ipairs(REFUSED) do
    it("names what can not be sent: " .. case[1], function()
      check(([[
        local message = expect.raises("neap.send: " .. %q, function()
          return (neap.send(me, %s))
        end)
        expect.truthy(message:find("^main.lua:%%d+: "), message)
        expect.equal(nil, (neap.receive(0)))
      ]]):format(case[1], case[2]))
    end)
  end

  it("names the argument of a call, a cast, a reply and a timer that can not be sent", function()
    check([[
      expect.raises("neap.call: argument 3 is a function", neap.call, echo, "x", print)
      expect.raises("neap.cast: argument 4.a is a function", neap.cast, echo, "x", 1, { a = print })
      expect.raises("neap.send_after: msg is a function", neap.send_after, 1, me, print)
      local pid = neap.spawn(function()
        local from = neap.receive("CALL")[2]
        local ok, message = pcall(service.reply, from, 1, { x = print })
        service.reply(from, ok, message)
      end)
      local ok, message = neap.call(pid, "x")
      expect.equal(false, ok)
      expect.truthy(message:find("service.reply: reply 2.x is a function", 1, true), message)
    ]])
  end)

  it("is a plain copy after neap.plain", function()
    check([[
      local shared = setmetatable({ 1 }, {})
      local t = setmetatable({ a = shared, b = shared, list = { 1, 2 } }, { __index = { c = 1 } })
      t.me = t
      local copy = neap.plain(t)
      expect.equal(nil, getmetatable(copy)) expect.equal(nil, copy.c)
      expect.equal(copy, copy.me) expect.equal(copy.a, copy.b) expect.equal(false, copy == t)
      expect.same({ 1, 2 }, back(copy).list)
    ]])
  end)
end)

describe("an exit reason", function()
  after_each(node.cleanup)

  it("is any value, as it was given", function()
    check([[
      for _, value in ipairs({ "text", 7, 1.5, { "a", { b = 1 } }, { me }, "" }) do
        local _, ref = neap.spawn_monitor(function(v) neap.exit(v) end, value)
        expect.same(value, down(ref))
      end
      local _, ref = neap.spawn_monitor(function() neap.exit(false) end)
      expect.equal(false, down(ref))
    ]])
  end)

  it("has the text of what can not be sent in its place", function()
    check([[
      local _, ref = neap.spawn_monitor(function()
        neap.exit({ 1, function() end, co = coroutine.create(print), ok = "kept",
          t = setmetatable({}, {}) })
      end)
      local reason = down(ref)
      expect.equal(1, reason[1]) expect.equal("kept", reason.ok)
      expect.truthy(reason[2]:find("^function: main.lua:%d+$"), reason[2])
      expect.equal("coroutine", reason.co) expect.equal("table with a metatable", reason.t)
    ]])
  end)

  it("is cut at 64 KB", function()
    check([[
      for _, value in ipairs({ ("x"):rep(2e5), { ("x"):rep(2e5), 1 } }) do
        local _, ref = neap.spawn_monitor(function(v) neap.exit(v) end, value)
        local got = down(ref)
        local text = type(got) == "table" and got[1] or got
        expect.truthy(#text > 60000 and #text <= 65536, "length " .. #text)
      end
    ]])
  end)

  it("reads as one line", function()
    check([[
      expect.equal("normal", neap.reason("normal"))
      expect.equal("shutdown: why", neap.reason({ "shutdown", "why" }))
      local _, ref = neap.spawn_monitor(function() error("one\ntwo") end)
      local line = neap.reason(down(ref))
      expect.truthy(line:find("one", 1, true)) expect.equal(nil, line:find("\n", 1, true))
      expect.truthy(neap.reason(select(2, neap.send("nobody", 1))):find("^noproc: "))
      for _, v in ipairs({ 1, true, {}, { 1, { 2 } }, me, print }) do
        expect.equal("string", type(neap.reason(v)))
      end
      expect.equal("string", type(neap.reason(nil)))
    ]])
  end)

  it("may be asked for its kind when it is a string", function()
    check([[
      local pid, ref = neap.spawn_monitor(function() neap.receive() end)
      neap.kill(pid)
      expect.equal(nil, down(ref).kind)
    ]])
  end)
end)
