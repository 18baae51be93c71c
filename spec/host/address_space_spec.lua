local cjson = require("cjson")
local node = require("spec.support.node")

local MIB = 1024 ^ 2

--- Starts a node and ends it again, with that much address space: what it printed, and its code.
local function run_with(mib, workers)
  local dir = node.folder({ ["main.lua"] = 'local neap = require("neap")\n'
    .. 'local _, ref = neap.spawn_monitor(function() print("works") end) neap.receive("DOWN")' })
  return node.run({ "run", "-w", workers, dir .. "/main.lua" }, { address_space = mib * MIB })
end

local function count(text, word)
  return select(2, text:gsub(word:gsub("%p", "%%%0"), ""))
end

describe("with little address space (ulimit -v), a node", function()
  if node.is_sanitized() then return end
  after_each(node.cleanup)

  it("works, and says once that it has less; or says in one line why not", function()
    local works, refuses = 0, 0
    for _, mib in ipairs({ 20, 60, 100, 200, 250, 280, 300, 320, 350, 380, 400, 410, 420, 430, 440,
      450, 500, 600, 700, 800, 1000, 1500, 2000, 4000, 8000, 100000 }) do
      for workers = 1, 3 do
        local printed, code = run_with(mib, workers)
        local what = ("%d MiB, %d workers: %s, %s"):format(mib, workers, code, printed)
        if code == 0 then
          works = works + 1
          assert.equal(1, count(printed, "works"), what)
          assert.equal(1, count(printed, "memory.reduced"), what)
        else
          refuses = refuses + 1
          assert.equal(3, code, what)
          assert.truthy(printed:find("^neap run: the node cannot start: ulimit %-v leaves %d+ MiB"
            .. " of address space, and a node with %d workers? needs %d+: raise it[^\n]*\n$"), what)
        end
      end
    end
    assert.truthy(works > 30 and refuses > 10, works .. " and " .. refuses)
  end)

  it("says nothing without a limit", function()
    assert.equal(0, count(node.check(""), "memory.reduced"))
  end)

  it("goes on with the carriers it has, says so once, and counts what was refused", function()
    local n = node.script([[
      local neap = require("neap")
      for _ = 1, 2 do
        neap.spawn_monitor{ jit = true, limits = { cpu = "1s" }, run = function() while true do end end }
      end
      neap.receive("DOWN") neap.receive("DOWN")
      print("on it goes") neap.receive() ]], { address_space = 294 * MIB, options = { "-w", "1" } })
    n:eventually("on it goes")

    local carriers = cjson.decode((n:cli("info", "--json"))).carriers
    assert.equal(1, carriers.threads)
    assert.truthy(carriers.refused > 0)
    assert.equal(1, count(n:output(), "carriers.exhausted carriers=1 max="))
  end)

  it("refuses more memory to who holds the most, and others go on", function()
    local n = node.script([[
      local neap = require("neap")
      local function small()
        local kept = ("x"):rep(300000)
        while true do
          local more = ("y"):rep(200000 + #kept % 7)
          kept = more .. "z"
          neap.sleep(0)
        end
      end
      local function hog()
        local t = {}
        while true do
          t[#t + 1] = ("x"):rep(400000) .. #t
          if #t % 4 == 0 then neap.sleep(0) end
        end
      end
      local limits = { memory = "4GB", cpu = "1h" }
      local victims = {}
      for i = 1, 6 do
        local _, ref = neap.spawn_monitor{ run = small, limits = limits }
        victims[i] = ref
      end
      for _ = 1, 6 do
        local _, ref = neap.spawn_monitor{ run = hog, limits = limits }
        print("hog", neap.reason(neap.receive({ "DOWN", ref })[4]))
      end
      for _, ref in ipairs(victims) do
        if neap.receive({ "DOWN", ref }, 0) then print("a victim is gone") end
      end
      print("that was all") neap.receive() ]], { address_space = 450 * MIB, options = { "-w", "1" } })
    n:eventually("that was all")

    assert.equal(6, count(n:output(), "0.1 hog\tthe node has no more memory for a process that holds"))
    assert.equal(0, count(n:output(), "a victim is gone"))
  end)

  it("runs what finds no room for machine code interpreted, says so once, and counts it", function()
    local n = node.script([[
      local neap = require("neap")
      local function work(to)
        local sum = 0
        for i = 1, 1000 do sum = sum + i end
        neap.send(to, { "sum", sum })
        neap.receive("again")
        for i = 1, 1000 do sum = sum + i end
        neap.send(to, { "sum", sum, neap.info().jit })
        neap.receive()
      end
      local function drive()   -- without machine code of its own
        local pids = {}
        for i = 1, 600 do
          pids[i] = neap.spawn{ run = work, args = { neap.self() }, jit = true }
          assert(neap.receive("sum")[2] == 500500)
        end
        for i = 1, 600 do
          neap.send(pids[i], { "again" })
          local answer = neap.receive("sum")
          assert(answer[2] == 1001000)
          if not answer[3] and not neap.whereis("refused") then neap.register("refused", pids[i]) end
        end
        print("all answered") neap.receive()
      end
      neap.spawn_link{ run = drive, jit = false } neap.receive() ]], { address_space = 450 * MIB,
        options = { "-w", "1" } })
    n:eventually("all answered")

    local code = cjson.decode((n:cli("info", "--json"))).code
    assert.equal(code.reserved, code.used)
    local refused = 600 - code.reserved / 65536
    assert.truthy(refused > 0)
    -- Where the machine is slow, the main process uses 10 ms, and asks as well.
    assert.truthy(code.refused == refused or code.refused == refused + 1, code.refused)
    assert.equal(1, count(n:output(), "jit.exhausted"))
    assert.truthy(n:cli("info", "refused"):find("true, refused: no room for machine code", 1, true))
  end)
end)
