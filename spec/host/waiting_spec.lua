local node = require("spec.support.node")

--- Every call that can wait, as one that has to; and proof that the process is whole.
local TOOLS = [[
local me = neap.self()
local answers = service.start(service.define({ call = {
  id = function(_, v) return v end,
  never = function() return service.noreply end,
} }))
local full = neap.spawn{ run = function() neap.receive("never") end, mailbox = { messages = 1 } }
neap.send(full, 1)
local waits = {
  receive = function() return neap.receive(5) end,
  match = function() return neap.receive(function() return false end, 5) end,
  sleep = function() return neap.sleep(5) end,
  call = function() return neap.call(answers, "id", 1) end,
  send = function() return neap.send(full, 2, { timeout = 5 }) end,
  start = function() return service.start(service.define({})) end,
}
local function whole()
  expect.equal(7, (neap.call(answers, "id", 7)))
  neap.send(me, "mail") expect.equal("mail", (neap.receive(0)))
  expect.equal(true, neap.sleep(0)) expect.fails("timeout", neap.receive(1))
  expect.fails("full", neap.send(full, 2, { timeout = 1 }))
  expect.equal(1, neap.info(full).mailbox.messages)
  local co = coroutine.wrap(function() coroutine.yield(1) return neap.call(answers, "id", 2) end)
  expect.equal(1, co()) expect.equal(2, co())
end
local TEXT = "have to wait here, inside a function that C code called"
]]

local function check(source)
  node.check(TOOLS .. source)
end

describe("a call that waits", function()
  after_each(node.cleanup)

  local KINDS = { "receive", "match", "sleep", "call", "send", "start" }

  for _, kind in ipairs(KINDS) do
    it("is a clear error where it can not wait, and does no damage: " .. kind, function()
      check(([[
        local wait = waits[%q]
        local places = {
          sort = function() table.sort({ 3, 1, 2 }, function(a, b) wait() return a < b end) end,
          gsub = function() ("abc"):gsub(".", function() wait() end) end,
          index = function() local _ = setmetatable({}, { __index = function() wait() end }).x end,
          concat = function()
            local _ = setmetatable({}, { __concat = function() wait() return "" end }) .. "x"
          end,
        }
        for name, place in pairs(places) do
          local ok, message = pcall(place)
          if name == "sort" or name == "gsub" then
            expect.equal(false, ok, name)
            expect.truthy(tostring(message):find(TEXT, 1, true), name .. ": " .. tostring(message))
          else                            -- LuaJIT may yield there: then it just waits
            expect.truthy(ok or tostring(message):find(TEXT, 1, true), name)
          end
          whole()
        end
      ]]):format(kind))
    end)

    it("is a clear error in a coroutine below C, and does no damage: " .. kind, function()
      check(([[
        local wait = waits[%q]
        for _, start in ipairs({
          function(f) coroutine.wrap(f)() end,
          function(f) assert(coroutine.resume(coroutine.create(f))) end,
          function(f) coroutine.wrap(function() coroutine.wrap(f)() end)() end,
        }) do
          local message = expect.raises(TEXT, table.sort, { 2, 1 }, function(a, b)
            start(wait)
            return a < b
          end)
          whole()
        end
      ]]):format(kind))
    end)

    it("waits inside coroutines in coroutines: " .. kind, function()
      check(([[
        local wait = waits[%q]
        local plain = { wait() }
        local nested = { coroutine.wrap(function()
          return coroutine.wrap(function() return wait() end)()
        end)() }
        expect.equal(#plain, #nested) expect.equal(type(plain[1]), type(nested[1]))
        whole()
      ]]):format(kind))
    end)

    it("waits below pcall and xpcall, which see its results: " .. kind, function()
      check(([[
        local wait = waits[%q]
        local plain = { wait() }
        local ok, first = pcall(wait)
        expect.equal(true, ok) expect.equal(type(plain[1]), type(first))
        ok, first = xpcall(wait, tostring)
        expect.equal(true, ok) expect.equal(type(plain[1]), type(first))
        whole()
      ]]):format(kind))
    end)
  end

  it("says at which line it was", function()
    check([[
      local message = expect.raises(TEXT, table.sort, { 2, 1 }, function() neap.sleep(5) end)
      expect.truthy(message:find("^main.lua:%d+: neap.sleep: "), message)
    ]])
  end)

  it("that has nothing to wait for is allowed anywhere", function()
    check([[
      neap.send(me, 1) neap.send(me, 2) neap.send(me, 3) neap.send(me, 4)
      local taken = {}
      local text = ("abc"):gsub(".", function() return tostring((neap.receive(0))) end)
      expect.equal("123", text)
      expect.equal(4, (neap.receive(0)))
    ]])
  end)

  it("that was left by an error leaves no timeout that hits the next one", function()
    check([[
      pcall(table.sort, { 2, 1 }, function() neap.receive(5) end)
      neap.send_after(20, me, "late")
      expect.equal("late", (neap.receive(5000)))
    ]])
  end)

  it("that was refused below C sends nothing later", function()
    check([[
      local box = neap.spawn{ run = function(to)
        repeat neap.sleep(1) until neap.info().mailbox.refused > 0
        neap.sleep(5)                       -- the sender has raised, and only receives now
        local got = { "got" }
        repeat
          local m = neap.receive(20)
          got[#got + 1] = m
        until m == nil
        neap.send(to, got)
      end, args = { me }, mailbox = { messages = 1 } }
      neap.send(box, "first")
      expect.raises(TEXT, table.sort, { 2, 1 }, function() neap.send(box, "refused") end)
      expect.same({ "got", "first" }, neap.receive("got", 5000))
    ]])
  end)

  it("goes on with the coroutine that waited, not with another one", function()
    check([[
      local a = coroutine.create(function() local m = neap.receive("a", 5000) return m[2] end)
      neap.send_after(5, me, { "a", 1 })
      local ok, value = coroutine.resume(a)
      expect.equal(true, ok) expect.equal(1, value) expect.equal("dead", coroutine.status(a))
      local order = {}
      local function task(n) return coroutine.wrap(function()
        for i = 1, 3 do neap.sleep(1) order[#order + 1] = n coroutine.yield() end end) end
      local one, two = task(1), task(2)
      for _ = 1, 3 do one() two() end
      expect.same({ 1, 2, 1, 2, 1, 2 }, order)
    ]])
  end)

  it("inside a coroutine may be ended by neap.exit", function()
    check([[
      local _, ref = neap.spawn_monitor(function()
        coroutine.wrap(function() neap.sleep(1) pcall(neap.exit, "from inside") end)()
      end)
      expect.equal("from inside", neap.receive({ "DOWN", ref }, 5000)[4])
    ]])
  end)
end)
