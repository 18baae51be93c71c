--- The built-in module lpeg, where it meets processes.
local node = require("spec.support.node")

local function check(source, options)
  node.check('local lpeg = require("lpeg") ' .. source, options)
end

describe("lpeg", function()
  after_each(node.cleanup)

  it("matches, captures and substitutes", function()
    check([[
      local word = lpeg.C(lpeg.R("az") ^ 1)
      local list = lpeg.Ct(word * ("," * word) ^ 0)
      expect.same({ "a", "bc", "d" }, list:match("a,bc,d"))
      expect.equal("x-y", lpeg.Cs((lpeg.P("_") / "-" + 1) ^ 0):match("x_y"))
      local sums = lpeg.Cf(word / string.len * ("+" * word / string.len) ^ 0,
        function(a, b) return a + b end)
      expect.equal(5, sums:match("ab+cde"))
    ]])
  end)

  it("is made once per process, and is no global", function()
    check([[
      expect.equal(lpeg, require("lpeg"))
      expect.equal(nil, rawget(_G, "lpeg"))
    ]])
  end)

  it("raises errors that can be caught", function()
    check([[
      expect.raises("may be left recursive", lpeg.P, { lpeg.V(1) * "a" })
      expect.raises("loop body may accept empty string", function() return lpeg.P("") ^ 0 end)
      expect.raises("boom", lpeg.match, lpeg.P(1) / function() error("boom") end, "a")
    ]])
  end)

  it("shows the operators of patterns to modules that build upon them", function()
    check([[
      local mt = getmetatable(lpeg.P(1))
      expect.equal(3, mt.__mul("a", lpeg.P("b")):match("ab"))
      expect.equal(3, mt.__pow(lpeg.P("a"), 2):match("aa"))
      expect.equal(nil, mt.__gc)
    ]])
  end)

  it("has patterns that can not be sent, and says where they are", function()
    check([[
      local me = neap.self()
      expect.raises("msg.rules.word is userdata", neap.send, me, { rules = { word = lpeg.P(1) } })
      expect.raises("is userdata", neap.spawn, function() end, lpeg.P(1))
      local word = lpeg.P(1)
      expect.raises('upvalue "word"', neap.spawn, function() return word:match("a") end)
    ]])
  end)

  it("is found by name in a process that a function is spawned in", function()
    check([[
      local P, match = lpeg.P, lpeg.match
      local _, ref = neap.spawn_monitor(function() neap.exit({ match(P("ab"), "abc") }) end)
      expect.same({ 3 }, neap.receive({ "DOWN", ref }, 5000)[4])
    ]])
  end)

  it("can not be waited in: a receive in a match-time capture is an error that says so", function()
    check([[
      local waits = lpeg.Cmt(1, function() return neap.receive("never") end)
      expect.raises("inside a function that C code called", lpeg.match, waits, "a")
      expect.raises("inside a function that C code called", coroutine.wrap(function()
        waits:match("a")
      end))
      neap.send(neap.self(), "there")
      local takes = lpeg.Cmt(1, function(_, at) return at, neap.receive() end)
      expect.equal("there", takes:match("a"))
    ]])
  end)
end)
