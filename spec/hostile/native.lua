--- Long stays, bombs and tricks in the built-in C modules: no hook, no instruction of the VM,
--- and memory that the collector does not know of.
return {
  -- cjson ----------------------------------------------------------------------------------

  { name = "A3 encoding a large table, again and again", ends = "cpu",
    run = function()
      local encode, t = require("cjson").encode, {}
      for i = 1, 3000 do t[i] = { id = i, name = "name " .. i, at = { i, i / 3, false } } end
      while true do pcall(encode, t) end
    end },

  { name = "A3 encoding what refers to itself a million times over", ends = "cpu",
    run = function()
      local t = {}
      for _ = 1, 40 do t = { t, t } end
      require("cjson").encode(t)
    end },

  { name = "A3 a string of which each byte becomes six", ends = "memory",
    run = function() require("cjson").encode(("\1"):rep(2e6)) end },

  { name = "A3 a buffer that is kept, and another, and another", ends = "memory",
    run = function()
      local kept = {}
      while true do
        local one = require("cjson").new()
        one.encode(("x"):rep(1e5))
        kept[#kept + 1] = one
      end
    end },

  { name = "A3 buffers that nobody keeps", ends = "cpu",
    run = function()
      local cjson = require("cjson")
      while true do cjson.new().encode({ ("x"):rep(1000) }) end
    end },

  { name = "A3 encoding a cycle is an error", ends = "error", says = "excessive nesting",
    run = function()
      local t = {}
      t.t = t
      require("cjson").encode(t)
    end },

  { name = "A3 encoding a cycle as deep as one likes is an error", ends = "error",
    says = "excessive nesting", run = function()
      local cjson, t = require("cjson"), {}
      t.t = t
      cjson.encode_max_depth(2 ^ 31 - 1)
      cjson.encode(t)
    end },

  { name = "A3 encoding a million rows of nothing", ends = "memory",
    run = function()
      local cjson = require("cjson")
      cjson.encode_sparse_array(true, 0, 0)
      cjson.encode({ [2 ^ 30] = 1 })
    end },

  { name = "A3 decoding 8 MB of nested lists, for ever", ends = "cpu",
    limits = { memory = "64MB" },
    run = function()
      local decode, text = require("cjson").decode, ("["):rep(8e6)
      while true do pcall(decode, text) end
    end },

  { name = "A3 decoding 8 MB of nested lists, as deep as one likes, is an error",
    limits = { memory = "64MB", cpu = "2s" }, ends = "error", says = "too many nested",
    run = function()
      local cjson = require("cjson")
      cjson.decode_max_depth(2 ^ 31 - 1)
      cjson.decode(("["):rep(8e6))
    end },

  { name = "A3 decoding 8 MB of empty lists", ends = "memory",
    limits = { memory = "32MB", cpu = "2s" },
    run = function() require("cjson").decode("[" .. ("[],"):rep(2.7e6) .. "0]") end },

  { name = "A3 decoding numbers, for ever", ends = "cpu",
    run = function()
      local text = "[" .. ("-1.234567890123e-300,"):rep(20000) .. "0]"
      while true do require("cjson").decode(text) end
    end },

  { name = "A3 decoding one number of a million digits, for ever", ends = "cpu",
    run = function()
      local text = "[0." .. ("123456789"):rep(1e5) .. "]"
      while true do require("cjson").decode(text) end
    end },

  { name = "A3 encoding numbers, for ever", ends = "cpu",
    run = function()
      local t = {}
      for i = 1, 20000 do t[i] = i / 7 * 1e-200 end
      while true do require("cjson").encode(t) end
    end },

  { name = "A3 errors of the safe variant, caught for ever", ends = "cpu",
    run = function()
      local safe = require("cjson.safe")
      while true do safe.decode("[1, 2, {\"a\": nul]") safe.encode({ print }) end
    end },

  -- lpeg -----------------------------------------------------------------------------------

  { name = "A5 a grammar that needs hours for forty bytes", ends = "cpu",
    run = function()
      local lpeg = require("lpeg")
      local V = lpeg.V
      lpeg.P({ "S", S = "a" * V("S") * "b" + "a" * V("S") * "c" + "a" }):match(("a"):rep(40))
    end },

  { name = "A5 the same, caught, in coroutines, in match-time captures", ends = "cpu",
    run = function()
      local lpeg = require("lpeg")
      local slow = lpeg.P({ "a" * lpeg.V(1) * "b" + "a" * lpeg.V(1) * "c" + "a" })
      local text = ("a"):rep(40)
      local outer = lpeg.Cmt(true, function()
        coroutine.wrap(function() pcall(lpeg.match, slow, text) end)()
        return true
      end)
      while true do pcall(lpeg.match, outer, text) end
    end },

  { name = "A5 a match-time capture that never ends", ends = "cpu",
    run = function()
      local lpeg = require("lpeg")
      lpeg.Cmt(1, function() while true do pcall(error) end end):match("a")
    end },

  { name = "A5 searching megabytes, for ever", ends = "cpu",
    limits = { memory = "32MB" },
    run = function()
      local lpeg = require("lpeg")
      local text, any = ("x"):rep(4e6), (1 - lpeg.P("needle")) ^ 0
      while true do any:match(text) end
    end },

  { name = "A5 patterns without an end", ends = { "cpu", "memory" },
    run = function()
      local lpeg = require("lpeg")
      local p = lpeg.P(false)
      while true do p = p + lpeg.P(("word"):rep(100)) p:match("") end
    end },

  { name = "A5 patterns that nobody keeps", ends = "cpu",
    run = function()
      local lpeg, n = require("lpeg"), 0
      while true do
        n = n + 1
        local p = lpeg.P(false)
        for i = 1, 100 do p = p + lpeg.P("word" .. n * i) end
        p:match("")
      end
    end },

  { name = "A5 a pattern that doubles", ends = "memory",
    run = function()
      local lpeg = require("lpeg")
      local p = lpeg.P("a")
      while true do p = p * p end
    end },

  { name = "A5 a pattern a million levels deep", ends = "fault",
    limits = { memory = "256MB", cpu = "2s" },
    run = function() (require("lpeg").P("ab") ^ -1e6):match("a") end },

  { name = "A5 captures without an end", ends = "memory",
    run = function()
      local lpeg = require("lpeg")
      lpeg.Ct(lpeg.C(1) ^ 0):match(("x"):rep(2e6))
    end },

  { name = "A5 a substitution that grows", ends = "memory", limits = { cpu = "2s" },
    run = function()
      local lpeg = require("lpeg")
      lpeg.Cs((lpeg.P("x") / ("y"):rep(1000)) ^ 0):match(("x"):rep(1e5))
    end },

  { name = "A5 backtracking as deep as one likes", ends = "memory",
    run = function()
      local lpeg = require("lpeg")
      lpeg.setmaxstack(1e7)
      lpeg.P({ "a" * lpeg.V(1) * "c" + "b" }):match(("a"):rep(4e6))
    end },

  { name = "A5 backtracking too deep is an error", ends = "error",
    says = "backtrack stack overflow", run = function()
      local lpeg = require("lpeg")
      lpeg.P({ "a" * lpeg.V(1) * "c" + "b" }):match(("a"):rep(1000))
    end },

  { name = "A5 a grammar that calls itself first is an error", ends = "error",
    says = "left recursive", run = function()
      local lpeg = require("lpeg")
      lpeg.P({ lpeg.V(1) * "a" + "a" }):match("a")
    end },

  { name = "A5 matches within matches within matches", ends = "fault",
    limits = { memory = "512MB", cpu = "20s" },
    run = function()
      local lpeg = require("lpeg")
      local p
      p = lpeg.Cmt(1, function(text)
        return coroutine.wrap(function() return p:match(text) end)()
      end)
      p:match("a")
    end },

  { name = "A5 a finalizer that is called by hand", ends = "error", says = "nil value",
    run = function()
      local lpeg = require("lpeg")
      local p
      p = lpeg.Cmt(1, function() getmetatable(p).__gc(p) end) * 1
      p:match("aa")
    end },
}
