local fake_host = require("spec.support.fake_host")

describe("supervisor", function()
  local world, host, supervisor, service, events

  before_each(function()
    world = fake_host.new()
    host = world.host
    supervisor = require("neap.supervisor")
    service = require("neap.service")
    events = {}
  end)

  local function note(text) events[#events + 1] = text end

  --- A child whose start, end and behaviour the test sees.
  local function child(id, options)
    options = options or {}
    local worker = service.define({
      init = options.init or function() note("+" .. id) return {} end,
      call = { ["end"] = function(_, reason) host.exit(reason) end },
      terminate = function() note("-" .. id) end,
    })
    return { id = id, start = { worker }, restart = options.restart,
      shutdown = options.shutdown }
  end

  local function take_events()
    local taken = table.concat(events, " ")
    events = {}
    return taken
  end

  local function start(spec)
    host.trap_exit(true)
    local sup, err = supervisor.start_link(spec)
    assert.is_nil(err)
    take_events()
    return sup
  end

  local function find(sup, id)
    for _, info in ipairs(supervisor.which_children(sup)) do
      if info.id == id then return info end
    end
  end

  --- Ends a child with `reason` and waits until its supervisor has seen to it.
  local function crash(sup, id, reason)
    host.call(find(sup, id).pid, "end", reason)
    host.sleep(1)
  end

  it("SUP-01 starts its children left to right, each after the former's init", function()
    world:run(function()
      host.trap_exit(true)
      supervisor.start_link({ children = { child("a"), child("b"), child("c") } })

      assert.equal("+a +b +c", take_events())
    end)
  end)

  it("SUP-02 stops them right to left", function()
    world:run(function()
      local sup = start({ children = { child("a"), child("b"), child("c") } })

      assert.is_true(service.stop(sup, "shutdown"))

      assert.equal("-c -b -a", take_events())
    end)
  end)

  it("SUP-04 a child that fails at boot stops the others, and the start fails", function()
    world:run(function()
      host.trap_exit(true)
      local bad = child("bad", { init = function() return nil, "no disk" end })

      local sup, err = supervisor.start_link({ children = { child("a"), child("b"), bad } })

      assert.is_nil(sup)
      assert.same({ "start_failed", "bad", "no disk" }, { err.kind, err.id, err.reason })
      assert.equal("+a +b -b -a", take_events())
      assert.same({ "shutdown", { "failed_to_start_child", "bad", "no disk" } },
        host.receive("EXIT", 0)[3])
    end)
  end)

  it("SUP-05 restarts a permanent child that ended normally", function()
    world:run(function()
      local sup = start({ children = { child("a") } })

      crash(sup, "a", "normal")

      assert.equal("+a", take_events())
      assert.equal(1, find(sup, "a").restarts)
    end)
  end)

  it("SUP-06 leaves a transient child that ended in order, and keeps its spec", function()
    world:run(function()
      local sup = start({ children = { child("a", { restart = "transient" }) } })

      crash(sup, "a", { "shutdown", 1 })

      assert.same({ id = "a", state = "stopped", type = "worker", restarts = 0 }, find(sup, "a"))
    end)
  end)

  it("SUP-07 restarts a transient child that crashed", function()
    world:run(function()
      local sup = start({ children = { child("a", { restart = "transient" }) } })

      crash(sup, "a", "boom")

      assert.equal("running", find(sup, "a").state)
    end)
  end)

  it("SUP-08 forgets a temporary child that ended", function()
    world:run(function()
      local sup = start({ children = { child("a", { restart = "temporary" }) } })

      crash(sup, "a", "boom")

      assert.same({}, supervisor.which_children(sup))
    end)
  end)

  describe("when the second of three crashes", function()
    local function crashed(strategy, options)
      local sup = start({ strategy = strategy,
        children = { child("a"), child("b"), child("c", options) } })
      crash(sup, "b", "boom")
      return sup
    end

    it("SUP-09 one_for_one leaves the others", function()
      world:run(function()
        crashed("one_for_one")

        assert.equal("+b", take_events())
      end)
    end)

    it("SUP-10 rest_for_one restarts it and the third", function()
      world:run(function()
        crashed("rest_for_one")

        assert.equal("-c +b +c", take_events())
      end)
    end)

    it("SUP-11 a temporary sibling stopped by the strategy is not restarted", function()
      world:run(function()
        local sup = crashed("one_for_all", { restart = "temporary" })

        assert.equal("-c -a +a +b", take_events())
        assert.is_nil(find(sup, "c"))
      end)
    end)

    it("SUP-12 one_for_all restarts all", function()
      world:run(function()
        crashed("one_for_all")

        assert.equal("-c -a +a +b +c", take_events())
      end)
    end)
  end)

  it("SUP-13 one_for_all restarts a transient child that had ended normally", function()
    world:run(function()
      local sup = start({ strategy = "one_for_all",
        children = { child("a", { restart = "transient" }), child("b") } })
      crash(sup, "a", "normal")

      crash(sup, "b", "boom")

      assert.equal("running", find(sup, "a").state)
    end)
  end)

  it("SUP-14 one_for_all costs one restart", function()
    world:run(function()
      local sup = start({ strategy = "one_for_all", intensity = 1,
        children = { child("a"), child("b"), child("c") } })

      crash(sup, "a", "boom")

      assert.equal(3, supervisor.count_children(sup).active)
    end)
  end)

  it("SUP-15 gives up with shutdown at one restart too many", function()
    world:run(function()
      local sup = start({ intensity = 2, children = { child("a") } })
      for _ = 1, 2 do crash(sup, "a", "boom") end

      crash(sup, "a", "boom")

      assert.equal("shutdown", host.receive({ "EXIT", sup }, 10)[3])
    end)
    assert.equal(1, #world:logged("supervisor.gave_up"))
    assert.equal(2, #world:logged("child.restart"))
  end)

  it("SUP-16 of intensity 0 stops the siblings, then ends", function()
    world:run(function()
      local sup = start({ intensity = 0, children = { child("a"), child("b") } })

      crash(sup, "a", "boom")

      assert.equal("-b", take_events())
      assert.is_truthy(host.receive({ "EXIT", sup }, 10))
    end)
  end)

  it("SUP-17 forgets crashes older than the period", function()
    world:run(function()
      local sup = start({ intensity = 1, period = 100, children = { child("a") } })
      crash(sup, "a", "boom")
      host.sleep(200)

      crash(sup, "a", "boom")

      assert.equal(2, find(sup, "a").restarts)
    end)
  end)

  it("SUP-18 a restart that fails counts and is tried again", function()
    local fail = 0
    world:run(function()
      local sup = start({ intensity = 5, children = { child("a", { init = function()
        if fail > 0 then fail = fail - 1 error("not yet", 0) end
        return {}
      end }) } })
      fail = 2

      crash(sup, "a", "boom")

      assert.equal("running", find(sup, "a").state)
    end)
    assert.equal(2, #world:logged("child.start_failed"))
  end)

  it("SUP-18 gives up when the retries use up the intensity", function()
    local fail = false
    world:run(function()
      local sup = start({ intensity = 3, children = { child("a", { init = function()
        if fail then error("never", 0) end
        return {}
      end }) } })
      fail = true

      crash(sup, "a", "boom")

      assert.equal("shutdown", host.receive({ "EXIT", sup }, 10)[3])
    end)
    assert.equal(3, #world:logged("child.start_failed"))
  end)

  it("SUP-19 serves its messages between retries", function()
    local fail = false
    world:run(function()
      local sup = start({ intensity = math.huge, children = { child("a", { init = function()
        if fail then host.sleep(1) error("never", 0) end
        return {}
      end }) } })
      fail = true
      crash(sup, "a", "boom")

      assert.equal("restarting", find(sup, "a").state)
      assert.equal("restarting", select(2, supervisor.restart_child(sup, "a")).kind)
      assert.is_true(service.stop(sup, "shutdown"))
    end)
  end)

  it("SUP-20 kills a child that does not end in time", function()
    world:run(function()
      local deaf = { id = "deaf", shutdown = 100, start = { function()
        host.trap_exit(true)
        while true do host.receive() end
      end } }
      local sup = start({ children = { deaf } })
      host.sleep(1)

      service.stop(sup, "shutdown")

      assert.equal(101, host.now())
    end)
    assert.equal("killed", world:logged("child.shutdown_error")[1].reason)
  end)

  it("SUP-21 brutal_kill kills at once, without terminate", function()
    world:run(function()
      local sup = start({ children = { child("a", { shutdown = "brutal_kill" }) } })

      service.stop(sup, "shutdown")

      assert.equal("", take_events())
    end)
  end)

  it("SUP-22 a child that unlinked itself does not hang the shutdown", function()
    world:run(function()
      local sup = start({ children = { { id = "a", start = { function()
        host.unlink(host.parent())
        host.receive()
      end } } } })
      host.sleep(1)

      assert.is_true(service.stop(sup, "shutdown"))
    end)
  end)

  it("SUP-23 reports a child that ends with a reason of its own, and goes on", function()
    world:run(function()
      local odd = service.define({ terminate = function() error("odd", 0) end })
      local sup = start({ children = { child("a"), { id = "b", start = { odd } } } })

      service.stop(sup, "shutdown")

      assert.equal("-a", take_events())
    end)
    assert.same({ id = "b", reason = "odd" }, world:logged("child.shutdown_error")[1])
  end)

  it("SUP-25 start_child refuses an id that is there", function()
    world:run(function()
      local sup = start({ children = { child("a") } })
      local spec = { id = "a", start = { "m" } }

      local _, started = supervisor.start_child(sup, spec)
      supervisor.terminate_child(sup, "a")
      local _, present = supervisor.start_child(sup, spec)

      assert.equal("already_started", started.kind)
      assert.is_truthy(started.pid)
      assert.equal("already_present", present.kind)
    end)
  end)

  it("SUP-25 start_child starts a child, or says why not and forgets it", function()
    world.modules.m = function() return function() host.receive() end end
    world:run(function()
      local sup = start({})

      assert.is_truthy(supervisor.start_child(sup, { id = "m", start = { "m" } }))
      local _, err = supervisor.start_child(sup, { id = "x", start = { "nothing" } })

      assert.equal("start_failed", err.kind)
      assert.equal("there is no module nothing", err.reason.message)
      assert.is_nil(find(sup, "x"))
    end)
  end)

  it("SUP-25 start_child refuses a wrong spec, and functions", function()
    world:run(function()
      local sup = start({})

      assert.has_error(function() supervisor.start_child(sup, { id = "a" }) end)
      assert.has_error(function()
        supervisor.start_child(sup, { id = "a", start = { print } })
      end)
    end)
  end)

  it("takes what can not be spawned as a failed start", function()
    world:run(function()
      host.trap_exit(true)
      local spawn = host.spawn
      local function refuse(kind, ...)
        if kind == "function" then error("upvalue is a coroutine", 0) end
        return spawn(kind, ...)
      end
      host.spawn = refuse

      local _, err = supervisor.start_link({ children = { { id = "a", start = { print } } } })

      assert.same({ "start_failed", "a" }, { err.kind, err.id })
      assert.equal("upvalue is a coroutine", err.reason.message)
    end)
  end)

  it("keeps the spec of a child that ignores its start", function()
    world:run(function()
      local lazy = child("lazy", { init = function() return service.ignore end })

      local sup = start({ children = { lazy, child("b") } })

      assert.equal("stopped", find(sup, "lazy").state)
      assert.equal("running", find(sup, "b").state)
    end)
  end)

  it("SUP-26 terminate_child stops a child for good, by id or by pid", function()
    world:run(function()
      local sup = start({ children = { child("a"), child("t", { restart = "temporary" }) } })

      assert.is_true(supervisor.terminate_child(sup, "a"))
      assert.is_true(supervisor.terminate_child(sup, find(sup, "t").pid))

      assert.equal("stopped", find(sup, "a").state)
      assert.is_nil(find(sup, "t"))
      assert.equal("not_found", select(2, supervisor.terminate_child(sup, "x")).kind)
    end)
  end)

  it("SUP-27 restart_child starts a stopped child only", function()
    world:run(function()
      local sup = start({ children = { child("a") } })

      assert.equal("running", select(2, supervisor.restart_child(sup, "a")).kind)
      supervisor.terminate_child(sup, "a")

      assert.equal(find(sup, "a").pid, nil)
      assert.is_truthy(supervisor.restart_child(sup, "a"))
      assert.equal("not_found", select(2, supervisor.restart_child(sup, "x")).kind)
    end)
  end)

  it("SUP-28 delete_child forgets a stopped child only", function()
    world:run(function()
      local sup = start({ children = { child("a") } })

      assert.equal("running", select(2, supervisor.delete_child(sup, "a")).kind)
      supervisor.terminate_child(sup, "a")

      assert.is_true(supervisor.delete_child(sup, "a"))
      assert.same({}, supervisor.which_children(sup))
    end)
  end)

  it("SUP-30 counts its children", function()
    world:run(function()
      local sup = start({ children = { child("a"),
        { id = "below", supervisor = { children = { child("b") } } } } })

      assert.same({ specs = 2, active = 2, supervisors = 1, workers = 1 },
        supervisor.count_children(sup))
    end)
  end)

  it("stops nested supervisors with all below them", function()
    world:run(function()
      local sup = start({ children = { child("a"),
        { id = "below", supervisor = { children = { child("b"), child("c") } } } } })

      service.stop(sup, "shutdown")

      assert.equal("-c -b -a", take_events())
    end)
  end)

  it("SUP-39 logs and ignores what it does not know", function()
    world:run(function()
      local sup = start({})

      host.send(sup, { "what" })

      assert.same({}, supervisor.which_children(sup))
      assert.equal("no_such_call", select(2, host.call(sup, "what")).kind)
    end)
    assert.equal(1, #world:logged("supervisor.unexpected"))
  end)

  it("ends with its parent", function()
    world:run(function()
      local parent = host.spawn("function", function()
        supervisor.start_link({ children = { child("a") } })
        host.receive()
      end, { n = 0 }, {})
      host.sleep(1)

      host.exit(parent, "shutdown")
      host.sleep(1)

      assert.equal("+a -a", take_events())
    end)
  end)
end)
