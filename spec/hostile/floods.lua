--- As many as there may be of everything a process can hold, and then more.
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

  { name = "monitors: as many as limits.handles, of one victim", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local made = 0
      for _ = 1, 200 do if neap.monitor(victim) then made = made + 1 end end
      assert(made <= 100)
    end },

  { name = "monitors: of nobody, for ever", ends = { "cpu", "memory", "mailbox" },
    run = function()
      local neap = require("neap")
      while true do neap.monitor("nobody") end
    end },

  { name = "monitors: on and off for ever", ends = "cpu",
    run = function(victim)
      local neap = require("neap")
      while true do neap.demonitor(neap.monitor(victim), { flush = true }) end
    end },

  { name = "links: on and off for ever", ends = "cpu",
    run = function()
      local neap = require("neap")
      local child = neap.spawn(function(parent)
        require("neap").monitor(parent)
        require("neap").receive()
      end, neap.self())
      while true do neap.unlink(child) neap.link(child) end
    end },

  { name = "links: to the dead, while trapping", ends = { "cpu", "memory", "mailbox" },
    run = function()
      local neap = require("neap")
      neap.trap_exit(true)
      local dead, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref })
      while true do neap.link(dead) end
    end },

  { name = "exit signals `normal` to the victim for ever", ends = "cpu",
    run = function(victim)
      local neap = require("neap")
      while true do neap.exit(victim, "normal") end
    end },

  { name = "processes: no more children than limits.handles", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local children, refused = {}, nil
      for i = 1, 150 do
        local pid, err = neap.spawn_link(function() require("neap").receive() end)
        children[i], refused = pid, refused or not pid and err
      end
      assert(#children <= 100 and refused.kind == "limit")
      neap.trap_exit(true)
      for _, pid in ipairs(children) do neap.kill(pid) neap.receive({ "EXIT", pid }) end
    end },

  { name = "processes: spawning and forgetting for ever", ends = "cpu",
    limits = { cpu = "100ms" },
    run = function()
      local neap = require("neap")
      while true do neap.spawn(function() end) end
    end },

  { name = "processes: a chain, each of which ends its parent", ends = { "killed", "normal" },
    run = function()
      local neap = require("neap")
      local link
      link = function(parent, n)
        local here = require("neap")
        if n == 0 then return end
        here.spawn(link, here.self(), n - 1)
        here.kill(parent)
        here.receive(5000)
      end
      neap.spawn(link, neap.self(), 50)
      neap.receive(5000)
    end },

  { name = "processes: a linked crowd that dies at once", ends = "boom",
    limits = { cpu = "1s", handles = 1000 },
    run = function()
      local neap = require("neap")
      for _ = 1, 200 do neap.spawn_link(function() require("neap").receive() end) end
      neap.exit("boom")
    end },

  { name = "processes: a linked crowd of which one runs out of time", ends = "cpu",
    limits = { cpu = "1s", handles = 1000 },
    run = function()
      local neap = require("neap")
      for _ = 1, 50 do neap.spawn_link(function() require("neap").receive() end) end
      neap.spawn_link({ run = function() while true do end end, limits = { cpu = "20ms" } })
      neap.receive()
    end },

  { name = "log lines: large, binary and forged ones", ends = "normal",
    run = function()
      local neap = require("neap")
      print(("x"):rep(1e5))
      print("\27[2J\r\n2026-01-01 00:00:00.000 error - node.stop name=forged")
      neap.log.info("event", { key = "a\nb", ["b c"] = "\0", n = 0 / 0, t = { 1, { 2 } } })
      assert(not pcall(neap.log.info, {}))
    end },

  { name = "buffers: cut, measured and sent in every wrong way", ends = "normal",
    run = function()
      local neap = require("neap")
      local b = neap.buffer("hello")
      for _, at in ipairs({ -1e9, -1, 0, 1, 6, 1e9, 2 ^ 53, 0 / 0, 1 / 0 }) do
        pcall(b.sub, b, at, at) pcall(b.sub, b, 1, at) pcall(b.sub, b, at)
      end
      assert(not pcall(b.sub, "x", 1) and not pcall(b.tostring, neap.self()))
      neap.send(neap.self(), { b, b, { b } })
      local got = neap.receive()
      assert(got[3][1]:tostring() == "hello")
    end },
}
