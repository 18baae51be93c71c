--- Loops that nothing ends but the CPU limit.
return {
  { name = "NEAP-10 H1 a compiled loop", ends = "cpu",
    run = function() while true do end end },

  { name = "NEAP-10 H1 a loop with arithmetic", ends = "cpu",
    run = function() while true do local x = 0 for i = 1, 1e6 do x = x + i % 7 end end end },

  { name = "NEAP-10 H1 a loop of math functions", ends = "cpu",
    run = function()
      while true do local x = 0 for i = 1, 1e6 do x = x + math.sin(i) ^ 2 end end
    end },

  { name = "NEAP-10 H1 a loop with an upvalue and string building", ends = "cpu",
    run = function() local s = "" while true do s = (s .. "abc"):sub(-1000) end end },

  { name = "NEAP-10 H1 goto-less recursion in tail position", ends = "cpu",
    run = function() local function f(n) return f(n + 1) end f(0) end },

  { name = "NEAP-10 H1 a loop of table churn", ends = "cpu",
    run = function()
      local t = {}
      while true do t[#t + 1] = {} if #t > 1000 then t = {} end end
    end },

  { name = "NEAP-10 H1 a loop of string churn", ends = "cpu",
    run = function() local t = {} for i = 1, 1e9 do t[i % 500] = ("x"):rep(i % 300) end end },

  { name = "NEAP-10 H1 a loop of closures", ends = "cpu",
    run = function() local f while true do f = function() return f end end end },

  { name = "NEAP-10 H2 a loop in pcall in a loop", ends = "cpu",
    run = function() while true do pcall(function() while true do end end) end end },

  { name = "NEAP-10 H2 a loop of pcall(error)", ends = "cpu",
    run = function() while true do pcall(error, "x") end end },

  { name = "NEAP-10 H2 pcall of pcall of pcall", ends = "cpu",
    run = function() while true do pcall(pcall, pcall, pcall, error) end end },

  { name = "NEAP-10 H2 recursion into pcall, again and again", ends = "cpu",
    run = function()
      local function f() return pcall(f) end
      while true do pcall(f) end
    end },

  { name = "NEAP-10 H3 a message handler that loops", ends = "cpu",
    run = function()
      xpcall(function() error("a") end, function() while true do end end)
    end },

  { name = "NEAP-10 H3 a loop of message handlers that take long", ends = "cpu",
    run = function()
      while true do
        xpcall(function() error("a") end, function() for i = 1, 1e7 do local _ = i end end)
      end
    end },

  { name = "NEAP-10 H3 a message handler that fails", ends = "cpu",
    run = function()
      while true do
        xpcall(function() error("a") end, function() local x = nil return x.y end)
      end
    end },

  { name = "NEAP-10 H6 a loop that catches the memory limit", ends = { "memory", "cpu" },
    run = function()
      local function grow() local t = {} for i = 1, 1e9 do t[i] = { i } end end
      while true do pcall(grow) end
    end },

  { name = "NEAP-10 a loop of collectgarbage", ends = "cpu",
    run = function() while true do collectgarbage() end end },

  { name = "NEAP-10 a loop of collections with much to mark", ends = "cpu",
    run = function()
      local t = {}
      for i = 1, 3e4 do t[i] = {} end
      while true do collectgarbage("collect") end
    end },

  { name = "NEAP-10 a loop of host calls", ends = "cpu",
    run = function()
      local neap = require("neap")
      for _ = 1, 1e9 do neap.self() end
    end },

  { name = "NEAP-10 a loop of clocks and of looking", ends = "cpu",
    run = function()
      local neap = require("neap")
      while true do neap.now() neap.time() os.time() os.clock() neap.info() neap.whereis("a") end
    end },

  { name = "NEAP-10 a loop of dates and environment", ends = "cpu",
    run = function() while true do os.date("%c %x %X %p") os.getenv("HOME") os.date("*t") end end },

  { name = "NEAP-10 a loop of next, pairs and ipairs", ends = "cpu",
    run = function()
      local t = {}
      for i = 1, 1000 do t[i] = i t["k" .. i] = i end
      while true do for _ in pairs(t) do next(t) end for _ in ipairs(t) do next(t) end end
    end },

  { name = "NEAP-10 a loop of misuse errors", ends = "cpu",
    run = function()
      local neap = require("neap")
      while true do pcall(neap.send) pcall(neap.call, {}) pcall(neap.spawn, 1) end
    end },

  { name = "NEAP-10 a loop of require, of what is there and what is not", ends = "cpu",
    run = function() while true do require("neap") pcall(require, "nowhere.at.all") end end },
}
