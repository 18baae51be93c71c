--- Links, monitors and exit signals as weapons.
return {
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

  { name = "a ring of links, of which one breaks", ends = "boom", limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local function member(boss)
        local here = require("neap")
        while true do
          local to = here.receive()
          if to == "end" then here.exit("boom") end
          here.link(to)
          here.send(boss, "linked")
        end
      end
      local ring = {}
      for i = 1, 40 do ring[i] = neap.spawn_link(member, neap.self()) end
      for i = 1, 40 do neap.send(ring[i], ring[i % 40 + 1]) end
      for _ = 1, 40 do neap.receive() end
      neap.send(ring[7], "end")
      neap.receive("never")
    end },

  { name = "a mesh of links that is killed at one corner", ends = "killed",
    limits = { cpu = "1s", handles = 1000 },
    run = function()
      local neap = require("neap")
      local function member(others)
        local here = require("neap")
        for _, pid in ipairs(others) do here.link(pid) end
        here.receive()
      end
      local mesh = {}
      for i = 1, 20 do mesh[i] = neap.spawn_link(member, { unpack(mesh) }) end
      neap.sleep(2)
      neap.kill(mesh[3])
      neap.receive("never")
    end },

  { name = "traps that answer each end with another", ends = "normal", limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      neap.trap_exit(true)
      local function dies() require("neap").exit("again") end
      for _ = 1, 100 do
        local pid = neap.spawn_link(dies)
        assert(neap.receive({ "EXIT", pid })[3] == "again")
      end
    end },

  { name = "a link with oneself, with the dead, with what is none", ends = "normal",
    run = function()
      local neap = require("neap")
      neap.trap_exit(true)
      neap.link(neap.self())
      neap.unlink(neap.self())
      local dead, ref = neap.spawn_monitor(function() end)
      neap.receive({ "DOWN", ref })
      neap.link(dead)
      assert(neap.receive({ "EXIT", dead })[3] == "noproc")
      for _, value in ipairs({ 1, "victim", {}, true, print, neap.address("victim") }) do
        assert(not pcall(neap.link, value) and not pcall(neap.unlink, value))
      end
      assert(not pcall(neap.link))
      neap.unlink(dead)
    end },

  { name = "reasons as large as may be, to a crowd of links", ends = "value",
    limits = { cpu = "2s", memory = "32MB", handles = 1000 },
    run = function()
      local neap = require("neap")
      local function waits() require("neap").receive() end
      for _ = 1, 100 do neap.spawn_link(waits) end
      neap.exit({ why = ("x"):rep(1e6) })
    end },

  { name = "exit signals with reasons that can not be sent", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local circle = {}
      circle.circle = circle
      for _, reason in ipairs({ circle, { print }, { coroutine.create(print) }, { ("x"):rep(1e5) },
        setmetatable({}, { __tostring = function() while true do end end }) }) do
        local pid, ref = neap.spawn_monitor(function() require("neap").receive() end)
        if not pcall(neap.exit, pid, reason) then neap.kill(pid) end
        assert(neap.receive({ "DOWN", ref })[4] ~= nil)
      end
    end },

  { name = "exit signals to a trapping process that takes none of them",
    ends = { "cpu", "mailbox" },
    run = function()
      local neap = require("neap")
      local deaf, ref = neap.spawn_monitor({ limits = { handles = 10 },
        mailbox = { bytes = "16KB" }, run = function()
          require("neap").trap_exit(true)
          require("neap").sleep("1h")
        end })
      while true do
        neap.exit(deaf, { "go", ("x"):rep(100) })
        if neap.receive({ "DOWN", ref }, 0) then neap.exit({ limit = "mailbox" }) end
      end
    end },

  { name = "monitors of each other, all ending at once", ends = "normal", limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local function member(others)
        local here = require("neap")
        for _, pid in ipairs(others) do here.monitor(pid) end
        here.receive()
      end
      local all, refs = {}, {}
      for i = 1, 30 do all[i], refs[i] = neap.spawn_monitor(member, { unpack(all) }) end
      for _, pid in ipairs(all) do neap.kill(pid) end
      for _, ref in ipairs(refs) do assert(neap.receive({ "DOWN", ref })[4] == "killed") end
    end },

  { name = "a ref that is given away is no right to take the monitor off", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      local pid, ref = neap.spawn_monitor(function() require("neap").receive() end)
      local _, other = neap.spawn_monitor(function(its) require("neap").demonitor(its) end, ref)
      neap.receive({ "DOWN", other })
      neap.kill(pid)
      assert(neap.receive({ "DOWN", ref }, 5000)[4] == "killed")
    end },

  { name = "trapping on and off while exits arrive", ends = { "cpu", "boom" },
    run = function()
      local neap = require("neap")
      while true do
        neap.trap_exit(true)
        neap.spawn_link(function() require("neap").exit("boom") end)
        neap.receive(0)
        neap.trap_exit(false)
      end
    end },

  { name = "children that outlive their parent and look for it", ends = "over",
    limits = { cpu = "1s" },
    run = function()
      local neap = require("neap")
      for _ = 1, 50 do
        neap.spawn(function(parent)
          local here = require("neap")
          here.receive({ "DOWN", (here.monitor(parent)) })
        end, neap.self())
      end
      neap.exit("over")
    end },
}
