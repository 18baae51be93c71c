local node = require("spec.support.node")

local ONE = { options = { "--workers", "1" } }

--- Loops that the compiler gives up on (they make functions), for ever: without pauses nobody
--- else would run, and the test would never end. Those that can not yield are in handover_spec.lua.
local HOGS = [[
  local hogs = {
    plain = function()
      while true do local f = function() end f() end
    end,
    coroutine = function()
      local step = coroutine.wrap(function()
        while true do local f = function() end f() coroutine.yield() end
      end)
      while true do step() end
    end,
    caught = function()
      while true do pcall(function() while true do local f = function() end f() end end) end
    end,
    counted = function()
      while true do end
    end,
  }
  local function start(name)
    local limits = { cpu = math.huge, instructions = name == "counted" and 1e15 or nil }
    return neap.spawn_monitor({ run = hogs[name], limits = limits })
  end
]]

describe("a turn that lasts", function()
  after_each(node.cleanup)

  for _, name in ipairs({ "plain", "coroutine", "caught", "counted" }) do
    it("lets others run on its worker: " .. name, function()
      node.check(HOGS .. ([[
        local pid, ref = start(%q)
        for _ = 1, 20 do neap.sleep(1) end
        neap.kill(pid)
        expect.equal("killed", neap.receive({ "DOWN", ref })[4])
      ]]):format(name), ONE)
    end)
  end

  it("SIG-18 can be ended from its own worker", function()
    node.check(HOGS .. [[
      local pid, ref = start("plain")
      neap.exit(pid, "enough")
      expect.equal("enough", neap.receive({ "DOWN", ref })[4])
    ]], ONE)
  end)

  it("computes the same as without pauses, also in coroutines and below C functions", function()
    node.check([[
      local works = {
        generator = function()
          local numbers = coroutine.wrap(function()
            for i = 1, 30000 do
              local f = function() end
              f()
              coroutine.yield(i)
            end
          end)
          local sum = 0
          for n in numbers do sum = sum + n end
          return sum
        end,
        nested = function()
          local function level(n)
            if n == 0 then
              for i = 1, 20000 do
                local f = function() end
                f()
                if i % 100 == 0 then coroutine.yield(i) end
              end
              return "end"
            end
            local inner, got = coroutine.wrap(level), 0
            while true do
              local value = inner(n - 1)
              if value == "end" then return "end" end
              got = got + 1
              if got % 2 == 1 then coroutine.yield(value) else coroutine.yield() end
            end
          end
          local outer, seen = coroutine.create(level), 0
          while true do
            local ok, value = coroutine.resume(outer, 3)
            assert(ok, value)
            if value == "end" then return seen end
            seen = seen + (value or 1)
          end
        end,
        sorted = function()
          local t, s = {}, 0
          for i = 1, 20000 do t[i] = (i * 7919) % 20011 end
          table.sort(t, function(a, b)
            local f = function() return a < b end
            return f()
          end)
          for i = 1, #t do s = (s * 31 + t[i]) % 1000003 end
          return s
        end,
        replaced = function()
          local n = 0
          local text = ("x"):rep(20000):gsub("x", function()
            local co = coroutine.wrap(function()
              local f = function() n = n + 1 end
              f()
              coroutine.yield("y")
            end)
            return co()
          end)
          return n .. text:sub(1, 3)
        end,
      }
      local alone = {}
      for name, work in pairs(works) do alone[name] = work() end
      local refs = {}
      for name, work in pairs(works) do
        for copy = 1, 3 do
          local _, ref = neap.spawn_monitor({ run = function()
            require("neap").exit({ "result", work() })
          end, limits = { cpu = math.huge } })
          refs[ref] = name
        end
      end
      for ref, name in pairs(refs) do
        local reason = neap.receive({ "DOWN", ref })[4]
        expect.same({ "result", alone[name] }, reason, name)
      end
    ]], ONE)
  end)

  it("has its code compiled, and no sign of the compiler in its globals", function()
    node.check([[
      local before = jit
      local s = 0
      local start = neap.info().cpu
      while neap.info().cpu < start + 40 do for i = 1, 1e5 do s = s + i % 7 end end
      expect.equal(nil, before)
      expect.equal(nil, rawget(_G, "jit"))
      expect.equal(false, (pcall(require, "jit")))
    ]])
  end)
end)
