--- Error handlers as weapons: what runs where something else has failed already.
return {
  { name = "NEAP-10 H3 a handler in a handler in a handler that loops", ends = "cpu",
    run = function()
      local function deep(n)
        if n == 0 then while true do end end
        return xpcall(error, function() return deep(n - 1) end)
      end
      while true do deep(3) deep(0) end
    end },

  { name = "NEAP-10 H3 a handler that makes coroutines which loop", ends = "cpu",
    run = function()
      xpcall(error, function() coroutine.wrap(function() while true do end end)() end)
    end },

  { name = "NEAP-10 H3 a handler that searches a pattern for ever", ends = "cpu",
    run = function()
      xpcall(error, function() return ("a"):rep(30000):find((".-"):rep(8) .. "b") end)
    end },

  { name = "NEAP-09 H3 a handler that grows", ends = "memory",
    run = function()
      xpcall(error, function() local t = {} for i = 1, 1e9 do t[i] = { i } end end)
    end },

  { name = "NEAP-09 H3 a handler at the end of the stack that grows", ends = { "memory", "error" },
    limits = { cpu = "5s" },
    run = function()
      local function f() return 1 + f() end
      assert(xpcall(f, function() local t = {} for i = 1, 1e9 do t[i] = { i } end end))
    end },

  { name = "H3 handlers at the end of the stack, of every kind, again and again", ends = "cpu",
    run = function()
      local neap = require("neap")
      local function f() return 1 + f() end
      local handlers = { f, error, tostring, debug.traceback, function() return f() end,
        function(e) error(e) end, function() return pcall(f) end, neap.info, coroutine.wrap(f),
        function() return ("x"):rep(100):gsub(".", "%0%0") end, string.format, setmetatable,
        function() return xpcall(f, f) end }
      while true do for _, handler in ipairs(handlers) do xpcall(f, handler) end end
    end },

  { name = "a handler that waits is an error, whatever it waits for", ends = "normal",
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      for _, f in ipairs({ neap.receive, function() neap.sleep(1) end, coroutine.yield,
        function() return neap.call(victim, "taken") end }) do
        local ok, problem = xpcall(error, f, "first")
        assert(not ok and problem ~= "first")
      end
      assert(neap.call(victim, "taken"))
    end },

  { name = "a handler that ends its process", ends = "from the handler",
    run = function()
      local neap = require("neap")
      while true do xpcall(error, function() neap.exit("from the handler") end) end
    end },

  { name = "a handler that kills its process, which catches all", ends = "killed",
    run = function()
      local neap = require("neap")
      while true do pcall(xpcall, error, function() neap.kill(neap.self()) error("x") end) end
    end },

  { name = "handlers that are no functions", ends = "normal",
    run = function()
      for _, handler in ipairs({ 1, "x", {}, true, coroutine.create(print) }) do
        local ok = pcall(xpcall, error, handler)
        assert(not ok)
        assert(not pcall(xpcall, error, setmetatable({}, { __call = function() return 1 end })))
      end
      pcall(xpcall) pcall(xpcall, error) pcall(pcall)
    end },

  { name = "errors of errors of errors that are raised in coroutines", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      for _ = 1, 200 do
        local co = coroutine.create(function()
          xpcall(error, function(e) error(e) end)
          error(setmetatable({}, { __tostring = error }))
        end)
        assert(not coroutine.resume(co))
        assert(not coroutine.resume(co))
        pcall(debug.traceback, co)
      end
    end },

  { name = "the last error of a process is raised by its own __tostring", ends = "error",
    run = function()
      local e = setmetatable({}, {})
      getmetatable(e).__tostring = function() error(e) end
      getmetatable(e).__index = function() error(e) end
      getmetatable(e).__eq = function() error(e) end
      error(e)
    end },

  { name = "handlers of a service: terminate that raises, after init that raised", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      local neap, service = require("neap"), require("neap.service")
      local bad = service.define({
        init = function(fails) if fails then error("init") end return {} end,
        call = { boom = function() error("boom") end },
        terminate = function() error("terminate") end })
      local pid, err = service.start(bad, true)
      assert(not pid and err.kind == "error")
      pid = service.start(bad)
      local answer, why = neap.call(pid, "boom")
      assert(answer == nil and why.kind == "exit")
    end },

  { name = "NEAP-10 a terminate that never ends", ends = "normal", limits = { cpu = "1s" },
    run = function()
      local neap, service = require("neap"), require("neap.service")
      local endless = service.define({ init = function() return {} end,
        terminate = function() while true do end end })
      local pid = service.start({ run = endless, limits = { cpu = "15ms" } })
      local ref = neap.monitor(pid)
      neap.exit(pid, "shutdown")
      neap.cast(pid, "nothing")
      service.stop(pid, "normal", 20)
      neap.kill(pid)
      assert(neap.receive({ "DOWN", ref }, 5000))
    end },
}
