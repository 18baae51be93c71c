local cjson = require("cjson")
local node = require("spec.support.node")

--- What the processes run: `spin` computes until `done()`.
local SPIN = [[
  local function spin(done)
    local n = 0
    repeat for i = 1, 1000 do n = n + i % 7 end until done(neap.info())
    return neap.info()
  end
]]

describe("jit", function()
  after_each(node.cleanup)

  it("is off for a process that has used little CPU, and on once it has used 10 ms", function()
    node.check(SPIN .. [[
      local idle = neap.spawn(function() neap.receive() end)
      expect.equal(false, neap.info(idle).jit)
      local info = spin(function(info) return info.jit end)
      expect.truthy(info.cpu >= 10, "cpu")
      expect.equal(false, neap.info(idle).jit)
    ]])
  end)

  it("is on from the start of a process with jit = true", function()
    node.check([[
      local function tell(to) neap.send(to, { "jit", neap.info().jit, neap.info().turns }) end
      for i = 1, 5 do   -- opened, then as clones of an image
        neap.spawn{ run = tell, args = { neap.self() }, jit = true }
        local m = neap.receive("jit")
        expect.equal(true, m[2]) expect.equal(1, m[3])
      end
    ]])
  end)

  it("stays off for a process with jit = false, or one that counts instructions", function()
    node.check(SPIN .. [[
      local function work(to)
        neap.send(to, { "jit", spin(function(info) return info.cpu >= 30 end).jit })
      end
      for _, options in ipairs({ { jit = false }, { limits = { instructions = 1e12 } },
          { jit = "auto", limits = { instructions = 1e12 } } }) do
        options.run, options.args = work, { neap.self() }
        neap.spawn(options)
        expect.equal(false, neap.receive("jit")[2])
      end
    ]])
  end)

  it("is the same for services and for children, and nobody inherits it", function()
    node.check([[
      local answering = service.define({
        init = function() return {} end,
        call = {
          jit = function() return neap.info().jit end,
          jit_of_child = function() return neap.info(neap.spawn(function() neap.receive() end)).jit end,
        } })
      local pid = service.start{ run = answering, jit = true }
      expect.equal(true, neap.call(pid, "jit"))
      expect.equal(false, neap.call(pid, "jit_of_child"))
      local sup = supervisor.start_link({ children = {
        { id = "on", start = { answering }, jit = true },
        { id = "off", start = { answering }, jit = false } } })
      for _, child in ipairs(supervisor.which_children(sup)) do
        expect.equal(child.id == "on", neap.call(child.pid, "jit"))
      end
    ]])
  end)

  it("is on in 8,000 processes at once, which all answer; further ones run interpreted", function()
    local count = node.is_sanitized() and 300 or 8300
    local n = node.script(([[
      local neap = require("neap")
      local function sum() local n = 0 for i = 1, 1000 do n = n + i end return n end
      local function work(to)
        neap.send(to, { "sum", sum() })
        while true do neap.receive("again") neap.send(to, { "sum", sum() }) end
      end
      local function drive(count)
        local pids = {}
        for i = 1, count do
          pids[i] = neap.spawn_link{ run = work, args = { neap.self() }, jit = true }
          assert(neap.receive("sum")[2] == 500500)
          if i %% 1000 == 0 then print("there are " .. i) end
        end
        for i = 1, count do neap.send(pids[i], { "again" }) end
        for i = 1, count do assert(neap.receive("sum")[2] == 500500) end
        print("all answered") neap.receive()
      end
      neap.spawn_link{ run = drive, args = { %d }, jit = false,
        limits = { handles = 100000, cpu = "10min" } }
      neap.receive() ]]):format(count))
    for thousand = 1000, count, 1000 do n:eventually("there are " .. thousand) end
    n:eventually("all answered")

    local code = cjson.decode((n:cli("info", "--json"))).code
    local room = 512 * 1024 ^ 2 / 65536 - 1   -- an area of the arena is the host's
    local used = code.used / 65536
    assert.equal(room, code.reserved / 65536)
    assert.truthy(used >= math.min(count, room) and used <= room, used)
    assert.truthy(used + code.refused >= count, code.refused)
    assert.truthy(used + code.refused <= count + 1, code.refused)   -- main may compile as well
  end)

  it("is shown by neap info", function()
    local n = node.script([[
      local neap = require("neap")
      local function wait(to) neap.send(to, { "up" }) neap.receive() end
      for name, jit in pairs({ never = false, always = true, late = "auto" }) do
        neap.spawn{ run = wait, args = { neap.self() }, name = name, jit = jit }
        neap.receive("up")
      end
      neap.spawn{ run = wait, args = { neap.self() }, name = "counts",
        limits = { instructions = 1000000 } }
      neap.receive("up")
      print("ready") neap.receive() ]])
    n:eventually("ready")

    for name, seen in pairs({ never = { "false", "off" }, always = { "true", "on" },
      late = { "auto", "off" }, counts = { "auto", "off" } }) do
      assert.same({ policy = seen[1], state = seen[2] },
        cjson.decode((n:cli("info", "--json", name))).jit)
      assert.truthy(n:cli("info", name):find(("\njit %s %s, %s"):format((" "):rep(9), unpack(seen)),
        1, true))
    end
    assert.truthy(n:cli("info", "counts"):find("auto, off: it counts instructions", 1, true))
  end)
end)
