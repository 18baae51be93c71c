local node = require("spec.support.node")

describe("neap.info", function()
  after_each(node.cleanup)

  it("tells of the caller, a pid, a name and an address; nil of none", function()
    node.check([[
      local pid = neap.spawn{ run = function() neap.receive() end, name = "named" }
      expect.equal(neap.self(), neap.info().pid)
      expect.equal(pid, neap.info(pid).pid) expect.equal(pid, neap.info("named").pid)
      expect.equal(pid, neap.info(neap.address("named")).pid)
      expect.equal(nil, neap.info("nobody"))
    ]])
  end)

  it("has all its fields", function()
    node.check([[
      local info = neap.info()
      local types = { pid = "userdata", name = "string", state = "string", module = "string",
        version = "nil", links = "number", monitors = "number", trap_exit = "boolean",
        mailbox = "table", memory = "number", cpu = "number", turns = "number", limits = "table",
        started = "number", image = "string", jit = "boolean" }
      for key, wanted in pairs(types) do expect.equal(wanted, type(info[key]), key) end
      expect.equal("main", info.name) expect.equal("running", info.state)
      expect.equal(neap.self(), neap.info(neap.spawn(function() neap.receive() end)).parent)
    ]])
  end)

  it("shows what a process holds", function()
    node.check([[
      local pid = neap.spawn{ run = function(to)
        neap.link(to) neap.monitor(to) neap.monitor(to) neap.trap_exit(true)
        neap.send_after("1h", to, 1)
        neap.send(to, { "up" }) neap.receive("never")
      end, args = { neap.self() } }
      neap.receive("up", 5000)
      for i = 1, 3 do neap.send(pid, { i }) end
      local info
      repeat info = neap.info(pid) neap.sleep(1) until info.state == "waiting"
      expect.equal(1, info.links) expect.equal(2, info.monitors) expect.equal(1, info.timers)
      expect.equal(true, info.trap_exit)
      expect.equal(3, info.mailbox.messages) expect.truthy(info.mailbox.bytes > 0)
      expect.equal(0, info.mailbox.refused)
    ]])
  end)

  it("shows which code of its module a process runs, if it is of one", function()
    node.check([[
      local pid = neap.spawn("idler", neap.self())
      neap.receive("up")
      expect.equal(1, neap.info(pid).code)
      expect.equal(nil, neap.info().code)
      expect.equal(nil, neap.info(neap.spawn(function() neap.receive() end)).code)
    ]], { files = { ["idler.lua"] = [[local neap = require("neap")
      return function(to) neap.send(to, { "up" }) neap.receive() end]] } })
  end)

  it("shows the version of a service that has one, and none of others", function()
    node.check([[
      for _, version in ipairs({ 2, 0.5, "2024-05-01" }) do
        expect.equal(version, neap.info(service.start(service.define({ version = version }))).version)
      end
      expect.equal(nil, neap.info(service.start(service.define({}))).version)
      expect.equal(nil, neap.info(neap.spawn(function() neap.receive() end)).version)
      expect.equal(nil, neap.info().version)
    ]])
  end)

  it("shows the limits given, and the defaults", function()
    node.check([[
      local function idle() neap.receive() end
      local default = neap.info(neap.spawn(idle)).limits
      expect.equal(64 * 1024 ^ 2, default.memory) expect.equal(5000, default.cpu)
      expect.equal(math.huge, default.instructions)
      expect.equal(16 * 1024 ^ 2, default.message) expect.equal(1000, default.handles)
      local given = neap.info(neap.spawn{ run = idle, limits = { memory = "2MB", cpu = "100ms",
        instructions = 1e6, message = "64KB", handles = 7 } })
      expect.equal(2 * 1024 ^ 2, given.limits.memory) expect.equal(100, given.limits.cpu)
      expect.equal(1e6, given.limits.instructions) expect.equal(65536, given.limits.message)
      expect.equal(7, given.limits.handles) expect.equal(false, given.jit)
    ]])
  end)

  it("counts turns and CPU time, and memory as it grows", function()
    node.check([[
      local before = neap.info()
      for _ = 1, 10 do neap.send(neap.self(), 1) neap.receive() end
      local keep = {} for i = 1, 50000 do keep[i] = { i } end
      local after = neap.info()
      expect.equal(10, after.turns - before.turns)
      expect.truthy(after.memory - before.memory > 1000000, "memory")
      expect.truthy(after.cpu >= before.cpu, "cpu")
      expect.equal(before.started, after.started)
    ]])
  end)

  it("shows the module of a process", function()
    node.check([[
      local pid = neap.spawn("idler")
      expect.equal("idler", neap.info(pid).module)
    ]], { files = { ["idler.lua"] = "return function() require('neap').receive() end" } })
  end)
end)

describe("neap.log", function()
  after_each(node.cleanup)

  it("writes the event and its fields, at its level", function()
    local printed = node.check([[
      neap.log.info("job.done", { id = 7, name = "two words", ok = true })
      neap.log.warn("job.slow") neap.log.error("job.lost", { list = { 1, 2 }, by = neap.self() })
    ]])

    local line = printed:match("[^\n]*job%.done[^\n]*")
    assert.truthy(line:find(" info ", 1, true) and line:find("id=7", 1, true), line)
    assert.truthy(line:find('name="two words"', 1, true) and line:find("ok=true", 1, true), line)
    assert.truthy(printed:match(" warn [^\n]*job%.slow"))
    assert.truthy(printed:match(' error [^\n]*job%.lost[^\n]*list="?{1, 2}'), printed)
  end)

  it("writes one line, whatever the texts hold", function()
    local printed = node.check([[
      neap.log.info("evil", { text = "a\nb\27[31m\0c", ["k\ney"] = 1 })
      print("two\nlines")
    ]])

    local line = printed:match("[^\n]*evil[^\n]*")
    assert.truthy(line:find("text=", 1, true), line)
    assert.is_nil(printed:find("\27", 1, true))
    assert.is_nil(printed:find("%z"))
  end)

  it("print writes at info level with the pid", function()
    local printed = node.check([[ print("hello", 1, nil, true) ]])

    assert.truthy(printed:find(" info  0.1 hello\t1\tnil\ttrue", 1, true), printed)
  end)
end)

describe("clocks", function()
  after_each(node.cleanup)

  it("TMR-05 now is monotonic ms with fractions, time is the epoch", function()
    node.check([[
      local last, fraction = neap.now(), false
      for _ = 1, 1000 do
        local now = neap.now()
        expect.truthy(now >= last)
        fraction = fraction or now % 1 ~= 0
        last = now
      end
      expect.truthy(fraction, "a fraction") expect.truthy(math.abs(neap.time() - os.time()) < 5)
    ]])
  end)

  it("TMR-02 text and numbers are the same times", function()
    node.check([[
      for text, ms in pairs({ ["2s"] = 2000, ["500000ms"] = 5e5, ["1min"] = 6e4, ["1h"] = 3.6e6 }) do
        local left = neap.cancel(neap.send_after(text, neap.self(), 1))
        expect.truthy(left <= ms and left > ms - 1000, text .. " left " .. left)
      end
    ]])
  end)

  it("TMR-04 a name is looked up when the timer fires", function()
    node.check([[
      neap.send_after(5, "later", "by name") neap.send_after(5, neap.address("later"), "by address")
      neap.register("later")
      local got = { [neap.receive(5000)] = true, [neap.receive(5000)] = true }
      expect.same({ ["by name"] = true, ["by address"] = true }, got)
    ]])
  end)
end)
