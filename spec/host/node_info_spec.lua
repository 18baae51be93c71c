local cjson = require("cjson")
local node = require("spec.support.node")

local function json(n)
  local printed, code = n:cli("info", "--json")
  assert.equal(0, code, printed)
  return cjson.decode(printed)
end

--- A node, and what it says of itself once it printed "ready".
local function after(source, options)
  local n = node.script('local neap = require("neap") ' .. source
    .. ' print("ready") neap.receive()', options)
  n:eventually("ready")
  return json(n), n
end

describe("neap info without a process", function()
  after_each(node.cleanup)

  it("has all its members, in both forms", function()
    local seen, n = after("", { options = { "-w", "2" } })

    local names = {}
    for key in pairs(seen) do names[#names + 1] = key end
    table.sort(names)
    assert.same({ "carriers", "code", "faults", "files", "handles", "images", "log", "mail", "memory",
      "node", "os_pid", "processes", "resting", "slices", "version", "workers" }, names)
    assert.same({ "main", n.pid, 2, 1 }, { seen.node, seen.os_pid, seen.workers, seen.processes })
    local text = n:cli("info")
    for _, line in ipairs({ "node          main", "workers       2", "processes     1", "memory  ",
      "slices ", "carriers ", "images  ", "machine code", "handles ", "mail ", "files ", "log  ",
      "faults        0 inside the VM (fault_policy: continue), 0 C stacks used up" }) do
      assert.truthy(("\n" .. text):find("\n" .. line, 1, true), line .. " is not in " .. text)
    end
  end)

  it("counts images, their clones, and modules that can have none", function()
    local seen, n = after([[
      for _, module in ipairs({ "idler", "impure" }) do
        for _ = 1, 20 do neap.spawn(module, neap.self()) neap.receive("up") end
      end ]], { files = {
        ["idler.lua"] = [[local neap = require("neap")
          return function(to) neap.send(to, { "up" }) end]],
        ["impure.lua"] = [[local neap = require("neap") local me = neap.self()
          return function(to) neap.send(to, { "up", me }) end]] } })

    assert.equal(true, seen.images.on)
    assert.equal(1, seen.images.refused)
    assert.truthy(seen.images.ready >= 1)
    assert.truthy(seen.images.clones >= 20)
    assert.equal(1, seen.images.opened)
    n:eventually('image.refused module=impure why="the top level of its modules asks')
    assert.equal(1, select(2, n:output():gsub("image%.refused", "")))
  end)

  it("counts machine code, and gives it back", function()
    local seen, n = after([[
      local function work(to)
        local x = 0 for i = 1, 1000 do x = x + i end
        neap.send(to, { "up" }) neap.receive()
      end
      neap.spawn{ name = "holder", args = { neap.self() }, run = function(to)
        for i = 1, 10 do
          neap.spawn_link{ run = work, args = { neap.self() }, jit = true }
          neap.receive("up")
        end
        neap.send(to, { "up" }) neap.receive()
      end }
      neap.receive("up") ]])

    local used = seen.code.used   -- on a slow machine the other two compile as well
    assert.truthy(used >= 10 * 65536 and used <= 12 * 65536, used)
    assert.same({ true, 0 }, { seen.code.on, seen.code.refused })
    n:cli("kill", "holder")
    n:eventually(function() return json(n).code.used <= used - 10 * 65536 end)
    assert.truthy(json(n).code.peak >= used)
  end)

  it("counts slices that made way, and those that went on without their worker", function()
    local seen = after([[
      neap.spawn{ jit = false, run = function() while true do end end }
      neap.sleep(20) ]], { options = { "-w", "1" } })
    assert.truthy(seen.slices.preemptions > 0)

    seen = after([[
      neap.spawn{ jit = true, run = function() while true do end end }
      neap.sleep(20) ]], { options = { "-w", "1" } })
    assert.truthy(seen.slices.handovers > 0)
    assert.truthy(seen.carriers.threads >= 2)
  end)

  it("counts processes that were discarded, as no carrier was left; the log says it once", function()
    local _, n = after([[
      for _ = 1, 20 do
        neap.spawn{ jit = true, limits = { cpu = "1h" }, run = function() while true do end end }
      end
      neap.sleep(20) ]], { options = { "-w", "1" } })

    n:eventually(function() return json(n).carriers.exhausted >= 2 end)
    assert.equal(1, select(2, n:output():gsub("carriers%.exhausted", "")))
  end)
end)
