--- Names as weapons: as many as there may be, those of others, none at all.
return {
  { name = "names: as many as limits.handles, free again afterwards", ends = "normal",
    run = function(_, tag)
      local neap = require("neap")
      local refused
      for i = 1, 200 do
        local ok, err = neap.register(("flood%s.%d"):format(tag, i))
        refused = refused or not ok and err
      end
      assert(refused.kind == "limit" and refused.limit == "handles")
    end },

  { name = "names: registering and dropping for ever", ends = "cpu",
    run = function(_, tag)
      local neap = require("neap")
      local name = "again" .. tag
      while true do neap.register(name) neap.whereis(name) neap.unregister(name) end
    end },

  { name = "names that are none", ends = "normal",
    run = function(_, tag)
      local neap = require("neap")
      for _, name in ipairs({ "", " ", "1a", "a b", "a\0b", ("a"):rep(129), "\255", "a/b" }) do
        assert(not pcall(neap.register, name))
        pcall(neap.whereis, name)
        pcall(neap.address, name)
        pcall(neap.send, name, 1)
        pcall(neap.monitor, name)
      end
      assert(neap.register("x" .. tag .. ("a"):rep(100)))
    end },

  { name = "the victim's name can not be taken, its pid given no other owner", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local ok, err = neap.register("victim")
      assert(not ok and err.kind == "taken" and err.pid == victim)
      ok, err = neap.spawn({ run = print, name = "victim" })
      assert(not ok and err.kind == "taken")
    end },

  { name = "names of a child, given again and again, and all gone with it", ends = "normal",
    limits = { cpu = "1s" },
    run = function(_, tag)
      local neap = require("neap")
      local function waits() require("neap").receive() end
      for round = 1, 5 do
        local child, ref = neap.spawn_monitor(waits)
        for i = 1, 50 do assert(neap.register(("of%s.%d"):format(tag, i), child)) end
        neap.kill(child)
        neap.receive({ "DOWN", ref })
        for i = 1, 50 do
          assert(neap.whereis(("of%s.%d"):format(tag, i)) == nil, round)
        end
      end
    end },

  { name = "names given to another do not use up its handles", ends = "normal",
    limits = { cpu = "1s" },
    run = function(_, tag)
      local neap = require("neap")
      local other, ref = neap.spawn_monitor({ limits = { handles = 10 }, run = function()
        local here = require("neap")
        here.receive("go")
        for _ = 1, 9 do assert(here.send_after("1h", here.self(), 1)) end
        assert(here.spawn(function() end))
      end })
      local given, refused = 0, nil
      for i = 1, 50 do
        local ok, err = neap.register(("given%s.%d"):format(tag, i), other)
        given, refused = given + (ok and 1 or 0), refused or err
      end
      assert(given == 10 and refused.kind == "limit" and refused.limit == "handles")
      neap.send(other, { "go" })
      local down = neap.receive({ "DOWN", ref })
      assert(down[4] == "normal", neap.reason(down[4]))
    end },

  { name = "names of the dead are nobody's", ends = "normal",
    run = function(_, tag)
      local neap = require("neap")
      local dead, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref })
      for i = 1, 100 do
        local ok, err = neap.register(("dead%s.%d"):format(tag, i), dead)
        assert(not ok and err.kind == "noproc")
      end
    end },

  { name = "names taken between two looks of who sends to them", ends = "cpu",
    run = function(_, tag)
      local neap = require("neap")
      local function crowd(name)
        local here = require("neap")
        while true do here.register(name) pcall(here.unregister, name) here.sleep(0) end
      end
      local name = "race" .. tag
      for _ = 1, 3 do neap.spawn_link(crowd, name) end
      while true do
        neap.send(name, 1, { timeout = 0 }) neap.whereis(name) neap.info(name)
        neap.demonitor(neap.monitor(name), { flush = true })
      end
    end },

  { name = "addresses of a million names that are nobody's", ends = { "cpu", "memory" },
    run = function()
      local neap, n = require("neap"), 0
      while true do n = n + 1 neap.send(neap.address("none." .. n), 1, { timeout = 0 }) end
    end },

  { name = "names that are looked up for ever and are not there", ends = "cpu",
    run = function()
      local neap, n = require("neap"), 0
      while true do
        n = n + 1
        neap.whereis("n" .. n) neap.send("n" .. n, 1) neap.info("n" .. n)
        neap.call("n" .. n, "x") pcall(neap.unregister, "n" .. n)
      end
    end },

  { name = "a child of a taken name, again and again", ends = "cpu",
    run = function(victim)
      local neap = require("neap")
      while true do
        local pid, err = neap.spawn({ run = print, name = "victim" })
        assert(not pid and err.kind == "taken" and err.pid == victim)
      end
    end },
}
