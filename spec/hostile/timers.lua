--- Timers as weapons: too many, too soon, too late, to those who are gone.
return {
  { name = "timers: as many as limits.handles, gone with their process", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local refused
      for _ = 1, 200 do
        local timer, err = neap.send_after("1h", victim, { ("x"):rep(1000) })
        refused = refused or not timer and err
      end
      assert(refused.kind == "limit")
    end },

  { name = "timers: setting and cancelling for ever", ends = "cpu",
    run = function(victim)
      local neap = require("neap")
      while true do neap.cancel(neap.send_after(1000, victim, 1)) end
    end },

  { name = "timers of no time at all to oneself", ends = "cpu",
    run = function()
      local neap = require("neap")
      while true do neap.send_after(0, neap.self(), 1) end
    end },

  { name = "timers of all the time there is", ends = "normal",
    run = function()
      local neap = require("neap")
      for _, time in ipairs({ 2 ^ 31, 2 ^ 53, 2 ^ 63, 2 ^ 64, 1e300, math.huge, "999999999h" }) do
        local ok, timer = pcall(neap.send_after, time, neap.self(), 1)
        if ok and timer then assert(neap.cancel(timer), tostring(time)) end
      end
      assert(neap.receive(0) == nil)
    end },

  { name = "timers to the dead and to names that are nobody's", ends = "normal",
    run = function()
      local neap = require("neap")
      local dead, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref })
      for i = 1, 45 do
        assert(neap.send_after(0, dead, i) and neap.send_after(i % 3, "nobody" .. i, i))
      end
      neap.sleep(5)
      for i = 1, 90 do assert(neap.send_after("1h", "nobody", i), i) end
    end },

  { name = "a timer cancelled by who was sent it, twice, and after it rang", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local timer = neap.send_after("1h", neap.self(), 1)
      local _, ref = neap.spawn_monitor(function(its)
        local here = require("neap")
        assert(here.cancel(its) == false)
        assert(not pcall(here.cancel, tostring(its)))
      end, timer)
      local down = neap.receive({ "DOWN", ref })
      assert(down[4] == "normal", neap.reason(down[4]))
      assert(neap.cancel(timer) and neap.cancel(timer) == false)
      local rings = neap.send_after(0, neap.self(), "rang")
      assert(neap.receive() == "rang" and neap.cancel(rings) == false)
    end },

  { name = "timers of nothing that a timer is", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      for _, value in ipairs({ 0, 1, "timer 1", {}, victim, print, neap.monitor("a"), true }) do
        assert(not pcall(neap.cancel, value))
      end
      assert(not pcall(neap.cancel))
    end },

  { name = "a chain of processes that wake each other by timers, cut at its end", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local function relay(n)
        local here = require("neap")
        if n > 0 then here.send_after(0, here.spawn_link(relay, n - 1), n) end
        here.receive()
        here.receive("never")
      end
      local first = neap.spawn(relay, 30)
      neap.send_after(1, first, "go")
      neap.sleep(3)
      neap.kill(first)
    end },

  { name = "timers to a process that does not take them are not refused, and end with their maker",
    ends = "normal", limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local full = neap.spawn_link({ run = function() require("neap").sleep("1h") end,
        mailbox = { messages = 1, policy = "reject" } })
      for _ = 1, 5 do
        for _ = 1, 50 do assert(neap.send_after(0, full, "more")) end
        neap.sleep(1)
      end
      neap.kill(full)
    end },

  { name = "sleeping and waiting with times that end now, for ever", ends = { "cpu", "normal" },
    run = function()
      local neap = require("neap")
      local stop = neap.now() + 30
      repeat
        neap.sleep(0.001) neap.receive("x", 0.001) neap.call("victim", "taken", neap.timeout(0.001))
      until neap.now() > stop
    end },

  { name = "a message as large as may be in each timer", ends = "normal",
    limits = { message = "64KB", memory = "32MB", cpu = "1s" },
    run = function()
      local neap = require("neap")
      local set, refused = 0, nil
      for i = 1, 100 do
        local timer, err = neap.send_after("1h", neap.self(), neap.buffer(("x"):rep(30000) .. i))
        set, refused = set + (timer and 1 or 0), refused or err
      end
      assert(set <= 2 and refused.limit == "message")
    end },
}
