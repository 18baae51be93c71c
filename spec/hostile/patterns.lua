--- Patterns as weapons: what takes for ever to match, what is none, what calls back.
return {
  { name = "NEAP-10 captures that backtrack through each other", ends = "cpu",
    run = function() return ("a"):rep(5000):find(("(a*)"):rep(12) .. "b") end },

  { name = "NEAP-10 a back reference that is looked for everywhere", ends = "cpu",
    run = function() return ("ab"):rep(3000):find("(.-)(.-)%1%2%1$x") end },

  { name = "NEAP-10 optional items by the thousand", ends = "cpu",
    run = function()
      local s, p = ("a"):rep(60), ("a?"):rep(60) .. ("a"):rep(60) .. "b"
      while true do s:find(p) end
    end },

  { name = "NEAP-10 balances of every kind at every place", ends = "cpu",
    run = function()
      local s = ("([{<"):rep(4000)
      while true do for _, p in ipairs({ "%b()", "%b[]", "%b{}", "%b<>" }) do s:gsub(p, "") end end
    end },

  { name = "NEAP-10 a set of a hundred thousand letters, for each letter", ends = "cpu",
    run = function()
      local p = "[^" .. ("b"):rep(1e5) .. "]*c"
      return ("a"):rep(1e5):find(p)
    end },

  { name = "NEAP-10 empty matches at each place of a long string", ends = "cpu",
    limits = { memory = "32MB" },
    run = function()
      local s = ("x"):rep(1e5)
      while true do s:gsub("", "") s:gsub("y*", "") for _ in s:gmatch("()") do end end
    end },

  { name = "NEAP-10 a gmatch that is never through", ends = "cpu",
    run = function()
      local s = ("x"):rep(1e4)
      while true do
        for at in s:gmatch("()") do
          for other in s:gmatch("()x") do if other > at then break end end
        end
      end
    end },

  { name = "NEAP-10 a gsub whose table never answers", ends = "cpu",
    run = function()
      local t = setmetatable({}, { __index = function() while true do end end })
      return (("abc"):gsub("%w", t))
    end },

  { name = "NEAP-10 a gsub whose table answers with another gsub", ends = "cpu",
    run = function()
      local t
      t = setmetatable({}, { __index = function(_, c) return (c:gsub(".", "%0%0")) end })
      while true do ("abc"):rep(100):gsub("%w", t) end
    end },

  { name = "NEAP-09 a substitution that doubles what it is given", ends = "memory",
    run = function()
      local s = ("x"):rep(1e5)
      while true do s = s:gsub("x+", "%0%0%0%0") end
    end },

  { name = "NEAP-09 captures of everything, kept", ends = "memory",
    run = function()
      local kept = {}
      for c in ("x"):rep(1e6):gmatch("()") do kept[#kept + 1] = { c } end
    end },

  { name = "patterns that are none are errors, of every kind", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      for _, p in ipairs({ "%", "[", "[^", "[a-", "[%", "[]", "%b", "%ba", "%f", "%fa", "(", "(()",
        "%1", "(%1)", "%9", "(a", ("("):rep(33) .. ("a)"):rep(33), ("()"):rep(33) }) do
        assert(not pcall(string.find, "aaa", p), p)
        assert(not pcall(string.match, "aaa", p), p)
        pcall(string.gsub, "aaa", p, "x")
        pcall(function() for _ in ("aaa"):gmatch(p) do end end)
      end
      for _, r in ipairs({ "%2", "%", "%z" }) do pcall(string.gsub, "a", "(a)", r) end
      assert(not pcall(string.gsub, "a", "a", function() return {} end))
      assert(not pcall(string.gsub, "a", "a", true))
    end },

  { name = "a pattern nested too deep is an error, again and again", ends = "cpu",
    run = function()
      local p = ("(a"):rep(32) .. (")"):rep(32) .. ("a?"):rep(5000)
      while true do pcall(string.find, ("a"):rep(6000), p) end
    end },

  { name = "positions of all sizes are inside or nothing", ends = "normal", limits = { cpu = "1s" },
    run = function()
      local s, at = "abcabc", { -2 ^ 53, -2 ^ 31, -7, 0, 7, 2 ^ 31, 2 ^ 53, 1 / 0, -1 / 0, 0 / 0 }
      for _, a in ipairs(at) do
        s:find("b", a) s:find("b", a, true) s:match("()b", a)
        for _, b in ipairs(at) do assert(#s:sub(a, b) <= 6) s:byte(a, b) end
        pcall(string.rep, "", a)
      end
      assert(#("x"):rep(-5) == 0)
    end },

  { name = "a callback that leaves its gsub by an error, a yield, a resume", ends = "normal",
    run = function()
      for _ = 1, 100 do
        assert(not pcall(string.gsub, "ab", ".", error))
        local co = coroutine.wrap(function() ("ab"):gsub(".", coroutine.yield) end)
        assert(not pcall(co))
        local text = ("ab"):gsub(".", coroutine.wrap(function(c)
          while true do c = coroutine.yield(c .. c) end
        end))
        assert(text == "aabb")
      end
    end },
}
