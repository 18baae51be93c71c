--- Code as a weapon: the parser, bytecode, ffi, and the ways out of the sandbox.
local function absent(name)
  return { name = "there is no " .. name, ends = "normal",
    run = function()
      local value = assert(load("return " .. name .. " ~= nil"))
      local ok, found = pcall(value)
      assert(not ok or found == false)
    end }
end

local cases = {
  { name = "NEAP-10 compiling for ever", ends = "cpu",
    run = function() while true do load("local a = 1 for i = 1, 10 do a = a + i end")() end end },

  { name = "deep brackets are a syntax error", ends = "normal",
    limits = { cpu = "5s", memory = "32MB" },
    run = function()
      for _, pair in ipairs({ { "(", ")" }, { "{", "}" }, { "a[", "]" }, { "f(", ")" },
        { "function() return ", " end" }, { "- ", "" }, { "not ", "" }, { "2^", "" } }) do
        local code = "return " .. pair[1]:rep(1e5) .. "1" .. pair[2]:rep(1e5)
        assert(not load(code), pair[1])
      end
      for _, block in ipairs({ "do ", "while 1 do ", "if 1 then ", "repeat " }) do
        assert(not load(block:rep(1e5)))
      end
    end },

  { name = "too many locals, upvalues, constants, jumps are syntax errors", ends = "normal",
    limits = { cpu = "5s", memory = "32MB" },
    run = function()
      assert(not load("local a" .. (",a"):rep(300)))
      assert(not load("return a" .. ("..a"):rep(1e4)))
      assert(not load("if x then " .. ("x() "):rep(1e5) .. "end"))
      load(("goto x "):rep(1e4) .. "::x::")
      load(("::x:: "):rep(1e4))
    end },

  { name = "NEAP-09 a source that does not end", ends = { "memory", "cpu" },
    limits = { cpu = "2s" },
    run = function() load(function() return ("a = 1 "):rep(1000) end) end },

  { name = "NEAP-10 a reader that never answers", ends = "cpu",
    run = function() load(function() while true do end end) end },

  { name = "NEAP-09 a string literal without an end", ends = { "memory", "cpu", "error" },
    limits = { cpu = "2s" },
    run = function() assert(load("return '" .. ("x"):rep(3e6))) end },

  { name = "bytecode is not loaded, whatever it comes from", ends = "normal",
    run = function()
      local code = "\27LJ\2\2\0\0"
      assert(not load(code))
      assert(not load(code, "x", "b"))
      assert(not load(code, "x", "bt"))
      assert(not load("return 1", "x", "b"))
      assert(not loadstring(code))
      local pieces = { "", "\27", "LJ\2" }
      local function reader() return table.remove(pieces) end
      assert(not load(reader))
      local mode = setmetatable({}, { __tostring = function() return "b" end })
      assert(not load(code, "x", mode))
    end },

  { name = "a reader whose pieces change while they are joined loads no bytecode",
    ends = "normal",
    run = function()
      local kept = table.concat
      table.concat = function() return "\27LJ\2" end
      assert(load(function() return nil end) ~= nil)
      table.concat = kept
      string.byte = function() return 0 end
      string.find = function() return 1 end
      assert(not load("\27LJ\2\2\0\0"))
    end },

  { name = "A8 a literal 1LL, 1ULL or 1i opens no ffi", ends = "normal",
    run = function()
      local value = assert(loadstring("return 1LL, 1ULL, 1i"))()
      assert(type(value) == "cdata")
      assert(not pcall(require, "ffi"))
      assert(getmetatable(value) == "ffi" or type(getmetatable(value)) ~= "table")
      assert(rawget(_G, "ffi") == nil and rawget(_G, "package") == nil)
      pcall(function() return value.x, value[0], value() end)
    end },

  { name = "A8 cdata outlive a collection of all that is not in use", ends = "normal",
    run = function()
      local value, kept = assert(loadstring("return 1LL"))(), {}
      for round = 1, 3 do
        collectgarbage()
        for i = 1, 5000 do kept[i] = ("x"):rep(i % 120) .. round end
        assert(not pcall(function() return value.x end))
        assert(value + value == loadstring("return 2LL")())
      end
    end },

  { name = "A8 cdata can neither be sent nor become an exit reason", ends = "value",
    run = function()
      local neap = require("neap")
      local value = loadstring("return 1LL")()
      assert(not pcall(neap.send, neap.self(), { value }))
      assert(not pcall(neap.spawn, function() return value end))
      neap.exit({ value })
    end },

  { name = "NEAP-10 a loop of 64-bit numbers", ends = "cpu",
    run = function() load("local x = 1LL while true do x = x * 3LL + 1ULL end")() end },

  { name = "require leaves the application's folder in no spelling", ends = "normal",
    run = function()
      for _, name in ipairs({ "../x", "..", "/etc/passwd", "a/b", "a..b", ".a", "a.", "",
        "a\0b", "neap.host", "neap.loader", "neap.prelude", "neap.prelude.globals", "ffi",
        "jit", "debug", "io", "os", "package", "table.new", "string.buffer", "bit", "a b" }) do
        assert(not pcall(require, name), name)
      end
      assert(not pcall(require, {}))
      assert(not pcall(require))
    end },

  { name = "the libraries have lost what leads out", ends = "normal",
    run = function()
      assert(string.dump == nil)
      assert(os.execute == nil and os.exit == nil and os.remove == nil and os.rename == nil)
      assert(os.tmpname == nil and os.setlocale == nil)
      for key in pairs(debug) do assert(key == "traceback") end
      assert(not pcall(collectgarbage, "stop"))
      assert(not pcall(collectgarbage, "setpause", 1000))
      assert(not pcall(collectgarbage, "step", 1))
      assert(not pcall(collectgarbage, "generational"))
    end },

  { name = "the metatable of strings is hidden; who removes functions harms itself only",
    ends = { "normal", "error" },
    run = function(victim)
      local neap = require("neap")
      assert(type(getmetatable("")) ~= "table")
      assert(not pcall(setmetatable, "", {}))
      string.format = function() return "changed" end
      string.gsub, string.find, string.match, string.rep = nil, nil, nil, nil
      table.concat, table.insert, table.remove, table.sort = nil, nil, nil, nil
      math.floor, math.huge, math.max, math.min = nil, nil, nil, nil
      type, tostring, pairs, ipairs, next, select, unpack = nil   -- luacheck: ignore
      error, pcall, setmetatable, rawget = nil                    -- luacheck: ignore
      neap.call(victim, "taken")
      neap.spawn(function() end)
      neap.send(neap.self(), { 1 })
      neap.receive("x", 0)
      neap.receive(function() return true end)
      neap.info()
      neap.now()
    end },

  { name = "globals and library tables changed for the worse end their process only",
    ends = { "error", "normal", "cpu" },
    run = function(victim)
      local neap = require("neap")
      for key in next, neap do neap[key] = error end
      for _, t in ipairs({ string, table, math, os, coroutine, bit }) do
        for key in next, t do t[key] = function() while true do end end end
      end
      setmetatable(_G, { __index = function() while true do end end })
      require("neap.service").start(victim)
    end },

  { name = "a module of the library that was changed is not changed for others",
    ends = "normal",
    run = function()
      local neap, service = require("neap"), require("neap.service")
      neap.send, service.define = nil, nil
      local pid, ref = neap.spawn_monitor(function()
        local other = require("neap")
        assert(other.send and require("neap.service").define)
      end)
      local down = neap.receive({ "DOWN", ref })
      assert(pid and down[4] == "normal")
    end },

  { name = "environments of functions can not be reached or changed", ends = "normal",
    run = function()
      local env = {}
      local f = assert(load("x = 1 return require, getfenv, setfenv, print", "f", "t", env))
      assert(f() == nil and env.x == 1)
      local globals = _G
      assert(globals._G == globals)
      globals._G = nil
      assert(select("#", pcall(load, "return 1", "x", "t", nil)) == 2)
      globals._G = globals                 -- a handler's globals are there for its next request
    end },

  { name = "snapshots refuse what can not be copied, and say where", ends = "normal",
    run = function()
      local neap = require("neap")
      local co, deep = coroutine.create(print), {}
      local at = deep
      for _ = 1, 1e4 do at.x = {} at = at.x end
      local locked = setmetatable({}, { __metatable = false, __index = function() return co end })
      assert(not pcall(neap.spawn, function() return co end))
      assert(not pcall(neap.spawn, function() return deep end))
      assert(not pcall(neap.spawn, function() return locked end))
      assert(not pcall(neap.spawn, co))
      assert(not pcall(neap.spawn, { run = 1 }))
      assert(not pcall(neap.spawn, setmetatable({}, { __index = function() return co end })))
      assert(not pcall(neap.spawn, { run = print, args = { n = 1e9 } }))
      assert(not pcall(neap.spawn, { run = print, args = { n = -1 } }) or true)
    end },

  { name = "NEAP-10 spawning a function with many upvalues and much in them", ends = "cpu",
    limits = { handles = 1000 },
    run = function()
      local neap = require("neap")
      local t = {}
      for i = 1, 2e4 do t[i] = i end
      while true do
        local ref = select(2, neap.spawn_monitor(function() return t end))
        if ref then neap.receive({ "DOWN", ref }, 0) end
        neap.receive(0)
        for _ = 1, 1e7 do neap.self() end
      end
    end },

  { name = "a chain of functions in upvalues without an end is refused", ends = "normal",
    run = function()
      local neap = require("neap")
      local f = function() end
      for _ = 1, 5000 do
        local g = f
        f = function() return g end
      end
      assert(not pcall(neap.spawn, f))
    end },
}

for _, name in ipairs({ "ffi", "package", "io", "jit", "module", "newproxy", "getfenv", "setfenv",
  "dofile", "loadfile", "gcinfo", "debug.sethook", "debug.getregistry", "debug.getupvalue",
  "debug.setmetatable", "debug.getinfo", "debug.getlocal", "debug.upvaluejoin", "os.exit",
  "string.dump", "host", "coroutine.close" }) do
  cases[#cases + 1] = absent(name)
end

return cases
