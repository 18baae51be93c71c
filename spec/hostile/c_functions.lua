--- Long stays in C functions of the VM, where no hook would ever fire.
return {
  { name = "NEAP-10 H5 a pattern that backtracks", ends = "cpu",
    run = function() return ("a"):rep(30000):find((".-"):rep(6) .. "b") end },

  { name = "NEAP-10 H5 patterns with twelve lazy items, with gsub and gmatch", ends = "cpu",
    run = function()
      local s, p = ("a"):rep(40000), (".-"):rep(12) .. "b"
      for _ in s:gmatch(p) do s:gsub(p, "") end
    end },

  { name = "NEAP-10 H5 a caught pattern, again and again", ends = "cpu",
    run = function()
      local s = ("a"):rep(30000)
      while true do pcall(s.match, s, ("a-"):rep(8) .. "b") end
    end },

  { name = "NEAP-10 H5 frontiers and balances", ends = "cpu",
    run = function()
      local s = ("("):rep(20000)
      while true do s:find("%b()") s:gsub("%f[%w]", "x") end
    end },

  { name = "NEAP-10 H5 a comparator that never ends", ends = "cpu",
    run = function() table.sort({ 3, 2, 1 }, function() while true do end end) end },

  { name = "NEAP-10 H5 sorting for ever", ends = "cpu",
    run = function()
      local t = {}
      while true do
        for i = 1, 3000 do t[i] = (i * 7919) % 3001 end
        table.sort(t, function(a, b) return a < b end)
      end
    end },

  { name = "NEAP-10 H5 comparators that lie", ends = "cpu",
    run = function()
      while true do
        local t = {}
        for i = 1, 500 do t[i] = i end
        pcall(table.sort, t, function() return true end)
      end
    end },

  { name = "NEAP-10 H5 a gsub callback that never ends", ends = "cpu",
    run = function() ("abc"):gsub(".", function() while true do end end) end },

  { name = "NEAP-10 H5 a gsub callback that catches everything", ends = "cpu",
    run = function()
      local s = ("ab"):rep(1000)
      while true do
        s:gsub(".", function(c) while true do pcall(error, c) end end)
      end
    end },

  { name = "NEAP-10 H5 joining large tables", ends = "cpu",
    limits = { memory = "32MB" },
    run = function()
      local t = {}
      for i = 1, 1000 do t[i] = ("y"):rep(3000) end
      while true do t.s = table.concat(t) end
    end },

  { name = "NEAP-10 H5 searching large strings", ends = "cpu",
    limits = { memory = "32MB" },
    run = function() local s = ("x"):rep(8e6) while true do s:find("y", 1, true) end end },

  { name = "NEAP-10 H5 comparing, reversing and folding large strings", ends = "cpu",
    limits = { memory = "32MB" },
    run = function()
      local s = ("x"):rep(1e6)
      while true do local _ = s:reverse() < s:upper():lower() end
    end },

  { name = "NEAP-10 H5 inserting at the front", ends = { "cpu", "memory" },
    run = function() local t = {} while true do table.insert(t, 1, 1) end end },

  { name = "NEAP-10 H5 long runs of string.byte and string.char", ends = "cpu",
    run = function()
      local s = ("x"):rep(5000)
      while true do s.char(s:byte(1, -1)) end
    end },

  { name = "NEAP-10 H5 formatting for ever", ends = "cpu",
    run = function()
      while true do
        pcall(string.format, "%99.99f", 1e308)
        string.format("%q %g %a %5.2s %x", "\0\r\n\"", 0 / 0, 1 / 3, "abc", -1)
      end
    end },

  { name = "a format wider than the VM allows is an error", ends = "error",
    says = "invalid", run = function() string.format("%1000000d", 1) end },

  { name = "NEAP-10 H5 numbers from text and text from numbers", ends = "cpu",
    run = function()
      local s = ("9"):rep(10000) .. "e-9000"
      while true do tonumber(s) tostring(1 / 3) tonumber("zz", 36) end
    end },

  { name = "NEAP-10 H5 unpacking as much as fits, for ever", ends = "cpu",
    run = function()
      local t = {}
      while true do select("#", unpack(t, 1, 7000)) pcall(unpack, t, 1, 1e8) end
    end },

  { name = "unpacking more than the stack takes is an error", ends = "error",
    says = "too many results", run = function() unpack({}, 1, 1e8) end },

  { name = "NEAP-10 H5 huge steps of an iterator", ends = "cpu",
    run = function()
      local t = setmetatable({}, { __pairs = function() return function() return 1 end end })
      for _ in pairs(t) do next({}) end
    end },

  { name = "NEAP-10 H5 bit operations and random numbers", ends = "cpu",
    run = function()
      while true do bit.bxor(math.random(2 ^ 31), 7) math.randomseed(1) bit.tohex(-1) end
    end },
}
