--- As many as there may be of everything a process can hold, and then more.
return {
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
