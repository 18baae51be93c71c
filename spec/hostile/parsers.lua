--- Source text as a weapon: what the compiler, cjson and lpeg's re-like grammars are fed.
return {
  { name = "NEAP-10 jumps to labels, each looked for among all", ends = "cpu",
    limits = { memory = "64MB" },
    run = function()
      local t = {}
      for i = 1, 6000 do t[i] = "goto l" .. i .. " " end
      for i = 1, 6000 do t[#t + 1] = "::l" .. i .. ":: " end
      local text = table.concat(t)
      while true do load(text) end
    end },

  { name = "NEAP-10 constants by the ten thousand", ends = { "cpu", "memory" },
    limits = { memory = "64MB" },
    run = function()
      local t = {}
      for i = 1, 30000 do t[i] = "a = " .. i + 0.5 .. " b = 's" .. i .. "' " end
      local text = table.concat(t)
      while true do load(text) end
    end },

  { name = "more constants than fit are a syntax error", ends = "normal",
    limits = { cpu = "2s", memory = "64MB" },
    run = function()
      local t = {}
      for i = 1, 70000 do t[i] = "'s" .. i .. "'" end
      local f, problem = load("return {" .. table.concat(t, ",") .. "}")
      assert(f or problem:find("constants", 1, true), problem)
    end },

  { name = "more locals, upvalues, registers and returns than fit are syntax errors",
    ends = "normal", limits = { cpu = "2s", memory = "32MB" },
    run = function()
      local names = {}
      for i = 1, 260 do names[i] = "a" .. i end
      assert(not load("local " .. table.concat(names, ",")))
      assert(not load("return function(" .. table.concat(names, ",") .. ") end"))
      assert(not load("f(" .. ("1,"):rep(300) .. "1)"))
      assert(not load("return " .. ("1,"):rep(300) .. "1"))
      local up = {}
      for i = 1, 150 do up[i] = "local u" .. i .. " = " .. i end
      local more = "function f() local g = function() return "
      for i = 1, 150 do more = more .. "u" .. i .. (i < 150 and "+" or "") end
      local text = table.concat(up, " ") .. " return function() " .. more .. " end end end"
      assert(not load(text))
    end },

  { name = "NEAP-10 tokens that are long", ends = "cpu", limits = { memory = "32MB" },
    run = function()
      local all = { ("a"):rep(1e6), "[" .. ("="):rep(1e5) .. "[",
        "--[" .. ("="):rep(1e5) .. "[" .. "x", "'" .. ("\\z \n"):rep(1e4) .. "'",
        "return 0x" .. ("f"):rep(1e5), "return 1" .. ("0"):rep(1e5),
        "return '" .. ("\\255"):rep(1e5) .. "'", ("\n"):rep(1e6), (" "):rep(1e6) }
      while true do for _, text in ipairs(all) do load(text) end end
    end },

  { name = "nested tables, functions and blocks to the limit and beyond", ends = "normal",
    limits = { cpu = "3s", memory = "64MB" },
    run = function()
      for _, pair in ipairs({ { "{", "}" }, { "(", ")" }, { "function() return ", " end" },
        { "a{", "}" }, { "a[", "]" }, { "{[", "]=1}" }, { "not ", "" }, { "- ", "" },
        { "#", "" } }) do
        for _, depth in ipairs({ 10, 150, 199, 200, 201, 1000, 1e5 }) do
          local f, problem = load("return " .. pair[1]:rep(depth) .. "x" .. pair[2]:rep(depth))
          assert(f or problem, pair[1])
          assert(depth < 1e5 or not f, pair[1])
        end
      end
      local right = load("return " .. ("x .. "):rep(150) .. "x")
      assert(right == nil or type(right) == "function")
    end },

  { name = "chunks with strange names, modes and environments", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      for _, name in ipairs({ "", "=", "@", "=" .. ("x"):rep(1e4), "@" .. ("x"):rep(1e4), "\0",
        ("\n"):rep(100), "=[C]", "@[neap]", "%s%s%n" }) do
        local f = assert(load("error('x')", name))
        local ok, problem = pcall(f)
        assert(not ok and #tostring(problem) < 200)
        local bad, why = load("x x", name)
        assert(not bad and #why < 300)
      end
      for _, mode in ipairs({ "", "b", "x", "tb", 1, ("t"):rep(1e4) }) do
        pcall(load, "return 1", "x", mode)
      end
      local env = setmetatable({}, { __index = function() return 7 end, __newindex = error })
      assert(load("return a.b", "x", "t", { a = env })() == 7)
      assert(not pcall(load("a = 1", "x", "t", env)))
    end },

  { name = "readers that give what is no text, that fail, load or collect", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      for _, piece in ipairs({ {}, true, print, 1 }) do
        local n = 0
        pcall(load, function() n = n + 1 return n == 1 and piece or nil end)
      end
      local n = 0
      assert(load(function()
        n = n + 1
        collectgarbage()
        load("return " .. n)
        return n < 20 and "a = 1 " or nil
      end))
      assert(not pcall(load, error) or true)
      local co = coroutine.wrap(function() return load(coroutine.yield) end)
      pcall(co)
    end },

  { name = "random bytes and broken programs never load to harm", ends = "normal",
    limits = { cpu = "3s" },
    run = function()
      local seed = [[local t = { 1, x = "s", [2] = function(...) return ... end }
        for i = 1, 3 do if i == 2 then goto out end t[i] = -i ^ 2 .. "x" end ::out::
        while nil do repeat local y <const> = 1 until y end return t]]
      local n = 0
      for i = 1, 1500 do
        local at = i * 7 % #seed + 1
        local text = seed:sub(1, at - 1) .. string.char(i * 31 % 255 + 1) .. seed:sub(at + i % 5)
        n = n + (load(text) and 1 or 0)
      end
      for i = 1, 200 do
        local bytes = {}
        for k = 1, 50 do bytes[k] = string.char((i * 97 + k * k * 13) % 256) end
        load(table.concat(bytes))
      end
    end },

  { name = "numbers in text that are large, small, long and wrong", ends = "normal",
    limits = { cpu = "1s" },
    run = function()
      for _, text in ipairs({ "1e999999999", "1e-999999999", "0x1p99999", "0x.p1", "1e", "0x",
        "1.2.3", "1_000", "0b101", "1LL", "0xffffffffffffffffULL", "1e5LL", "1i", "1ii",
        ("9"):rep(400), "0." .. ("0"):rep(5000) .. "1", "0x" .. ("f"):rep(500), "nan", "inf" }) do
        local f = load("return " .. text)
        if f then pcall(f) end
        tonumber(text)
        for base = 2, 36 do tonumber(text, base) end
      end
    end },

  { name = "JSON that is broken at each of its bytes", ends = "normal", limits = { cpu = "3s" },
    run = function()
      local cjson = require("cjson.safe")
      local text = '{"a":[1,-2.5e3,true,false,null,"\\u00e9\\ud83d\\ude00\\n"],"b":{"c":{}}}'
      assert(cjson.decode(text))
      for at = 1, #text do
        cjson.decode(text:sub(1, at - 1))
        cjson.decode(text:sub(1, at - 1) .. "\0" .. text:sub(at))
        cjson.decode(text:sub(1, at - 1) .. text:sub(at + 1))
        for _, byte in ipairs({ "{", "[", '"', "\\", "\255", "9", "," }) do
          cjson.decode(text:sub(1, at - 1) .. byte .. text:sub(at + 1))
        end
      end
    end },

  { name = "grammars that are none, made by the hundred", ends = "normal",
    limits = { cpu = "3s", memory = "64MB" },
    run = function()
      local lpeg = require("lpeg")
      for _, make in ipairs({
        function() return lpeg.P("") ^ 0 end, function() return lpeg.P({}) end,
        function() return lpeg.P({ "x" }) end, function() return lpeg.V("x"):match("a") end,
        function() return lpeg.P({ lpeg.V(2), lpeg.V(1) }) end, function() return lpeg.R("a") end,
        function() return lpeg.B(lpeg.P(1) ^ 1) end, function() return lpeg.P(1) / {} / 9 end,
        function() return lpeg.Cb("none"):match("a") end,
        function() return lpeg.Carg(3):match("") end,
        function() return lpeg.Cf(lpeg.P(1), print):match("a") end,
        function() return -lpeg.V("y") end,
        function() return lpeg.P(print):match("a", {}) end,
        function() return #{} + lpeg.P(1) end }) do
        for _ = 1, 20 do pcall(make) end
      end
      local rules = { "r1" }
      for i = 1, 400 do rules["r" .. i] = lpeg.V("r" .. (i % 400 + 1)) end
      pcall(lpeg.P, rules)
    end },
}
