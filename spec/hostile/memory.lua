--- Growing: by table, string, closure, coroutine, message; with and without a catch.
return {
  { name = "NEAP-09 a table that grows", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local t = {} for i = 1, 1e9 do t[i] = { i } end end },

  { name = "NEAP-09 H6 growing in pcall, for ever", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local keep = {}
      while true do pcall(function() while true do keep[#keep + 1] = {} end end) end
    end },

  { name = "NEAP-09 a string that doubles", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local s = "x" while true do s = s .. s end end },

  { name = "NEAP-09 string.rep far past the limit", ends = "memory",
    run = function() return ("x"):rep(1e9) end },

  { name = "NEAP-09 string.rep past the limit, caught, for ever", ends = "memory",
    run = function() while true do pcall(string.rep, "x", 1e9) end end },

  { name = "string.rep past what a string can be is an error", ends = { "error", "memory" },
    run = function() return ("xx"):rep(2 ^ 31 - 1) end },

  { name = "NEAP-09 string.rep of much, many times", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local t = {} for i = 1, 1e6 do t[i] = ("x"):rep(1e5 + i) end end },

  { name = "NEAP-09 table.concat past the limit", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local t, s = {}, ("x"):rep(1e5)
      for i = 1, 1e4 do t[i] = s end
      return table.concat(t)
    end },

  { name = "NEAP-09 a gsub that makes more of each byte", ends = "memory",
    limits = { cpu = "5s" },
    run = function() return (("x"):rep(1e5):gsub(".", ("y"):rep(1000))) end },

  { name = "NEAP-09 formatting past the limit", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local s = ("x"):rep(2e6) while true do s = ("%s%s"):format(s, s) end end },

  { name = "NEAP-09 closures, each with its upvalue", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local t = {} for i = 1, 1e9 do t[i] = function() return i end end end },

  { name = "NEAP-09 coroutines that are kept", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local t = {}
      for i = 1, 1e9 do
        t[i] = coroutine.create(function() coroutine.yield() end)
        coroutine.resume(t[i])
      end
    end },

  { name = "NEAP-09 metatables and weak tables", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local t = setmetatable({}, { __mode = "k" })
      local keep = {}
      for i = 1, 1e9 do keep[i] = {} t[keep[i]] = setmetatable({}, { __index = keep }) end
    end },

  { name = "NEAP-09 code that is compiled and kept", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local t = {}
      for i = 1, 1e9 do t[i] = load("return " .. i .. ", function() return " .. i .. " end") end
    end },

  { name = "NEAP-09 keys of a table", ends = "memory",
    limits = { cpu = "5s" },
    run = function() local t = {} for i = 1, 1e9 do t["key" .. i] = true end end },

  { name = "NEAP-09 handles that are kept", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local neap = require("neap")
      local t = {}
      for i = 1, 1e9 do t[i] = neap.address("a" .. i) end
    end },

  { name = "NEAP-09 buffers count against who holds them", ends = "memory",
    limits = { cpu = "5s" },
    run = function()
      local neap = require("neap")
      local t = {}
      for i = 1, 1e9 do t[i] = neap.buffer(("x"):rep(1e5) .. i) end
    end },

  { name = "NEAP-09 traces: machine code counts", ends = { "memory", "cpu" },
    limits = { cpu = "2s", memory = "2MB" },
    run = function()
      local keep = {}
      for i = 1, 1e9 do
        local f = load("local x = 0 for i = 1, 200 do x = x + i * " .. i .. " end return x")
        for _ = 1, 3 do f() end
        keep[i] = f
      end
    end },

  { name = "garbage buffers do not end a process", ends = "normal",
    limits = { cpu = "10s" },
    run = function()
      local neap = require("neap")
      local s = ("x"):rep(1e6)
      for _ = 1, 100 do neap.buffer(s) end
    end },

  { name = "garbage alone does not end a process", ends = "normal",
    limits = { cpu = "10s", memory = "4MB" },
    run = function()
      for i = 1, 2e5 do local _ = { i, tostring(i), function() return i end } end
      for i = 1, 300 do local _ = ("x"):rep(1e5 + i) end
    end },

  { name = "A12 half the limit live and much garbage does not end a process", ends = "normal",
    limits = { cpu = "20s", memory = "4MB" },
    run = function()
      local live = {}
      for i = 1, 30000 do live[i] = { i } end
      for i = 1, 3e5 do local _ = { i } end
      for i = 1, 1e5 do local _ = "s" .. i end
      assert(#live == 30000)
    end },

  { name = "A12 NEAP-09 live data that reaches the limit ends it without thrashing",
    ends = "memory", limits = { cpu = "3s", memory = "4MB" },
    run = function() local t = {} while true do t[#t + 1] = { #t } end end },
}
