local fake_host = require("spec.support.fake_host")

describe("service", function()
  local world, host, service, neap_error

  before_each(function()
    world = fake_host.new()
    host = world.host
    service = require("neap.service")
    neap_error = require("neap.error")
  end)

  local function counter(handlers)
    handlers.init = handlers.init or function(start) return { n = start or 0 } end
    handlers.call = handlers.call or {
      get = function(state) return state.n end,
      fail = function() error("boom", 0) end,
      finish = function() return service.exit("done", "bye") end,
    }
    return service.define(handlers)
  end

  it("SRV-01 start returns when init has", function()
    world:run(function()
      local slow = counter({ init = function() host.sleep(100) return {} end })

      assert.is_truthy(service.start(slow))

      assert.equal(100, host.now())
    end)
  end)

  it("SRV-02 init that gives nil and a reason fails the start with it", function()
    world:run(function()
      local pid, reason = service.start(counter({ init = function() return nil, "no disk" end }))

      assert.same({ nil, "no disk" }, { pid, reason })
    end)
  end)

  it("SRV-02 a parent that traps exits gets the EXIT too", function()
    world:run(function()
      host.trap_exit(true)

      service.start_link(counter({ init = function() return nil, "no disk" end }))

      assert.equal("no disk", host.receive("EXIT", 0)[3])
    end)
  end)

  it("SRV-03 init that gives service.ignore leaves no process and is no failure", function()
    world:run(function()
      local pid, err = service.start(counter({ init = function() return service.ignore end }))

      assert.is_nil(pid)
      assert.equal("ignore", err.kind)
    end)
    assert.equal("normal", world.ended[1].reason)
  end)

  it("SRV-04 init that raises fails the start with the error", function()
    world:run(function()
      local _, reason = service.start(counter({ init = function() error("bad", 0) end }))

      assert.same({ "error", "bad" }, { reason.kind, reason.message })
    end)
  end)

  it("SRV-05 init over its time is killed", function()
    world:run(function()
      local never = counter({ init = function() host.sleep(1e9) return {} end })

      local _, err = service.start({ run = never, timeout = 50 })

      assert.equal("timeout", err.kind)
    end)
    assert.equal("killed", world.ended[1].reason)
  end)

  it("SRV-05 a parent that does not trap survives the kill", function()
    world:run(function()
      local never = counter({ init = function() host.sleep(1e9) return {} end })

      service.start_link({ run = never, timeout = 50 })
      host.sleep(1)
    end)
  end)

  it("SRV-11 init that gives nothing is an error", function()
    world:run(function()
      local _, reason = service.start(counter({ init = function() end }))

      assert.truthy(reason.message:find("init returned nil; expected the state", 1, true))
    end)
  end)

  it("CALL-04 replies with what the handler returns", function()
    world:run(function()
      local pid = service.start(counter({}), 7)

      assert.equal(7, host.call(pid, "get"))
    end)
  end)

  it("CALL-14 replies later, from any process", function()
    world:run(function()
      local lazy = service.define({ call = { ask = function()
        local from = service.from()
        host.spawn("function", function() service.reply(from, "late") end, { n = 0 }, {})
        return service.noreply
      end } })

      assert.equal("late", host.call(service.start(lazy), "ask"))
    end)
  end)

  it("refuses an unknown call and lives on", function()
    world:run(function()
      local pid = service.start(counter({}), 7)

      local _, err = host.call(pid, "gte")

      assert.equal("no_such_call", err.kind)
      assert.equal('the service has no call "gte": did you mean "get"?', err.message)
      assert.equal(7, host.call(pid, "get"))
    end)
  end)

  it("logs and drops an unknown cast", function()
    world:run(function()
      local pid = service.start(counter({}), 7)

      host.cast(pid, "nothing", 1)

      assert.equal(7, host.call(pid, "get"))
    end)
    assert.equal("nothing", world:logged("service.unknown_cast")[1].cast)
  end)

  it("ends by service.exit, after terminate, with the reply", function()
    local seen
    world:run(function()
      local pid = service.start(counter({ terminate = function(_, reason) seen = reason end }))
      local ref = host.monitor(pid)

      assert.equal("bye", host.call(pid, "finish"))

      assert.equal("done", host.receive({ "DOWN", ref })[4])
      assert.equal("done", seen)
    end)
  end)

  it("SRV-10 an error in a handler runs terminate, and is the reason", function()
    local seen
    world:run(function()
      local pid = service.start(counter({ terminate = function(_, reason) seen = reason end }))

      local _, err = host.call(pid, "fail")

      assert.equal("exit", err.kind)
      assert.equal("boom", err.reason.message)
      assert.equal("boom", seen.message)
    end)
  end)

  it("SRV-10 an error in terminate is the reason, and terminate runs once", function()
    local runs = 0
    world:run(function()
      local pid = service.start(counter({ terminate = function()
        runs = runs + 1
        error("worse", 0)
      end }))

      local _, err = host.call(pid, "fail")

      assert.equal("worse", err.reason.message)
    end)
    assert.equal(1, runs)
  end)

  it("SRV-07 without terminate, the parent's shutdown ends it", function()
    world:run(function()
      local pid = service.start(counter({}))
      local ref = host.monitor(pid)

      host.exit(pid, "shutdown")

      assert.equal("shutdown", host.receive({ "DOWN", ref })[4])
    end)
  end)

  it("SRV-08 with terminate, it runs with the parent's reason", function()
    local seen
    world:run(function()
      local pid = service.start(counter({ terminate = function(_, reason) seen = reason end }))
      local ref = host.monitor(pid)

      host.exit(pid, "shutdown")

      assert.equal("shutdown", host.receive({ "DOWN", ref })[4])
    end)
    assert.equal("shutdown", seen)
  end)

  it("SRV-09 the exit of another goes to info when it is trapped", function()
    world:run(function()
      local me = host.self()
      local pid = service.start(service.define({
        init = function() host.trap_exit(true) return {} end,
        info = function(_, msg) host.send(me, { "seen", msg[1], msg[3] }) end,
      }))

      host.spawn("function", function() host.exit(pid, "odd") end, { n = 0 }, {})

      assert.same({ "seen", "EXIT", "odd" }, host.receive("seen"))
    end)
  end)

  it("SRV-13 stop runs terminate with normal and returns when it is gone", function()
    local seen
    world:run(function()
      local pid = service.start(counter({ terminate = function(_, reason) seen = reason end }))

      assert.is_true(service.stop(pid))

      assert.equal("normal", seen)
      assert.equal("noproc", select(2, service.stop(pid)).kind)
    end)
  end)

  it("SRV-13 stop takes any reason", function()
    world:run(function()
      assert.is_true(service.stop(service.start(counter({})), { "shutdown", { 1 } }))
    end)
  end)

  it("refuses a definition with what it does not know", function()
    assert.has_error(function() service.define({ cal = {} }) end)
    assert.is_false(neap_error.is(service.ignore))
  end)

  it("from is misuse outside a call", function()
    assert.has_error(function() service.from() end)
  end)
end)
