local node = require("spec.support.node")

--- A collector notes events in order; `worker(id)` is a child that tells it of its life.
local TOOLS = [[
local me = neap.self()
neap.trap_exit(true)
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
local function worker(id, options)
  options = options or {}
  return service.define({
    init = function()
      if options.fail and options.fail(id) then return nil, "will not" end
      neap.send(me, { "up", id, neap.self() })
      return {}
    end,
    call = { crash = function(_, reason) neap.exit(reason or "crash") end, ping = function() return id end },
    cast = { crash = function(_, reason) neap.exit(reason or "crash") end,
      hang = function() neap.receive("never") end },
    terminate = not options.plain and function(_, reason) neap.send(me, { "down", id, reason }) end or nil,
  })
end
local function child(id, more)
  local spec = { id = id, start = { worker(id, more) } }
  for k, v in pairs(more or {}) do if k ~= "fail" and k ~= "plain" then spec[k] = v end end
  return spec
end
local function up(id) local m = expect.truthy(neap.receive({ "up", id }, 5000), "up " .. id) return m[3] end
local function event() local m = neap.receive(function(m) return m[1] == "up" or m[1] == "down" end, 5000) return m and m[1] .. " " .. m[2] end
--- That nothing more has happened: when `sup` answers, it has done what its mail before that asked for.
local function no_event(sup) supervisor.which_children(sup) expect.equal(nil, (neap.receive(function(m) return m[1] == "up" or m[1] == "down" end, 0))) end
local function start(spec) local sup, err = supervisor.start_link(spec) if not sup then error(neap.reason(err)) end return sup end
local function tree(strategy, ids, more)
  local children = {}
  for i, id in ipairs(ids) do children[i] = child(id, more and more[id]) end
  local pids = {}
  local sup = start({ strategy = strategy, intensity = 10, children = children })
  for _, id in ipairs(ids) do pids[id] = up(id) end
  return sup, pids
end
]]

local function check(source, options)
  return node.check(TOOLS .. source, options)
end

describe("a supervisor", function()
  after_each(node.cleanup)

  it("SUP-01 starts its children left to right", function()
    check([[ start({ children = { child("a"), child("b"), child("c") } })
      expect.equal("up a", event()) expect.equal("up b", event()) expect.equal("up c", event()) ]])
  end)

  it("outlives a child whose exit reason is an error object that holds itself", function()
    check([[
      local function cyclic()
        local _, err = neap.send("nobody", 1)
        err.message = err
        neap.exit(err)
      end
      local sup = start({ children = { { id = "a", start = { cyclic }, restart = "temporary" } } })
      repeat local count = supervisor.count_children(sup) until count == nil or count.specs == 0
      expect.truthy(neap.info(sup)) ]])
  end)

  it("SUP-02 stops them right to left, one at a time", function()
    check([[ local sup = tree("one_for_one", { "a", "b", "c" })
      neap.exit(sup, "shutdown")
      expect.equal("down c", event()) expect.equal("down b", event()) expect.equal("down a", event())
      expect.same({ "EXIT", sup, "shutdown" }, neap.receive("EXIT", 5000)) ]])
  end)

  it("SUP-03 by default restarts one for one, permanently, three times in five seconds", function()
    check([[ local sup = start({ children = { child("a") } }) local pid = up("a")
      for i = 1, 3 do neap.cast(pid, "crash") pid = up("a") end
      neap.cast(pid, "crash")
      expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-04 a child that fails at boot stops those before it, and the start fails", function()
    check([[
      local sup, err = supervisor.start_link({ children = { child("a"), child("b"), child("bad", { fail = function() return true end }) } })
      expect.equal(nil, sup) expect.equal("start_failed", err.kind) expect.equal("bad", err.id) expect.equal("will not", err.reason)
      expect.equal("up a", event()) expect.equal("up b", event()) expect.equal("down b", event()) expect.equal("down a", event())
    ]])
  end)

  it("SUP-05 a permanent child that ends normally is restarted", function()
    check([[ local sup, pids = tree("one_for_one", { "a" }) neap.cast(pids.a, "crash", "normal") expect.truthy(up("a") ~= pids.a) ]])
  end)

  it("SUP-06 a transient child that ends in order is not restarted, its spec is kept", function()
    check([[
      for _, reason in ipairs({ "normal", "shutdown", { "shutdown", "x" } }) do
        local sup, pids = tree("one_for_one", { "t" }, { t = { restart = "transient" } })
        neap.cast(pids.t, "crash", reason)
        down(neap.monitor(pids.t)) no_event(sup)
        local list = supervisor.which_children(sup)
        expect.equal(1, #list) expect.equal("stopped", list[1].state) expect.equal(nil, list[1].pid)
      end ]])
  end)

  it("SUP-07 a transient child that crashes is restarted", function()
    check([[ local sup, pids = tree("one_for_one", { "t" }, { t = { restart = "transient" } }) neap.cast(pids.t, "crash", "oops") up("t") ]])
  end)

  it("SUP-08 a temporary child is never restarted, its spec goes", function()
    check([[ local sup, pids = tree("one_for_one", { "t", "a" }, { t = { restart = "temporary" } })
      neap.cast(pids.t, "crash") down(neap.monitor(pids.t)) no_event(sup)
      local list = supervisor.which_children(sup) expect.equal(1, #list) expect.equal("a", list[1].id) ]])
  end)

  it("SUP-09 one_for_one leaves the others alone", function()
    check([[ local sup, pids = tree("one_for_one", { "a", "b", "c" })
      neap.cast(pids.b, "crash") up("b") no_event(sup)
      expect.equal("a", (neap.call(pids.a, "ping"))) expect.equal("c", (neap.call(pids.c, "ping"))) ]])
  end)

  it("SUP-10 rest_for_one stops the later ones in reverse and starts them in order", function()
    check([[ local sup, pids = tree("rest_for_one", { "a", "b", "c", "d" })
      neap.cast(pids.b, "crash")
      for _, e in ipairs({ "down d", "down c", "up b", "up c", "up d" }) do expect.equal(e, event()) end
      no_event(sup) expect.equal("a", (neap.call(pids.a, "ping"))) ]])
  end)

  it("SUP-11 a temporary sibling stopped by the strategy is not restarted", function()
    check([[
      for _, strategy in ipairs({ "one_for_all", "rest_for_one" }) do
        local sup, pids = tree(strategy, { "a", "t" }, { t = { restart = "temporary" } })
        neap.cast(pids.a, "crash")
        expect.equal("down t", event()) expect.equal("up a", event()) no_event(sup)
        expect.equal(1, #supervisor.which_children(sup))
      end ]])
  end)

  it("SUP-12 one_for_all stops all others in reverse and starts all in order", function()
    check([[ local sup, pids = tree("one_for_all", { "a", "b", "c" })
      neap.cast(pids.b, "crash")
      for _, e in ipairs({ "down c", "down a", "up a", "up b", "up c" }) do expect.equal(e, event()) end ]])
  end)

  it("SUP-13 one_for_all restarts a transient child that had ended normally", function()
    check([[ local sup, pids = tree("one_for_all", { "a", "t" }, { t = { restart = "transient" } })
      neap.cast(pids.t, "crash", "normal") down(neap.monitor(pids.t))
      neap.cast(pids.a, "crash")
      expect.equal("up a", event()) expect.equal("up t", event()) ]])
  end)

  it("SUP-14 one_for_all of many costs one restart of the intensity", function()
    check([[ local sup = start({ strategy = "one_for_all", intensity = 2, children = { child("a"), child("b"), child("c"), child("d") } })
      local a = up("a") up("d")
      for i = 1, 2 do neap.cast(a, "crash") a = up("a") up("d") end
      neap.cast(a, "crash")
      expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-15 does intensity restarts in the period, and gives up at the next", function()
    check([[ local sup = start({ intensity = 2, period = "1h", children = { child("a") } }) local a = up("a")
      neap.cast(a, "crash") a = up("a") neap.cast(a, "crash") a = up("a") neap.cast(a, "crash")
      expect.same({ "EXIT", sup, "shutdown" }, neap.receive({ "EXIT", sup }, 5000)) ]])
  end)

  it("SUP-16 with intensity 0 gives up at the first crash, siblings stopped first", function()
    check([[ local sup = start({ intensity = 0, children = { child("a"), child("b") } }) up("a") local b = up("b")
      neap.cast(b, "crash")
      expect.equal("down a", event()) expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-17 forgets crashes older than the period", function()
    check([[ local sup = start({ intensity = 1, period = 5, children = { child("a") } }) local a = up("a")
      for i = 1, 4 do
        neap.cast(a, "crash") a = up("a")
        neap.send_after(6, me, { "forgotten" }) neap.receive("forgotten")
      end
      expect.equal("a", (neap.call(a, "ping"))) ]])
  end)

  --- A child whose init fails on these starts: "fails" says so for the next one.
  local GATED = [[
    local function gated(failing, intensity)
      local gate = service.start(service.define({ init = function() return { n = 0 } end,
        call = { fails = function(s) s.n = s.n + 1 return failing(s.n) end } }))
      local sup = start({ intensity = intensity, children = {
        child("a", { fail = function() return (neap.call(gate, "fails")) end }) } })
      neap.cast(up("a"), "crash")
      return sup
    end
  ]]

  it("SUP-18 tries again a restart that fails in init", function()
    check(GATED .. [[
      local sup = gated(function(n) return n == 2 or n == 3 end, 3)
      up("a")
      expect.equal("running", supervisor.which_children(sup)[1].state) ]])
  end)

  it("SUP-18 counts each try", function()
    check(GATED .. [[
      local sup = gated(function(n) return n == 2 or n == 3 end, 2)
      expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-19 serves its messages between retries", function()
    check(GATED .. [[
      local sup = gated(function(n) return n > 1 end, math.huge)
      repeat until supervisor.which_children(sup)[1].state == "restarting"
      for i = 1, 5 do expect.equal("restarting", supervisor.which_children(sup)[1].state) end
      expect.fails("restarting", supervisor.restart_child(sup, "a"))
      neap.exit(sup, "shutdown")
      expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-20 kills a child that does not stop in time", function()
    check([[ local sup, pids = tree("one_for_one", { "slow" }, { slow = { shutdown = 50 } })
      neap.cast(pids.slow, "hang") local ref = neap.monitor(pids.slow)
      local start = neap.now()
      expect.equal(true, supervisor.terminate_child(sup, "slow"))
      local took = neap.now() - start
      expect.truthy(took >= 50 and took < 4000, "the time it had: " .. took)
      expect.equal("killed", down(ref)) ]])
  end)

  it("SUP-21 brutal_kill kills at once, without terminate", function()
    check([[ local sup, pids = tree("one_for_one", { "a" }, { a = { shutdown = "brutal_kill" } })
      local ref = neap.monitor(pids.a)
      supervisor.terminate_child(sup, "a")
      expect.equal("killed", down(ref)) no_event(sup) ]])
  end)

  it("SUP-22 a child that unlinked can not hang the shutdown", function()
    check([[
      local loner = service.define({ cast = { unlink = function(_, sup) neap.unlink(sup) end },
        call = { ping = function() return true end } })
      local sup = start({ children = { { id = "loner", start = { loner } } } })
      local pid = supervisor.which_children(sup)[1].pid
      neap.cast(pid, "unlink", sup) neap.call(pid, "ping")
      expect.equal(true, supervisor.terminate_child(sup, "loner"))
      expect.equal(nil, neap.info(pid)) ]])
  end)

  it("SUP-23 goes on when a child ends with another reason during shutdown", function()
    check([[
      local odd = service.define({ init = function() return {} end, terminate = function() error("in terminate") end })
      local sup = start({ children = { child("a"), { id = "odd", start = { odd } } } }) up("a")
      neap.exit(sup, "shutdown")
      expect.equal("down a", event()) expect.equal("shutdown", neap.receive({ "EXIT", sup }, 5000)[3]) ]])
  end)

  it("SUP-24 that is killed takes its children with it; those with terminate run it", function()
    check([[ local sup, pids = tree("one_for_one", { "a", "plain" }, { plain = { plain = true } })
      local ref = neap.monitor(pids.plain)
      neap.kill(sup)
      expect.same({ "down", "a", "killed" }, neap.receive({ "down", "a" }, 5000))
      expect.equal("killed", down(ref)) ]])
  end)

  it("SUP-24 ends with the crash of its parent, which alone is reported", function()
    local printed = check([[
      local parent = neap.spawn(function()
        local sup = start({ children = { child("a"), child("b", { plain = true }) } })
        neap.send(me, { "sup", sup, neap.monitor(sup) })
        neap.receive("crash") error("the parent's")
      end)
      local sup = neap.receive("sup", 5000)[2] local ref = neap.monitor(sup)
      neap.send(parent, { "crash" })
      local reason = down(ref)
      expect.truthy(reason.message:find("the parent's", 1, true))
      expect.same({ "down", "a", "shutdown" }, neap.receive({ "down", "a" }, 5000)) ]])
    assert.equal(1, select(2, printed:gsub("process%.crash", "")))
  end)

  it("SUP-25 start_child: ok, already_started, already_present", function()
    check([[ local sup = start({ children = {} })
      local spec = { id = "w", start = { "worker_module", me } }
      local pid = expect.truthy(supervisor.start_child(sup, spec))
      expect.equal(pid, expect.fails("already_started", supervisor.start_child(sup, spec)).pid)
      supervisor.terminate_child(sup, "w")
      expect.fails("already_present", supervisor.start_child(sup, spec))
      expect.fails("start_failed", supervisor.start_child(sup, { id = "x", start = { "worker_module", "refuse" } }))
      expect.fails("ignore", supervisor.start_child(sup, { id = "i", start = { "worker_module", "ignore" } })) ]],
      { files = { ["worker_module.lua"] = [[
        local service = require("neap.service")
        return service.define({ init = function(what)
          if what == "refuse" then return nil, "refused" end
          if what == "ignore" then return service.ignore end
          return {} end }) ]] } })
  end)

  it("SUP-26 terminate_child: not restarted, spec kept; temporary goes; unknown is not_found", function()
    check([[ local sup, pids = tree("one_for_one", { "a", "t" }, { t = { restart = "temporary" } })
      expect.equal(true, supervisor.terminate_child(sup, "a")) expect.equal("down a", event()) no_event(sup)
      expect.equal("stopped", supervisor.which_children(sup)[1].state)
      expect.equal(true, supervisor.terminate_child(sup, pids.t)) expect.equal(1, #supervisor.which_children(sup))
      expect.fails("not_found", supervisor.terminate_child(sup, "nobody")) ]])
  end)

  it("SUP-27 restart_child: running, stopped, not_found", function()
    check([[ local sup, pids = tree("one_for_one", { "a" })
      expect.fails("running", supervisor.restart_child(sup, "a"))
      supervisor.terminate_child(sup, "a")
      local pid = supervisor.restart_child(sup, "a")
      expect.equal(pid, up("a"))
      expect.fails("not_found", supervisor.restart_child(sup, "no")) ]])
  end)

  it("SUP-28 delete_child: running, then ok", function()
    check([[ local sup = tree("one_for_one", { "a" })
      expect.fails("running", supervisor.delete_child(sup, "a"))
      supervisor.terminate_child(sup, "a")
      expect.equal(true, supervisor.delete_child(sup, "a"))
      expect.fails("not_found", supervisor.delete_child(sup, "a")) expect.equal(0, #supervisor.which_children(sup)) ]])
  end)

  it("SUP-29 which_children lists in start order", function()
    check([[ local sup, pids = tree("one_for_one", { "a", "b" })
      local list = supervisor.which_children(sup)
      expect.same({ id = "a", pid = pids.a, state = "running", type = "worker", restarts = 0 }, list[1])
      expect.equal("b", list[2].id) ]])
  end)

  it("SUP-30 count_children", function()
    check([[ local sup = start({ children = { child("a"), child("t", { restart = "transient" }),
        { id = "sub", supervisor = { children = { child("x") } } } } })
      local t = up("t") up("x")
      neap.cast(t, "crash", "normal") down(neap.monitor(t))
      expect.same({ specs = 3, active = 2, supervisors = 1, workers = 2 }, supervisor.count_children(sup)) ]])
  end)

  it("restarts for ever with intensity math.huge", function()
    check([[ local sup = start({ intensity = math.huge, children = { child("a") } }) local a = up("a")
      for i = 1, 200 do neap.cast(a, "crash") a = up("a") end ]])
  end)

  it("is addressed by pid, name and address, also when nested", function()
    check([[ local sup = start({ children = { { id = "sub", name = "sub", supervisor = { children = { child("x") } } } } }) up("x")
      expect.equal("x", supervisor.which_children("sub")[1].id)
      expect.equal("x", supervisor.which_children(neap.address("sub"))[1].id)
      expect.fails("noproc", supervisor.which_children("nobody")) ]])
  end)

  it("escalates: a nested supervisor that gives up is restarted by its own", function()
    check([[ local sup = start({ intensity = 5, children = { { id = "sub", supervisor = { intensity = 0, children = { child("x") } } } } })
      local x = up("x") neap.cast(x, "crash") expect.truthy(up("x") ~= x) ]])
  end)
end)
