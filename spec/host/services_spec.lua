local node = require("spec.support.node")

describe("a service", function()
  after_each(node.cleanup)

  describe("when it starts", function()
    it("SRV-01 is up when start returns: its init has finished", function()
      node.check([[
        local me = neap.self()
        local slow = service.define({
          init = function() neap.sleep(20) neap.send(me, "init done") return {} end })

        service.start(slow)

        expect.equal("init done", neap.receive(0))]])
    end)

    it("SRV-01 hands init the arguments, nil ones too", function()
      node.check([[
        local echo = service.define({
          init = function(...) return { n = select("#", ...), ... } end,
          call = { get = function(state) return state.n, state[1], state[2], state[3] end } })

        local pid = service.start(echo, 1, nil, "c")

        expect.same({ 3, 1, nil, "c" }, { neap.call(pid, "get") })]])
    end)

    it("SRV-01 has the name that its options give", function()
      node.check([[
        local pid = service.start({ run = service.define({}), name = "echo" })

        expect.equal(pid, neap.whereis("echo"))]])
    end)

    it("SRV-01 has an empty table as its state without init", function()
      node.check([[
        local pid = service.start(service.define({ call = { next = function(state)
          state.n = (state.n or 0) + 1
          return state.n
        end } }))

        neap.call(pid, "next")

        expect.equal(2, neap.call(pid, "next"))]])
    end)

    it("SRV-02 that init refuses gives nil and the reason", function()
      node.check([[
        local refusing = service.define({ init = function() return nil, "no disk" end })

        local pid, reason = service.start(refusing)

        expect.equal(nil, pid)
        expect.equal("no disk", reason)]])
    end)

    it("SRV-02 that init refuses also sends a trapping parent the exit", function()
      node.check([[
        neap.trap_exit(true)

        service.start_link(service.define({ init = function() return nil, "no disk" end }))

        local signal = expect.truthy(neap.receive("EXIT", 5000))
        expect.truthy(neap.is_signal(signal))
        expect.equal("no disk", signal[3])]])
    end)

    it("SRV-02 that init refuses ends a linked parent that does not trap", function()
      node.check([[
        local _, ref = neap.spawn_monitor(function()
          service.start_link(service.define({ init = function() return nil, "no disk" end }))
          neap.receive()
        end)

        expect.equal("no disk", expect.truthy(neap.receive({ "DOWN", ref }, 5000))[4])]])
    end)

    it("SRV-02 that init refuses leaves the name free", function()
      node.check([[
        local refusing = service.define({ init = function() return nil, "no disk" end })

        service.start({ run = refusing, name = "refusing" })

        expect.equal(nil, neap.whereis("refusing"))]])
    end)

    it("SRV-03 and init says ignore, is no process and no crash", function()
      local output = node.check([[
        local ignoring = service.define({ init = function(to)
          neap.send(to, { neap.self() })
          return service.ignore
        end })

        expect.fails("ignore", service.start(ignoring, neap.self()))

        expect.equal(nil, neap.info(neap.receive(5000)[1]))]])
      assert.is_nil(output:find("crash", 1, true))
    end)

    it("SRV-04 and init raises, gives the error with its stack", function()
      node.check([[
        local function read_disk() error("no disk") end
        local raising = service.define({ init = function() read_disk() return {} end })

        local pid, reason = service.start(raising)

        expect.fails("error", pid, reason)
        expect.truthy(reason.message:find("main.lua:1: no disk", 1, true)
          or reason.message:find("no disk", 1, true))
        expect.truthy(reason.traceback:find("main.lua", 1, true), "the stack")]])
    end)

    it("SRV-04 and init raises a table, gives that value", function()
      node.check([[
        local _, reason = service.start(service.define({
          init = function() error({ code = 7 }) end }))

        expect.equal(7, reason.value.code)]])
    end)

    it("SRV-04 from a module that does not load, gives the error", function()
      node.check([[
        local pid, reason = service.start("nothing")

        expect.fails("error", pid, reason)
        expect.truthy(reason.message:find('there is no module "nothing"', 1, true))]])
    end)

    it("SRV-05 over its time-out, is killed, and the start fails", function()
      node.check([[
        local stuck = service.define({ init = function() neap.receive() end })

        local pid, err = service.start({ run = stuck, timeout = 10, name = "stuck" })

        expect.fails("timeout", pid, err)
        while neap.info().children > 0 do neap.sleep(1) end
        expect.equal(nil, neap.whereis("stuck"))]])
    end)

    it("SRV-05 linked and over its time-out, leaves the caller alive and without mail", function()
      node.check([[
        neap.trap_exit(true)
        local stuck = service.define({ init = function() neap.receive() end })

        expect.fails("timeout", service.start_link({ run = stuck, timeout = 10 }))

        expect.equal(nil, (neap.receive(0)))]])
    end)

    it("SRV-05 in a busy init, is killed all the same", function()
      node.check([[
        local busy = service.define({ init = function() while true do end end })

        expect.fails("timeout", service.start({ run = busy, timeout = "20ms" }))]])
    end)

    it("SRV-11 and init returns nothing, fails with what was expected", function()
      node.check([[
        for _, returned in ipairs({ "nil", "false" }) do
          local value = nil
          if returned == "false" then value = false end
          local pid, reason = service.start(service.define({
            init = function() return value end }))

          expect.fails("error", pid, reason)
          expect.equal("init returned " .. returned
            .. "; expected the state, or nil and a reason", reason.message)
        end]])
    end)

    it("takes a module, and a function of a module that makes the definition", function()
      node.check([[
        local pid = service.start("counter", 5)

        expect.equal(6, neap.call(pid, "add", 1))]], { files = { ["counter.lua"] = [[
        return require("neap.service").define({
          init = function(n) return { n = n } end,
          call = { add = function(state, by) state.n = state.n + by return state.n end } })
      ]] } })
    end)

    it("refuses handlers that are none, with a suggestion", function()
      node.check([[
        expect.raises('unknown key "terminat": did you mean "terminate"?',
          service.define, { terminat = function() end })
        expect.raises("call.add", service.define, { call = { add = 1 } })]])
    end)
  end)

  -- A service whose terminate tells `me`, for the scripts below.
  local TELLING = [[
    local me = neap.self()
    local function telling(handlers)
      handlers.init = handlers.init or function() return { n = 1 } end
      handlers.terminate = function(state, reason) neap.send(me, { "ended", reason, state.n }) end
      return service.define(handlers)
    end
    local function reason_of(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000))[4] end
  ]]

  describe("when it ends", function()
    it("SRV-06 runs terminate on stop, with the state", function()
      node.check(TELLING .. [[
        local pid = service.start(telling({}))

        service.stop(pid, "done")

        expect.same({ "ended", "done", 1 }, neap.receive(0))]])
    end)

    it("SRV-06 runs terminate on an error of a handler", function()
      node.check(TELLING .. [[
        local pid = service.start(telling({ call = { fail = function() error("bad") end } }))

        neap.call(pid, "fail")

        expect.equal("error", neap.receive("ended", 5000)[2].kind)]])
    end)

    it("SRV-06 runs terminate when a handler returns service.exit", function()
      node.check(TELLING .. [[
        local ending = telling({
          call = { leave = function() return service.exit("left", "bye", 2) end },
          cast = { leave = function() return service.exit("left") end },
          info = function() return service.exit("left") end })
        local function start() return service.start(ending) end
        local a, b, c = start(), start(), start()

        expect.same({ "bye", 2 }, { neap.call(a, "leave") })
        neap.cast(b, "leave")
        neap.send(c, "leave")

        for _ = 1, 3 do expect.same({ "ended", "left", 1 }, neap.receive("ended", 5000)) end]])
    end)

    it("SRV-06 runs terminate once, also when it raises", function()
      node.check([[
        local me = neap.self()
        local pid = service.start(service.define({ terminate = function()
          neap.send(me, "ended")
          error("in terminate")
        end }))
        local ref = neap.monitor(pid)

        service.stop(pid)

        expect.truthy(neap.receive({ "DOWN", ref }, 5000)[4].message:find("in terminate", 1, true))
        expect.equal("ended", neap.receive(0))
        expect.equal(nil, (neap.receive(0)))]])
    end)

    it("SRV-06 runs terminate on the parent's exit", function()
      node.check(TELLING .. [[
        local started = telling({})
        local parent = neap.spawn(function()
          service.start_link(started)
          neap.send(me, { "up" })
          neap.receive()
        end)
        neap.receive("up", 5000)

        neap.exit(parent, "shutdown")

        expect.same({ "ended", "shutdown", 1 }, neap.receive("ended", 5000))]])
    end)

    it("SRV-06 runs terminate never after a kill or neap.exit", function()
      node.check(TELLING .. [[
        local leaving = telling({ cast = { leave = function() neap.exit("left") end } })
        local killed, left = service.start(leaving), service.start(leaving)
        local of_killed, of_left = neap.monitor(killed), neap.monitor(left)

        neap.kill(killed)
        neap.cast(left, "leave")

        expect.equal("killed", reason_of(of_killed))
        expect.equal("left", reason_of(of_left))
        expect.equal(nil, (neap.receive("ended", 0)))]])
    end)

    it("SRV-06 runs terminate never at a limit", function()
      node.check(TELLING .. [[
        local pid = service.start({ limits = { memory = "4MB" }, run = telling({
          cast = { grow = function() local t = {} while true do t[#t + 1] = { #t } end end } }) })
        local ref = neap.monitor(pid)

        neap.cast(pid, "grow")

        expect.equal("limit", reason_of(ref).kind)
        expect.equal(nil, (neap.receive("ended", 0)))]])
    end)

    it("SRV-07 dies of its parent's shutdown without terminate", function()
      node.check([[
        neap.trap_exit(true)
        local pid = service.start_link(service.define({}))

        neap.exit(pid, "shutdown")

        expect.equal("shutdown", neap.receive({ "EXIT", pid }, 5000)[3])]])
    end)

    it("SRV-07 runs terminate on its parent's shutdown without trap_exit", function()
      node.check(TELLING .. [[
        neap.trap_exit(true)
        local pid = service.start_link(telling({}))

        neap.exit(pid, "shutdown")

        expect.equal("shutdown", neap.receive({ "EXIT", pid }, 5000)[3])
        expect.same({ "ended", "shutdown", 1 }, neap.receive(0))]])
    end)

    it("SRV-08 that traps, ends with the reason of its parent's exit", function()
      node.check(TELLING .. [[
        neap.trap_exit(true)
        local pid = service.start_link(telling({
          init = function() neap.trap_exit(true) return { n = 2 } end }))

        neap.exit(pid, "reorganised")

        expect.equal("reorganised", neap.receive({ "EXIT", pid }, 5000)[3])
        expect.same({ "ended", "reorganised", 2 }, neap.receive(0))]])
    end)

    it("SRV-08 with terminate, ends with the crash of its parent, which alone is reported", function()
      local printed = node.check(TELLING .. [[
        local parent = neap.spawn(function()
          neap.send(me, { "child", service.start_link(telling({})) })
          neap.receive("crash")
          error("the parent's")
        end)
        local ref = neap.monitor(neap.receive("child", 5000)[2])

        neap.send(parent, { "crash" })

        expect.truthy(reason_of(ref).message:find("the parent's", 1, true))
        expect.equal("ended", neap.receive("ended", 0)[1])]])

      assert.equal(1, select(2, printed:gsub("process%.crash", "")))
    end)

    it("SRV-09 that traps, gets the exits of others as messages and lives", function()
      node.check([[
        local me = neap.self()
        local pid = service.start(service.define({
          init = function() neap.trap_exit(true) return {} end,
          info = function(_, msg) neap.send(me, { "info", msg[1], msg[3], neap.is_signal(msg) }) end }))

        local other = neap.spawn(function() neap.exit(pid, "shutdown") end)

        expect.same({ "info", "EXIT", "shutdown", true }, neap.receive("info", 5000))
        expect.truthy(neap.info(pid), "the service")]])
    end)

    it("SRV-09 with terminate but not trapping, dies of the exits of others", function()
      node.check(TELLING .. [[
        local pid = service.start(telling({}))
        local ref = neap.monitor(pid)

        neap.spawn(function() neap.exit(pid, "enough") end)

        expect.equal("enough", reason_of(ref))
        expect.equal(nil, (neap.receive("ended", 0)))]])
    end)
  end)

  describe("whose handler fails", function()
    it("SRV-10 gives terminate the reason with the stack, and exits with it", function()
      node.check(TELLING .. [[
        local pid = service.start(telling({ cast = { fail = function() error("bad") end } }))
        local ref = neap.monitor(pid)

        neap.cast(pid, "fail")

        local told = neap.receive("ended", 5000)[2]
        local reason = reason_of(ref)
        expect.equal("error", reason.kind)
        expect.equal(told.message, reason.message)
        expect.truthy(reason.traceback:find("main.lua", 1, true), "the stack")]])
    end)

    for _, how in ipairs({ "with terminate", "without terminate" }) do
      it("SRV-10 is reported once " .. how, function()
        local terminate = how == "with terminate" and "terminate = function() end," or ""
        local printed = node.check([[
          local pid = service.start(service.define({ ]] .. terminate .. [[
            cast = { fail = function() error("bad") end } }))
          local ref = neap.monitor(pid)

          neap.cast(pid, "fail")

          expect.truthy(neap.receive({ "DOWN", ref }, 5000))]])

        local _, reports = printed:gsub("process%.crash", "")
        assert.equal(1, reports)
        assert.truthy(printed:find('reason="main.lua:', 1, true), printed)
      end)
    end

    it("SRV-10 fails the call at once, with the reason", function()
      node.check([[
        local pid = service.start(service.define({ call = { fail = function() error("bad") end } }))

        local err = expect.fails("exit", neap.call(pid, "fail"))

        expect.equal("error", err.reason.kind)
        expect.equal(pid, err.to)
        expect.equal("fail", err.call)]])
    end)
  end)

  it("SRV-11 ignores what cast and info return, unless it is service.exit", function()
    node.check([[
      local pid = service.start(service.define({
        call = { ping = function() return "pong" end },
        cast = { go = function() return "stop", false end },
        info = function() return { reason = "x" } end }))

      neap.cast(pid, "go")
      neap.send(pid, "go")

      expect.equal("pong", neap.call(pid, "ping"))]])
  end)

  it("SRV-11 replies nothing with nil and no error", function()
    node.check([[
      local pid = service.start(service.define({
        call = { nothing = function() end, empty = function() return nil end } }))

      for _, name in ipairs({ "nothing", "empty" }) do
        local value, err = neap.call(pid, name)
        expect.equal(nil, value)
        expect.equal(nil, err)
      end]])
  end)

  it("SRV-11 that replies what can not be sent ends with the path in the error", function()
    node.check([[
      local pid = service.start(service.define({
        call = { bad = function() return { f = print } end } }))

      local err = expect.fails("exit", neap.call(pid, "bad"))

      expect.truthy(err.reason.message:find("is a function", 1, true), err.reason.message)]])
  end)

  for _, reason in ipairs({ '"normal"', '"shutdown"', '{ "shutdown", { why = 1 } }' }) do
    it("SRV-12 is not reported when it exits with " .. reason, function()
      local printed = node.check([[
        local pid = service.start(service.define({
          cast = { leave = function() return service.exit(]] .. reason .. [[) end } }))
        local ref = neap.monitor(pid)

        neap.cast(pid, "leave")

        expect.same(]] .. reason .. [[, neap.receive({ "DOWN", ref }, 5000)[4])]])

      assert.is_nil(printed:find("process.crash", 1, true))
    end)
  end

  it("SRV-12 is reported when it exits with any other reason", function()
    local printed = node.check([[
      local pid = service.start(service.define({
        cast = { leave = function() return service.exit({ "shutdwon" }) end } }))
      local ref = neap.monitor(pid)
      neap.cast(pid, "leave")
      neap.receive({ "DOWN", ref }, 5000)]])

    assert.truthy(printed:find("process.crash", 1, true))
  end)

  describe("that is stopped", function()
    it("SRV-13 gives true when it is gone, its name with it", function()
      node.check([[
        local pid = service.start({ run = service.define({}), name = "echo" })

        expect.equal(true, service.stop("echo"))

        expect.equal(nil, neap.whereis("echo"))
        expect.equal(nil, neap.info(pid))]])
    end)

    it("SRV-13 runs terminate with normal, or with the reason given", function()
      node.check(TELLING .. [[
        service.stop(service.start(telling({})))
        service.stop(service.start(telling({})), { "shutdown", 7 })

        expect.equal("normal", neap.receive("ended", 0)[2])
        expect.same({ "shutdown", 7 }, neap.receive("ended", 0)[2])]])
    end)

    it("SRV-13 gives noproc when it is dead or unknown", function()
      node.check([[
        local pid = service.start(service.define({}))
        service.stop(pid)

        expect.fails("noproc", service.stop(pid))
        expect.fails("noproc", service.stop("nobody"))]])
    end)

    it("SRV-13 gives timeout when it does not end in time, and lives on", function()
      node.check([[
        local me = neap.self()
        local pid = service.start(service.define({ terminate = function()
          neap.send(me, { "ending" })
          neap.receive("go")
        end }))
        local ref = neap.monitor(pid)

        expect.fails("timeout", service.stop(pid, "normal", 10))

        neap.receive("ending", 5000)
        neap.send(pid, { "go" })
        expect.equal("normal", neap.receive({ "DOWN", ref }, 5000)[4])]])
    end)

    it("SRV-13 gives exit when it ends for another reason first", function()
      node.check([[
        local pid = service.start(service.define({ terminate = function() neap.exit("own") end }))

        expect.equal("own", expect.fails("exit", service.stop(pid)).reason)]])
    end)

    it("SRV-13 handles what was sent before", function()
      node.check([[
        local me = neap.self()
        local pid = service.start(service.define({
          cast = { add = function(state) state.n = (state.n or 0) + 1 end },
          terminate = function(state) neap.send(me, state.n) end }))
        for _ = 1, 100 do neap.cast(pid, "add") end

        service.stop(pid)

        expect.equal(100, neap.receive(0))]])
    end)
  end)

  it("lives on after a call or a cast that it does not know", function()
    local printed = node.check([[
      local pid = service.start(service.define({ call = { get = function() return 1 end } }))

      neap.cast(pid, "gett")
      local err = expect.fails("no_such_call", neap.call(pid, "gett"))

      expect.truthy(err.message:find('did you mean "get"?', 1, true), err.message)
      expect.equal(1, neap.call(pid, "get"))]])

    assert.truthy(printed:find("service.unknown_cast cast=gett", 1, true))
  end)
end)
