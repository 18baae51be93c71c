local node = require("spec.support.node")

--- Children from a module, as those of a running supervisor must be. What one does is said by
--- its first argument; each tells `me` of its start and its end.
local CHILD = [[
local neap, service = require("neap"), require("neap.service")

local does = {}
function does.refuse() return nil, "refused" end
function does.ignore() return service.ignore end
function does.raise() error("raised") end
function does.hang() neap.receive("never") end
function does.live(to, id) neap.send(to, { "up", id, neap.self() }) return { to = to, id = id } end

return service.define({
  init = function(what, ...) return does[what](...) end,
  call = { id = function(state) return state.id end },
  cast = { leave = function(_, reason) return service.exit(reason) end },
  terminate = function(state, reason) neap.send(state.to, { "down", state.id, reason }) end,
})
]]

local TOOLS = [[
local me = neap.self()
neap.trap_exit(true)
local function child(id, more)
  local spec = { id = id, start = { "child", "live", me, id } }
  for key, value in pairs(more or {}) do spec[key] = value end
  return spec
end
local function doing(id, what) return { id = id, start = { "child", what } } end
local function started(...) return expect.truthy(supervisor.start_link({ children = { ... } })) end
local function ids(sup)
  local list = {}
  for i, info in ipairs(supervisor.which_children(sup)) do list[i] = info.id end
  return table.concat(list, " ")
end
local function ended(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000))[4] end
]]

local function check(source)
  return node.check(TOOLS .. source, { files = { ["child.lua"] = CHILD } })
end

describe("a running supervisor", function()
  after_each(node.cleanup)

  describe("asked to start a child", function()
    it("SUP-25 gives its pid when its init has returned", function()
      check([[
        local sup = started()

        local pid = supervisor.start_child(sup, child("a"))

        expect.same({ "up", "a", pid }, neap.receive(0))]])
    end)

    it("SUP-25 adds it behind the others", function()
      check([[
        local sup = started(child("a"), child("b"))

        supervisor.start_child(sup, child("c"))

        expect.equal("a b c", ids(sup))]])
    end)

    it("SUP-25 gives already_started with the pid of the one that runs", function()
      check([[
        local sup = started()
        local pid = supervisor.start_child(sup, child("a"))

        local err = expect.fails("already_started", supervisor.start_child(sup, child("a")))

        expect.equal(pid, err.pid)]])
    end)

    it("SUP-25 gives already_present when that id is stopped", function()
      check([[
        local sup = started(child("a"))
        supervisor.terminate_child(sup, "a")

        expect.fails("already_present", supervisor.start_child(sup, child("a")))]])
    end)

    it("gives start_failed with the reason, and keeps nothing of it", function()
      check([[
        local sup = started()

        local refused = expect.fails("start_failed",
          supervisor.start_child(sup, doing("a", "refuse")))
        local raised = expect.fails("start_failed",
          supervisor.start_child(sup, doing("b", "raise")))
        local missing = expect.fails("start_failed",
          supervisor.start_child(sup, { id = "c", start = { "nothing" } }))

        expect.equal("refused", refused.reason)
        expect.equal("a", refused.id)
        expect.truthy(raised.reason.message:find("raised", 1, true))
        expect.truthy(missing.reason.message:find('no module "nothing"', 1, true))
        expect.equal("", ids(sup))]])
    end)

    it("gives start_failed when it hangs over its start_timeout, and kills it", function()
      check([[
        local sup = started()
        local spec = doing("a", "hang")
        spec.start_timeout = 10

        local err = expect.fails("start_failed", supervisor.start_child(sup, spec))

        expect.equal("timeout", err.reason.kind)
        expect.equal("", ids(sup))]])
    end)

    it("gives ignore, and keeps its spec", function()
      check([[
        local sup = started()

        expect.fails("ignore", supervisor.start_child(sup, doing("a", "ignore")))

        expect.equal("stopped", supervisor.which_children(sup)[1].state)
        expect.fails("already_present", supervisor.start_child(sup, doing("a", "ignore")))]])
    end)

    it("gives start_failed when its name is taken", function()
      check([[
        neap.register("taken")
        local sup = started()

        local err = expect.fails("start_failed",
          supervisor.start_child(sup, child("a", { name = "taken" })))

        expect.equal("taken", err.reason.kind)
        expect.equal(me, neap.whereis("taken"))]])
    end)

    it("raises at the caller for a spec that is wrong, and lives on", function()
      check([[
        local sup = started(child("a"))

        expect.raises('did you mean "restart"?', supervisor.start_child, sup,
          { id = "b", start = { "child" }, restrat = "permanent" })
        expect.raises("id", supervisor.start_child, sup, { start = { "child" } })
        expect.raises("function", supervisor.start_child, sup,
          { id = "b", start = { function() end } })
        expect.raises("not available in this version", supervisor.start_child, sup,
          { id = "b", start = { "child" }, backoff = {} })

        expect.equal("a", ids(sup))]])
    end)

    it("restarts it as the children that it began with", function()
      check([[
        local sup = started()
        local pid = supervisor.start_child(sup, child("a"))
        neap.receive("up", 0)

        neap.cast(pid, "leave", "crash")

        expect.truthy(expect.truthy(neap.receive({ "up", "a" }, 5000))[3] ~= pid)]])
    end)

    it("starts supervisors too", function()
      check([[
        local sup = started()

        local below = supervisor.start_child(sup, { id = "below", supervisor = {
          children = { child("a"), child("b") } } })

        expect.equal("a b", ids(below))
        expect.equal("supervisor", supervisor.which_children(sup)[1].type)]])
    end)
  end)

  describe("asked to stop a child", function()
    it("SUP-26 gives true when it is gone, and does not restart it", function()
      check([[
        local sup = started(child("a"))
        local pid = neap.receive("up")[3]

        expect.equal(true, supervisor.terminate_child(sup, "a"))

        expect.equal(nil, neap.info(pid))
        expect.same({ "down", "a", "shutdown" }, neap.receive(0))
        expect.equal("stopped", supervisor.which_children(sup)[1].state)]])
    end)

    it("SUP-26 finds it by its pid", function()
      check([[
        local sup = started(child("a"))

        expect.equal(true, supervisor.terminate_child(sup, neap.receive("up")[3]))

        expect.equal("stopped", supervisor.which_children(sup)[1].state)]])
    end)

    it("SUP-26 gives true for one that is stopped", function()
      check([[
        local sup = started(child("a"))
        supervisor.terminate_child(sup, "a")

        expect.equal(true, supervisor.terminate_child(sup, "a"))]])
    end)

    it("SUP-26 forgets a temporary one", function()
      check([[
        local sup = started(child("a", { restart = "temporary" }))

        supervisor.terminate_child(sup, "a")

        expect.equal("", ids(sup))]])
    end)

    it("SUP-26 gives not_found for an unknown id, and a pid that is no child", function()
      check([[
        local sup = started(child("a"))

        expect.fails("not_found", supervisor.terminate_child(sup, "b"))
        expect.fails("not_found", supervisor.terminate_child(sup, me))]])
    end)

    it("SUP-26 leaves the others alone, whatever the strategy", function()
      check([[
        local sup = supervisor.start_link({ strategy = "one_for_all",
          children = { child("a"), child("b") } })
        local a = neap.receive({ "up", "a" })[3]

        supervisor.terminate_child(sup, "b")

        expect.equal("a", neap.call(a, "id"))]])
    end)
  end)

  describe("asked to restart a child", function()
    it("SUP-27 starts one that is stopped, and gives the new pid", function()
      check([[
        local sup = started(child("a"))
        supervisor.terminate_child(sup, "a")

        local pid = supervisor.restart_child(sup, "a")

        expect.equal("a", neap.call(pid, "id"))
        expect.equal(pid, supervisor.which_children(sup)[1].pid)]])
    end)

    it("SUP-27 gives running for one that runs, not_found for an unknown one", function()
      check([[
        local sup = started(child("a"))

        expect.fails("running", supervisor.restart_child(sup, "a"))
        expect.fails("not_found", supervisor.restart_child(sup, "b"))]])
    end)

    it("SUP-27 gives start_failed with the reason, and keeps the spec", function()
      check([[
        local sup = started(doing("a", "ignore"))
        local missing = expect.truthy(supervisor.which_children(sup)[1])
        expect.equal("stopped", missing.state)

        expect.fails("ignore", supervisor.restart_child(sup, "a"))

        expect.equal("a", ids(sup))]])
    end)
  end)

  describe("asked to delete a child", function()
    it("SUP-28 forgets one that is stopped", function()
      check([[
        local sup = started(child("a"), child("b"))
        supervisor.terminate_child(sup, "a")

        expect.equal(true, supervisor.delete_child(sup, "a"))

        expect.equal("b", ids(sup))
        expect.truthy(supervisor.start_child(sup, child("a")))]])
    end)

    it("SUP-28 gives running for one that runs, not_found for an unknown one", function()
      check([[
        local sup = started(child("a"))

        expect.fails("running", supervisor.delete_child(sup, "a"))
        expect.fails("not_found", supervisor.delete_child(sup, "b"))]])
    end)
  end)

  describe("asked about its children", function()
    it("SUP-29 lists them in start order with their states and restarts", function()
      check([[
        local sup = started(child("a"), child("b", { restart = "transient" }), child("c"))
        local a, b = neap.receive({ "up", "a" })[3], neap.receive({ "up", "b" })[3]
        neap.receive({ "up", "c" })
        local ref = neap.monitor(b)

        neap.cast(b, "leave", "normal")
        ended(ref)
        neap.cast(a, "leave", "crash")
        a = neap.receive({ "up", "a" }, 5000)[3]

        local list = supervisor.which_children(sup)
        expect.same({ id = "a", pid = a, state = "running", type = "worker", restarts = 1 }, list[1])
        expect.same({ id = "b", state = "stopped", type = "worker", restarts = 0 }, list[2])
        expect.equal("c", list[3].id)]])
    end)

    it("SUP-30 counts specs, active ones, supervisors and workers", function()
      check([[
        local sup = started(child("a"), child("b"), { id = "below", supervisor = {} })
        supervisor.terminate_child(sup, "b")

        expect.same({ specs = 3, active = 2, supervisors = 1, workers = 2 },
          supervisor.count_children(sup))]])
    end)
  end)

  it("gives noproc when it is dead or unknown", function()
    check([[
      local sup = started()
      service.stop(sup, "shutdown")

      expect.fails("noproc", supervisor.which_children(sup))
      expect.fails("noproc", supervisor.start_child("nobody", child("a")))
      expect.fails("noproc", supervisor.terminate_child("nobody", "a"))]])
  end)

  it("lives on after calls and messages that it does not know", function()
    check([[
      local sup = started(child("a"))

      expect.fails("no_such_call", neap.call(sup, "restart_all"))
      neap.send(sup, "what")
      neap.cast(sup, "what")
      neap.send(sup, { "EXIT", neap.receive("up")[3], "forged" })

      expect.equal("running", supervisor.which_children(sup)[1].state)]])
  end)

  it("refuses a child spec that was not checked by the caller", function()
    check([[
      local sup = started(child("a"))

      expect.fails("invalid", neap.call(sup, "start_child", { id = "b" }))
      expect.fails("invalid", neap.call(sup, "start_child"))
      expect.fails("not_found", neap.call(sup, "terminate_child"))

      expect.equal("a", ids(sup))]])
  end)

  for what, call in pairs({
    ["supervisor.which_children: argument 1 is 5; expected a pid, a name or an address"] =
      "supervisor.which_children(5)",
    ["supervisor.terminate_child: argument 1 is missing; expected a pid"] =
      'supervisor.terminate_child(nil, "a")',
    ["supervisor.start_child: argument 1 is a table; expected a pid"] =
      "supervisor.start_child({}, child('a'))",
    ["supervisor.terminate_child: argument 2 is missing; expected the id of a child"] =
      "supervisor.terminate_child('sup')",
    ["supervisor.restart_child: argument 2 is 5; expected the id"] =
      "supervisor.restart_child('sup', 5)",
    ["supervisor.delete_child: argument 2 is a function; expected the id"] =
      "supervisor.delete_child('sup', print)",
    ["service.stop: argument 1 is missing; expected a pid"] = "service.stop()",
    ["service.define: the definition is missing; expected a table of handlers"] =
      "service.define()",
  }) do
    it("names misuse, and where it was: " .. call, function()
      check(([[
        local message = expect.raises(%q, function() local r = %s return r end)
        expect.truthy(message:find("^main.lua:%%d+: "), message)
      ]]):format(what, call))
    end)
  end
end)
