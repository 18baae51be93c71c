--- Coroutines, metamethods and waiting in odd places.
return {
  { name = "NEAP-10 a loop inside a coroutine", ends = "cpu",
    run = function() coroutine.wrap(function() while true do end end)() end },

  { name = "NEAP-10 coroutines that are made and run for ever", ends = "cpu",
    run = function()
      while true do
        local co = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
        for _ = 1, 10 do co() end
      end
    end },

  { name = "NEAP-10 two coroutines that hand over to each other", ends = "cpu",
    run = function()
      local co = coroutine.wrap(function() while true do coroutine.yield() end end)
      while true do co() end
    end },

  { name = "NEAP-10 a loop a hundred coroutines deep", ends = "cpu",
    run = function()
      local function dig(n)
        if n == 0 then while true do end end
        return coroutine.wrap(dig)(n - 1)
      end
      dig(100)
    end },

  { name = "NEAP-09 coroutines in coroutines without an end",
    ends = { "memory", "error", "fault" }, limits = { cpu = "5s" },
    run = function()
      local function dig() return coroutine.wrap(dig)() end
      dig()
    end },

  { name = "coroutines in gsub in coroutines without an end",
    ends = { "memory", "error", "fault", "cpu" }, limits = { cpu = "2s" }, copies = 1,
    run = function()
      local function dig()
        return (("a"):gsub("a", function() return coroutine.wrap(dig)() end))
      end
      dig()
    end },

  { name = "NEAP-10 waiting in coroutine.wrap in a loop is done, then time is up", ends = "cpu",
    run = function()
      local neap = require("neap")
      local co = coroutine.wrap(function()
        for _ = 1, 5 do
          neap.sleep(1)
          neap.receive(0)
        end
        while true do end
      end)
      while true do co() end
    end },

  { name = "waiting many coroutines deep comes back to where it was", ends = "normal",
    limits = { cpu = "2s" },
    run = function()
      local neap = require("neap")
      local function dig(n)
        if n == 0 then return neap.sleep(1) and 7 end
        return coroutine.wrap(dig)(n - 1)
      end
      assert(dig(100) == 7)
    end },

  { name = "NEAP-10 an __index that never ends", ends = "cpu",
    run = function()
      return setmetatable({}, { __index = function() while true do end end }).x
    end },

  { name = "NEAP-10 an __index chain in a circle is left by an error, for ever", ends = "cpu",
    run = function()
      local a, b = {}, {}
      setmetatable(a, { __index = b })
      setmetatable(b, { __index = a })
      while true do pcall(function() return a.x end) end
    end },

  { name = "NEAP-10 metamethods of every kind that call each other", ends = "cpu",
    run = function()
      local mt = {}
      local t = setmetatable({}, mt)
      local function again() return pcall(function() return t + t end) end
      mt.__add, mt.__concat, mt.__eq, mt.__lt, mt.__call, mt.__newindex, mt.__unm =
        again, again, again, again, again, again, again
      while true do pcall(function() return t + t .. t, t < t, t(), -t end) end
    end },

  { name = "NEAP-10 an __tostring that never ends", ends = "cpu",
    run = function()
      print(setmetatable({}, { __tostring = function() while true do end end }))
    end },

  { name = "NEAP-10 waiting where it can not be waited, for ever", ends = "cpu",
    run = function()
      local neap = require("neap")
      while true do
        pcall(table.sort, { 2, 1 }, function() return neap.receive() end)
        pcall(string.gsub, "a", ".", function() return neap.sleep(10) end)
        pcall(string.gsub, "a", ".", function() return neap.call("victim", "taken") end)
      end
    end },

  { name = "NEAP-10 turns do not end below a C function: sleep(0) in a comparator", ends = "cpu",
    run = function()
      local neap = require("neap")
      table.sort({ 2, 1 }, function() while true do neap.sleep(0) end end)
    end },

  { name = "NEAP-10 turns do not end below a C function: mail in a gsub", ends = "cpu",
    run = function()
      local neap = require("neap")
      local me = neap.self()
      string.gsub("a", ".", function() while true do neap.send(me, 1) neap.receive() end end)
    end },

  { name = "a coroutine whose call was given up leaves no open call", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local co = coroutine.create(function() return neap.call(victim, "taken") end)
      pcall(table.sort, { 2, 1 }, function() assert(coroutine.resume(co)) end)
      neap.receive(0)
      assert(neap.call(victim, "taken"))
      neap.receive(0)
    end },

  { name = "waits of every kind that were given up, in every order, leave nothing open",
    ends = "shutdown", limits = { cpu = "3s", handles = 1000 },
    run = function(victim)
      local neap, service, fs = require("neap"), require("neap.service"), require("neap.fs")
      local full = neap.spawn_link({ run = function() require("neap").sleep("1h") end,
        mailbox = { messages = 1 } })
      neap.send(full, 1)
      local idle = service.define({ init = function() return {} end })
      local waits = {
        function() return neap.send(full, 2, { timeout = 1 }) end,
        function() return neap.call(victim, "taken") end,
        function() return neap.call(full, "nothing", neap.timeout(1)) end,
        function() return neap.receive("never", 1) end,
        function() return neap.sleep(1) end,
        function() return fs.list(".") end,
        function() return fs.read("main.lua") or fs.stat("app.lua") end,
        function() return service.start_link(idle) end,
      }
      local stuck = {
        function(f) pcall(table.sort, { 2, 1 }, f) end,
        function(f) pcall(string.gsub, "a", ".", f) end,
        function(f)
          local co = coroutine.create(f)
          pcall(table.sort, { 2, 1 }, function() coroutine.resume(co) end)
          return co
        end,
        function(f) xpcall(error, f) end,
        function(f) pcall(tostring, setmetatable({}, { __tostring = f })) end,
      }
      for _, first in ipairs(waits) do
        for _, second in ipairs(waits) do
          for _, give_up in ipairs(stuck) do
            local co = give_up(first)
            give_up(second)
            pcall(second)
            if co then pcall(coroutine.resume, co, true, victim) end
            pcall(first)
          end
        end
      end
      while neap.receive(0) do neap.time() end
      assert(neap.call(victim, "taken"))
      neap.exit("shutdown")                     -- and with it all that was started
    end },

  { name = "a coroutine that waits for mail can not be given mail it did not get",
    ends = "error", says = "took messages itself",
    run = function(victim)
      local neap = require("neap")
      local co = coroutine.create(function()
        return neap.receive(function() return true end)
      end)
      pcall(table.sort, { 2, 1 }, function() coroutine.resume(co) end)
      local ok, message = coroutine.resume(co, "message", victim)
      error(not ok and message or "accepted", 0)
    end },

  { name = "a match function that takes the mail it is asked about is a misuse",
    ends = "error", says = "took messages itself",
    run = function()
      local neap = require("neap")
      for i = 1, 100 do neap.send(neap.self(), { i }) end
      neap.receive(function()
        while neap.receive(0) do neap.time() end
        for i = 1, 100 do neap.send(neap.self(), { ("x"):rep(i) }) neap.receive(0) end
        return true
      end)
    end },

  { name = "a match function that flushes the mail it is asked about is a misuse",
    ends = "error", says = "took messages itself",
    run = function()
      local neap = require("neap")
      local ref = neap.monitor("nobody.of.this.name")
      neap.receive(function() return neap.demonitor(ref, { flush = true }) end)
    end },

  { name = "a yield out of the process itself is an error", ends = "error",
    says = "yield outside a coroutine", run = function() coroutine.yield(1) end },

  { name = "a coroutine resumed by itself, dead, or normal is an error", ends = "normal",
    run = function()
      local co
      co = coroutine.create(function() return coroutine.resume(co) end)
      assert(select(2, coroutine.resume(co)) == false)
      assert(coroutine.resume(co) == false)
      assert(not pcall(coroutine.wrap(error)))
    end },
}
