--- Metatables as weapons: chains, circles, growth, and values that are not what they seem.
return {
  { name = "NEAP-10 comparisons that sort for ever", ends = "cpu",
    run = function()
      local mt = {}
      mt.__lt = function() while true do end end
      table.sort({ setmetatable({}, mt), setmetatable({}, mt) })
    end },

  { name = "NEAP-10 an equality that asks for equality", ends = { "cpu", "error" },
    run = function()
      local mt = {}
      mt.__eq = function(a, b) return pcall(function() return a == b end) end
      local a, b = setmetatable({}, mt), setmetatable({}, mt)
      while true do pcall(function() return a == b end) end
    end },

  { name = "NEAP-10 a length that never ends, and what asks for it", ends = "cpu",
    run = function()
      local t = setmetatable({}, { __len = function() while true do end end })
      pcall(unpack, t)
      pcall(table.concat, t)
      while true do table.insert(t, #t) t[1] = nil end
    end },

  { name = "NEAP-09 a concatenation that grows as it is asked", ends = "memory",
    run = function()
      local text = "x"
      local t = setmetatable({}, { __concat = function() text = text .. text return text end })
      while true do local _ = t .. t end
    end },

  { name = "NEAP-09 an __index that keeps each key it was asked for", ends = "memory",
    run = function()
      local t = setmetatable({}, { __index = function(t, k) rawset(t, k, { k }) return t[k] end })
      for i = 1, 1e9 do local _ = t["k" .. i] end
    end },

  { name = "NEAP-09 an __newindex that stores two for one", ends = { "memory", "error", "cpu" },
    limits = { cpu = "1s" },
    run = function()
      local n = 0
      local t = setmetatable({}, { __newindex = function(self, k, v)
        n = n + 1
        rawset(self, n, { k, v })
        self[k .. n] = v
      end })
      while true do pcall(function() t.x = 1 end) end
    end },

  { name = "a chain of __index a hundred thousand long is an error", ends = "error",
    says = "loop", limits = { cpu = "1s", memory = "64MB" },
    run = function()
      local t = {}
      for _ = 1, 1e5 do t = setmetatable({}, { __index = t }) end
      return t.x
    end },

  { name = "a chain of callable tables is an error or an answer", ends = { "normal", "error" },
    limits = { cpu = "1s" },
    run = function()
      local f = function() return 7 end
      for _ = 1, 1000 do f = setmetatable({}, { __call = f }) end
      return f()
    end },

  { name = "a callable circle is an error, again and again", ends = "cpu",
    run = function()
      local mt = {}
      local t = setmetatable({}, mt)
      mt.__call = t
      while true do pcall(t) pcall(pcall, t) pcall(table.sort, { 1, 2 }, t) end
    end },

  { name = "metatables that are changed while they are used", ends = "cpu",
    run = function()
      local t, mt = {}, {}
      local function other() return setmetatable(t, math.random(2) == 1 and mt or nil) end
      mt.__index = function(_, k) other() mt.__index = k == "x" and t or nil return 1 end
      mt.__newindex = function() other() mt.__index = other mt.__newindex = nil end
      mt.__add = function(a) mt.__add = nil setmetatable(t, nil) return a end
      while true do
        pcall(function() t.x = t.y + t.x end)
        pcall(function() return t + t end)
        setmetatable(t, mt)
        mt.__add = mt.__add or function(a) other() return a end
      end
    end },

  { name = "weak tables that are emptied while they are walked", ends = "cpu",
    run = function()
      while true do
        for _, mode in ipairs({ "k", "v", "kv", "vvk", "", "x" }) do
          local t = setmetatable({}, { __mode = mode })
          for i = 1, 200 do t[i] = {} t[{}] = i t["s" .. i] = {} end
          for k in pairs(t) do
            t[k] = nil
            if math.random(50) == 1 then collectgarbage() end
          end
        end
      end
    end },

  { name = "a table that grows and loses what it holds while it is walked",
    ends = { "cpu", "error" },
    run = function()
      while true do
        local t = {}
        for i = 1, 100 do t["k" .. i] = i end
        pcall(function()
          for k in pairs(t) do t[k] = nil t[k .. "x"] = 1 if #k > 20 then break end end
        end)
        pcall(next, t, "not there")
        pcall(next, t, 0 / 0)
      end
    end },

  { name = "__metatable keeps nobody from one's own values, nor opens those of others",
    ends = "normal",
    run = function(victim)
      local t = setmetatable({}, { __metatable = "locked" })
      assert(getmetatable(t) == "locked" and not pcall(setmetatable, t, {}))
      for _, value in ipairs({ "", 1, true, print, victim, coroutine.create(print) }) do
        assert(type(getmetatable(value)) ~= "table")
        assert(not pcall(setmetatable, value, {}))
      end
      assert(not pcall(setmetatable, {}, 1) and not pcall(setmetatable))
    end },

  { name = "globals that answer to every name, and library functions that meet them",
    ends = { "normal", "error" }, status = 500,
    run = function(victim)
      local neap = require("neap")
      setmetatable(_G, { __index = function(_, k) return k end, __newindex = error,
        __call = error, __len = error })
      setmetatable(string, { __index = error })
      setmetatable(table, { __index = function() return victim end })
      assert(neap.call(victim, "taken"))
      neap.spawn(function() return nothing.at.all end)     -- luacheck: ignore
      neap.exit("error")
    end },

  { name = "host functions given tables that lie about themselves", ends = "normal",
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      local asked = 0
      local function lie() asked = asked + 1 return asked end
      local liar = setmetatable({}, { __index = lie, __len = lie, __tostring = lie, __eq = lie,
        __lt = lie, __le = lie, __call = lie, __concat = lie, __unm = lie, __mode = "kv" })
      for _, f in pairs(neap) do
        if type(f) == "function" and f ~= neap.exit and f ~= neap.receive then
          pcall(f, liar) pcall(f, liar, liar) pcall(f, victim, liar) pcall(f, "x", liar, liar)
        end
      end
      pcall(neap.receive, liar, 0)
      assert(neap.call(victim, "taken"))
    end },

  { name = "__pairs, __ipairs, __gc and __close are nobody's business", ends = "normal",
    run = function()
      local function never() error("ran") end
      do
        local t = setmetatable({ 1 }, { __pairs = never, __ipairs = never, __gc = never,
          __close = never, __name = never })
        assert(#t == 1)
        pcall(tostring, t)
      end
      for _ = 1, 5 do collectgarbage() end
    end },
}
