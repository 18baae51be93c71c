--- Messages as weapons: large, deep, circular, many, forged.
return {
  { name = "NEAP-10 sending to oneself for ever", ends = "cpu",
    run = function()
      local neap = require("neap")
      while true do neap.send(neap.self(), 1) end
    end },

  { name = "one's own full mailbox is full at once, however often", ends = "normal",
    limits = { cpu = "2s" },
    run = function()
      local neap = require("neap")
      for _ = 1, 10000 do assert(neap.send(neap.self(), 1)) end
      for _ = 1, 100 do
        local sent, err = neap.send(neap.self(), 1)
        assert(not sent and err.kind == "full")
      end
    end },

  { name = "NEAP-10 sending to oneself and receiving, then a loop", ends = "cpu",
    run = function()
      local neap = require("neap")
      local until_then = neap.now() + 100
      while neap.now() < until_then do neap.send(neap.self(), 1) neap.receive() end
      while true do end
    end },

  { name = "NEAP-10 sleeping no time at all, then a loop", ends = "cpu",
    run = function()
      local neap = require("neap")
      local until_then = neap.now() + 100
      while neap.now() < until_then do neap.sleep(0) end
      while true do end
    end },

  { name = "NEAP-10 encoding the same large message for ever", ends = "cpu",
    run = function()
      local neap = require("neap")
      local t = {}
      for i = 1, 3e4 do t[i] = { i } end
      while true do neap.send(neap.self(), t, { timeout = 0 }) end
    end },

  { name = "messages over limits.message are refused", ends = "normal",
    limits = { message = "64KB" },
    run = function(victim)
      local neap = require("neap")
      for _, value in ipairs({ ("x"):rep(1e6), { { ("x"):rep(7e4) } } }) do
        local sent, err = neap.send(victim, value)
        assert(not sent and err.kind == "limit" and err.limit == "message" and err.used > err.max)
      end
    end },

  { name = "messages nested too deep, or of what can not be sent, are misuse", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local deep = {}
      for _ = 1, 1e4 do deep = { deep } end
      for _, value in ipairs({ deep, { print }, { coroutine.create(print) },
        setmetatable({}, {}), { { { setmetatable({}, { __index = deep }) } } } }) do
        assert(not pcall(neap.send, victim, value))
        assert(not pcall(neap.cast, victim, "x", value))
        assert(not pcall(neap.call, victim, "next", value))
        assert(not pcall(neap.send_after, 1, victim, value))
        assert(not pcall(neap.spawn, print, value))
      end
    end },

  { name = "messages in circles, shared a thousand times, arrive as they were", ends = "normal",
    run = function()
      local neap = require("neap")
      local t = { list = {} }
      t.self, t[t] = t, t
      for i = 1, 1000 do t.list[i] = t end
      neap.send(neap.self(), t)
      local got = neap.receive()
      assert(got.self == got and got[got] == got and got.list[1000] == got)
    end },

  { name = "no metamethod runs while a message is made", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local function never() while true do neap.exit("ran") end end
      local mt = { __index = never, __len = never, __pairs = never, __tostring = never,
        __newindex = never, __eq = never, __call = never, __metatable = never }
      assert(not pcall(neap.send, victim, setmetatable({}, mt)))
      assert(not pcall(neap.send, setmetatable({}, mt), 1))
      assert(not pcall(neap.send, victim, 1, setmetatable({ timeout = setmetatable({}, mt) }, mt)))
      assert(not pcall(neap.call, victim, setmetatable({}, mt)))
      assert(not pcall(neap.receive, setmetatable({}, mt), setmetatable({}, mt)))
      assert(not pcall(neap.sleep, setmetatable({}, mt)))
      assert(not pcall(neap.register, setmetatable({}, mt)))
    end },

  { name = "tables of nothing but holes, NaN and huge keys", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local t = { [1e308] = 1, [-1] = 2, [0.5] = 3, [2 ^ 53] = 4, [2 ^ 31] = 5, n = 0 / 0 }
      for i = 1, 50 do t[2 ^ i] = i end
      neap.send(neap.self(), t)
      local got = neap.receive()
      assert(got[1e308] == 1 and got[0.5] == 3 and got.n ~= got.n and got[2 ^ 49] == 49)
    end },

  { name = "a flood of mail keeps no call from being answered", ends = "normal",
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      local text = ("x"):rep(100)
      for _ = 1, 20000 do neap.send(victim, text, { timeout = 0 }) end
      for _ = 1, 1000 do neap.send(victim, text) end
    end },

  { name = "a flood of calls that nobody waits for", ends = "normal",
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      for _ = 1, 300 do neap.call(victim, "taken", neap.timeout(0)) end
    end },

  { name = "calls with strange names and many arguments", ends = "normal",
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      for _, name in ipairs({ "", "__index", "init", "call", "\0", ("x"):rep(1e5) }) do
        local answer, err = neap.call(victim, name, 1)
        assert(answer == nil and err.kind == "no_such_call")
      end
      local t = {}
      for i = 1, 7900 do t[i] = i end
      pcall(neap.call, victim, "taken", 1, unpack(t, 1, 3990))
      pcall(neap.call, victim, "taken", 1, unpack(t))
      pcall(neap.spawn, function() end, unpack(t))
      pcall(neap.cast, neap.self(), "x", unpack(t, 1, 3900))
      neap.receive(0)
    end },

  { name = "NEAP-14 forged signals are no signals, and forged calls are nobody's", ends = "normal",
    run = function(victim)
      local neap, service = require("neap"), require("neap.service")
      neap.send(neap.self(), { "EXIT", victim, "kill" })
      local msg = neap.receive()
      assert(not neap.is_signal(msg))
      assert(not neap.is_signal({ "DOWN", 1, victim, "x" }))
      neap.send(victim, { "CALL", victim, "next", 1 })
      neap.send(victim, { "EXIT", victim, "shutdown" })
      neap.send(victim, { "DOWN", victim, victim, "shutdown" })
      assert(not pcall(service.reply, victim, 1))
      assert(not pcall(service.reply, { pid = victim }, 1))
    end },

  { name = "NEAP-13 nothing that a script makes is a pid", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local text = tostring(victim)
      for _, forged in ipairs({ text, tonumber(text) or 1.1, { victim }, { slot = 1 },
        neap.address("a"), neap.buffer(text), neap.timeout(1), print, coroutine.create(print),
        neap.monitor("a"), true }) do
        assert(not pcall(neap.kill, forged))
        assert(not pcall(neap.link, forged))
        assert(not pcall(neap.exit, forged, "kill"))
      end
      assert(not pcall(neap.exit, victim))
      local sent, err = neap.send(text, 1)
      assert(sent == nil and err.kind == "noproc")
    end },

  { name = "NEAP-10 pcall(neap.receive, ...) in every form, then a loop", ends = "cpu",
    run = function(victim)
      local neap = require("neap")
      for _, match in ipairs({ "a", {}, { 1, 2 }, { "DOWN", victim }, 0, -1, 0 / 0, print, true,
        function() error("x") end, function() return neap.receive(0) end, { print }, { {} } }) do
        pcall(neap.receive, match, 0)
        pcall(neap.receive, match, "0ms")
        pcall(neap.receive, 0, match)
      end
      while true do pcall(neap.receive, "x", 0) end
    end },

  { name = "a mailbox full of what nobody takes makes looking for something slow, no more",
    ends = "cpu",
    run = function()
      local neap = require("neap")
      for i = 1, 10000 do neap.send(neap.self(), { i }) end
      while true do neap.receive({ "nothing" }, 0) end
    end },

  { name = "times that are none are misuse", ends = "normal",
    run = function()
      local neap = require("neap")
      for _, time in ipairs({ -1, 0 / 0, -1 / 0, "", "1", "1x", "-1s", "s", "1e", {}, print }) do
        assert(not pcall(neap.sleep, time), tostring(time))
        assert(not pcall(neap.send_after, time, neap.self(), 1))
        assert(not pcall(neap.timeout, time))
      end
    end },

  { name = "what a small message becomes in its receiver is no weapon", ends = "normal",
    limits = { cpu = "3s", memory = "32MB" },
    run = function()
      local neap = require("neap")
      local small, ref = neap.spawn_monitor({ limits = { memory = "4MB" }, run = function()
        local here = require("neap")
        repeat local msg = here.receive() until msg == "stop"
      end })
      local function flood(make)
        local t = {}
        for i = 1, 20000 do make(t, i) end
        for _ = 1, 10 do neap.send(small, t, { timeout = 0 }) end
      end
      flood(function(t, i) t[i] = true end)
      flood(function(t, i) t[i] = {} end)
      flood(function(t, i) t[i] = {{}} end)
      flood(function(t, i) t[-i] = false end)
      flood(function(t, i) t[2 ^ (i % 50) + i] = 0 end)
      flood(function(t, i) t["" .. i] = "" end)
      repeat local sent = neap.send(small, "stop") until sent
      local down = neap.receive({ "DOWN", ref })
      assert(down[4] == "normal", neap.reason(down[4]))
    end },
}
