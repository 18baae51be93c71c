--- Errors as weapons: error objects, deep stacks, finalizers, exits.
return {
  { name = "NEAP-10 an error object whose __tostring never ends is not asked", ends = "error",
    run = function()
      error(setmetatable({}, { __tostring = function() while true do end end }))
    end },

  { name = "an error object in a circle, deep and large is cut", ends = "error",
    run = function()
      local t = { text = ("x"):rep(1e6) }
      t.self = t
      local deep = t
      for _ = 1, 1000 do deep.next = { t } deep = deep.next end
      error(t)
    end },

  { name = "an error object of functions, coroutines and metatables arrives as text",
    ends = "error",
    run = function()
      error({ print, coroutine.create(print), setmetatable({}, { __index = error }) })
    end },

  { name = "error(nil), in and out of pcall", ends = "error",
    run = function() pcall(error) pcall(error, nil) error() end },

  { name = "NEAP-10 a loop of error objects with tracebacks", ends = "cpu",
    run = function()
      while true do xpcall(error, debug.traceback, { ("x"):rep(1000) }) debug.traceback("x") end
    end },

  { name = "tracebacks of strange levels and threads", ends = "normal",
    run = function()
      local co = coroutine.create(function() coroutine.yield() end)
      coroutine.resume(co)
      for _, level in ipairs({ -1, 0, 1, 1e9, -1e9, 2 ^ 31, 0 / 0 }) do
        pcall(debug.traceback, "x", level)
        pcall(debug.traceback, co, "x", level)
      end
      local dead = coroutine.create(error)
      coroutine.resume(dead)
      debug.traceback(dead)
    end },

  { name = "recursion without an end is an error", ends = "error", says = "stack overflow",
    limits = { cpu = "2s" },
    run = function() local function f() return 1 + f() end f() end },

  { name = "recursion through gsub is an error", ends = { "error", "memory" },
    limits = { cpu = "5s" },
    run = function() local function f(s) return (s:gsub(".", f)) end f("a") end },

  { name = "recursion through gsub, again and again, is the CPU's", ends = "cpu",
    run = function()
      local function f(s) return (s:gsub(".", f)) end
      while true do pcall(f, "a") end
    end },

  { name = "recursion through __tostring and __index", ends = { "error", "memory", "cpu" },
    limits = { cpu = "200ms" },
    run = function()
      local t = setmetatable({}, {})
      getmetatable(t).__tostring = function(self) return tostring(self) end
      pcall(tostring, t)
      getmetatable(t).__index = function(self, k) return self[k .. "x"] end
      return t.x
    end },

  { name = "recursion through sort comparators", ends = { "error", "memory", "cpu" },
    limits = { cpu = "2s" },
    run = function()
      local function f() table.sort({ 2, 1 }, f) return false end
      f()
    end },

  { name = "host calls at every depth of a full stack", ends = { "normal", "cpu" },
    limits = { cpu = "500ms" },
    run = function()
      local neap = require("neap")
      local me = neap.self()
      local function f(n)
        pcall(neap.send, me, n % 10)
        pcall(neap.receive, 0)
        pcall(neap.info)
        pcall(neap.spawn, {})
        return f(n + 1) + 1
      end
      pcall(f, 1)
    end },

  { name = "large mail taken at the edge of the stack is not lost to it",
    ends = { "normal", "cpu" },
    limits = { cpu = "3s", memory = "16MB" },
    run = function()
      local neap = require("neap")
      local me, text = neap.self(), ("x"):rep(20000)
      local function f()
        neap.send(me, text)
        neap.receive(0)
        f()
        return 1
      end
      for _ = 1, 3 do pcall(f) end
    end },

  { name = "starting services at the edge of the stack leaves no open call",
    ends = { "normal", "cpu" }, limits = { cpu = "3s" }, copies = 1,
    run = function(victim)
      local neap, service = require("neap"), require("neap.service")
      local idle = service.define({ init = function() return {} end })
      local deepest, started = 0, {}
      local function f(n, from)
        deepest = math.max(deepest, n)
        if n > from then
          started[#started + 1] = service.start(idle)
          service.stop(started[#started])            -- which the end of the stack may cut short
        end
        f(n + 1, from)
        return 1
      end
      pcall(f, 1, math.huge)
      for _ = 1, 3 do pcall(f, 1, deepest - 40) end
      for _, pid in ipairs(started) do service.stop(pid) end
      assert(neap.call(victim, "taken"))
    end },

  { name = "NEAP-10 an xpcall handler that calls xpcall, and so on", ends = { "cpu", "error" },
    run = function()
      local function handler(e) return xpcall(error, handler, e) end
      while true do xpcall(error, handler, "x") end
    end },

  { name = "H4 there is nothing that makes a finalizer: newproxy", ends = "error",
    says = "newproxy", run = function() return newproxy(true) end },     -- luacheck: ignore

  { name = "NEAP-10 H4 a __gc of a table never runs", ends = "cpu",
    run = function()
      while true do setmetatable({}, { __gc = function() while true do end end }) end
    end },

  { name = "H4 metatables of host values can not be got at", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      for _, value in ipairs({ victim, neap.address("a"), neap.buffer("x"), neap.monitor("a") }) do
        assert(type(getmetatable(value)) ~= "table")
        assert(not pcall(setmetatable, value, { __gc = print }))
        assert(not pcall(function() value.x = 1 end))
      end
    end },

  { name = "neap.exit in pcall ends the process", ends = "normal", status = 500,
    run = function()
      local neap = require("neap")
      while true do pcall(neap.exit) end
    end },

  { name = "neap.exit in a comparator in a coroutine in pcall ends the process",
    ends = "because",
    run = function()
      local neap = require("neap")
      pcall(coroutine.wrap(function()
        table.sort({ 2, 1 }, function() neap.exit("because") end)
      end))
      while true do neap.sleep(1) end
    end },

  { name = "neap.exit with what can not be sent", ends = "value",
    run = function()
      local neap = require("neap")
      local t = { print, ("x"):rep(1e6), coroutine.create(print) }
      t.self = t
      neap.exit(t)
    end },

  { name = "killing oneself, in pcall, in a trapping process", ends = "killed",
    run = function()
      local neap = require("neap")
      neap.trap_exit(true)
      while true do pcall(neap.kill, neap.self()) end
    end },

  { name = "NEAP-10 catching everything there is", ends = "cpu",
    run = function()
      local neap = require("neap")
      neap.trap_exit(true)
      local function all()
        return xpcall(function()
          return coroutine.wrap(function()
            while true do pcall(error, "x") pcall(string.rep, "x", -1) end
          end)()
        end, all)
      end
      while true do pcall(all) end
    end },
}
