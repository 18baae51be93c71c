local fake_host = require("spec.support.fake_host")

describe("a service with newer code", function()
  local world, host, service, made, undone

  --- A service of the module `counter`, whose code the test replaces.
  local function started(handlers)
    made = service.define(handlers)
    world.modules.counter = function() return made end
    world.loader.codes.counter = 1
    return service.start("counter")
  end

  local function handlers(version, more)
    local all = { version = version, init = function() return { n = 5 } end,
      call = { get = function(state) return version, state.n end } }
    for key, value in pairs(more or {}) do all[key] = value end
    return all
  end

  --- From here on the module gives `value`; the service is told.
  local function replace(pid, value)
    world.generation = world.generation + 1
    undone = false
    world.renewal.run = function()
      local loader = world.loader
      loader.loaded.counter, loader.codes.counter = value, loader.codes.counter + 1
      return world.generation, function() undone = true end
    end
    world:tell_code(pid)
  end

  local function answer_of(pid)
    host.sleep(1)
    return world.processes[pid].answer
  end

  before_each(function()
    world = fake_host.new()
    host = world.host
    service = require("neap.service")
  end)

  it("is known to the host by its module", function()
    world:run(function()
      local pid = started(handlers(1))

      assert.same({ "counter", 1 }, world.processes[pid].upgrader)
      assert.equal(1, world.processes[pid].code)
    end)
  end)

  it("keeps its code if it came as a snapshot", function()
    world:run(function()
      local pid = service.start(service.define(handlers(1)))

      assert.is_nil(world.processes[pid].upgrader)
    end)
  end)

  it("switches between two messages, and keeps its state", function()
    world:run(function()
      local pid = started(handlers(1))
      replace(pid, service.define(handlers(2)))

      assert.same({ 2, 5 }, { host.call(pid, "get") })
      assert.same({ 2, 2 }, answer_of(pid))
    end)
  end)

  it("has the state that upgrade gives, which is told the old version", function()
    world:run(function()
      local pid = started(handlers(1))
      replace(pid, service.define(handlers(2, { upgrade = function(state, old)
        return { n = state.n * 100 + old }
      end })))

      assert.same({ 2, 501 }, { host.call(pid, "get") })
    end)
  end)

  for what, case in pairs({
    ["upgrade raises"] = { function() error("x.lua:1: boom", 0) end, "upgrade: x.lua:1: boom" },
    ["upgrade gives nothing"] = { function() end, "upgrade returned nil; expected the new state" },
    ["upgrade gives false"] = { function() return false end,
      "upgrade returned false; expected the new state" },
    ["upgrade says why not"] = { function() return nil, "too old" end, "upgrade refused: too old" },
  }) do
    it("SRV-15 goes on with old code and state if " .. what, function()
      world:run(function()
        local pid = started(handlers(1))
        replace(pid, service.define(handlers(2, { upgrade = case[1] })))

        assert.same({ 1, 5 }, { host.call(pid, "get") })
        assert.equal(case[2], answer_of(pid)[3])
        assert.is_true(undone)
      end)
      assert.equal(case[2], world:logged("service.upgrade_refused")[1].reason)
    end)
  end

  it("goes on as it was if its module is no service any more", function()
    world:run(function()
      local pid = started(handlers(1))
      replace(pid, 7)

      assert.same({ 1, 5 }, { host.call(pid, "get") })
      assert.equal('module "counter" returns 7 now; expected a service', answer_of(pid)[3])
    end)
  end)

  it("goes on as it was if a module does not load", function()
    world:run(function()
      local pid = started(handlers(1))
      replace(pid, nil)
      world.renewal.run = function() return nil, "util.lua:3: boom" end

      assert.same({ 1, 5 }, { host.call(pid, "get") })
      assert.same({ 2, 1, "util.lua:3: boom" }, answer_of(pid))
    end)
  end)

  it("runs the new terminate, also where there was none", function()
    local ended
    world:run(function()
      local pid = started(handlers(1))
      replace(pid, service.define(handlers(2, { terminate = function(state, reason)
        ended = { state.n, reason.message }
      end, call = { fail = function() error("boom", 0) end } })))

      host.call(pid, "fail")
    end)
    assert.same({ 5, "boom" }, ended)
  end)

  it("sees the exit of its parent only as long as it has terminate", function()
    world:run(function()
      local pid = started(handlers(1, { terminate = function() end }))
      assert.is_true(world.processes[pid].trap_parent)

      replace(pid, service.define(handlers(2)))
      host.call(pid, "get")

      assert.is_false(world.processes[pid].trap_parent)
    end)
  end)

  it("finds itself in a field of its module", function()
    world:run(function()
      local inner = service.define(handlers(1))
      world.renewal.origin = function() return "counter", "inner" end
      world.loader.codes.counter = 1
      local pid = service.start(inner)

      replace(pid, { inner = service.define(handlers(2)) })

      assert.same({ 2, 5 }, { host.call(pid, "get") })
    end)
  end)
end)
