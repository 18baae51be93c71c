local cjson = require("cjson")
local node = require("spec.support.node")

--- A service whose `get` gives `version` and its number; more handlers in `more`.
local function counter(version, more)
  return ([[
    local neap, service = require("neap"), require("neap.service")
    return service.define({ version = %s, init = function() return { n = 5 } end,
      call = { get = function(state) return %s, state.n end,
        add = function(state) state.n = state.n + 1 end }, %s })]]):format(version, version,
    more or "")
end

--- Says again and again what `expression` is.
local function says(expression)
  return ([[
    local neap = require("neap")
    return function()
      while true do
        print("says", %s)
        neap.sleep(2)
      end
    end]]):format(expression)
end

local DEBUG = { options = { "--log-level", "debug" } }

local GET = [[neap.call("counter", "get")]]

--- Waits, in a process, until the spec kills the process `trigger`.
local AWAIT_KILL = [[
  neap.trap_exit(true)
  neap.spawn{ run = function() neap.receive() end, link = true, name = "trigger" }
  print("awaits")
  neap.receive("EXIT")
]]

--- An app of one service, `counter`, and a process that says what it answers.
local function shop(files, options)
  local all = {
    ["app.lua"] = [[return { name = "shop", children = {
      { id = "counter", start = { "counter" } }, { id = "says", start = { "says" } } } }]],
    ["counter.lua"] = counter(1),
    ["says.lua"] = says(GET),
  }
  for name, text in pairs(files or {}) do all[name] = text end
  local n = node.app(all, options)
  n:eventually(files and next(files) and "node.start" or "says\t1\t5")
  return n
end

local function reload(n, ...)
  return n:cli("reload", ...)
end

local function reloaded(n, expected, ...)
  local printed, code = reload(n, ...)
  assert.equal(expected, printed)
  assert.equal(0, code)
end

local function refused(n, expected, ...)
  local printed, code = reload(n, ...)
  assert.equal(expected, printed)
  assert.equal(1, code)
end

local function json(n, ...)
  local printed = n:cli(...)
  return cjson.decode(printed), printed
end

local function process(n, name)
  for _, info in ipairs((json(n, "ps", "--json"))) do
    if info.name == name or info.id == name then return info end
  end
end

describe("neap reload", function()
  after_each(node.cleanup)

  describe("of a service", function()
    it("gives it the new code, and leaves it its state, pid and name", function()
      local n = shop()
      n:eventually("says\t1\t5")
      local before = process(n, "counter")

      n:write("counter.lua", counter(2))
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t2\t5")
      assert.equal(before.pid, process(n, "counter").pid)
    end)

    it("wakes one that waits for mail", function()
      local n = shop({ ["says.lua"] = "return function() require('neap').receive() end" })
      n:until_true("the service", function()
        local it_is = process(n, "counter")
        return it_is and it_is.state == "waiting" and it_is.code == 1
      end)

      n:write("counter.lua", counter(2))
      reloaded(n, "counter: 1 process upgraded\n")
    end)

    it("says that nothing changed", function()
      local n = shop()

      reloaded(n, "nothing changed\n")

      n:write("counter.lua", counter(1))
      reloaded(n, "nothing changed\n")
    end)

    it("calls upgrade with the state and the version before", function()
      local n = shop()

      n:write("counter.lua", counter(2,
        "upgrade = function(state, old) return { n = state.n * 100 + old } end"))
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t2\t501")
    end)

    it("keeps its mailbox: what waits is handled in order, by the new code", function()
      local n = shop({ ["says.lua"] = [[
        local neap = require("neap")
        return function()
          neap.cast("counter", "hold")
          for i = 1, 100 do neap.cast("counter", "note", i) end
          ]] .. AWAIT_KILL .. [[
          neap.send("counter", { "go" })
          neap.receive()
        end]],
        ["counter.lua"] = counter(1, [[cast = {
          hold = function() print("holds") neap.receive("go") end, note = function() end }]]) })
      n:eventually("awaits")
      n:eventually("holds")
      n:write("counter.lua", counter(2, [[
        upgrade = function(state) print("mail", neap.info().mailbox.messages) return { seen = {} } end,
        cast = { note = function(state, i)
          state.seen[#state.seen + 1] = i
          if i == 100 then print("seen", #state.seen, state.seen[1], state.seen[57]) end end }]]))

      local printed = reload(n, "--wait", "0")
      assert.truthy(printed:find("still busy", 1, true), printed)
      n:cli("kill", "trigger")

      n:eventually("mail\t100")
      n:eventually("seen\t100\t1\t57")
    end)

    it("keeps its links and monitors", function()
      local n = shop({ ["counter.lua"] = counter(1,
        "info = function(_, msg) print('old', msg[1]) end"):gsub("init = function%(%)", [[
          init = function()
            neap.trap_exit(true)
            neap.spawn{ run = function() neap.receive() end, link = true, monitor = true,
              name = "linked" }]]) })
      n:eventually("says\t1")

      n:write("counter.lua", counter(2, "info = function(_, msg) print('new', msg[1]) end"))
      reloaded(n, "counter: 1 process upgraded\n")
      n:cli("kill", "linked")

      n:eventually("new\tEXIT")
      n:eventually("new\tDOWN")
    end)

    it("gives the new code to one that is started afterwards", function()
      local n = shop()
      n:write("counter.lua", counter(2, "upgrade = function() return { n = 6 } end"))
      reloaded(n, "counter: 1 process upgraded\n")

      n:cli("kill", "counter")

      n:eventually("child.restart id=counter")
      n:eventually("says\t2\t5")
    end)

    it("runs a terminate that the new code has", function()
      local n = shop()
      n:write("counter.lua", counter(2, "terminate = function(_, why) print('ends', why) end"))
      reloaded(n, "counter: 1 process upgraded\n")

      assert.equal(0, n:stop())

      assert.truthy(n:output():find("ends\tshutdown", 1, true))
    end)

    it("switches a service that the module has in a field, and its value sent by name", function()
      local n = shop({
        ["counter.lua"] = "return { inner = (function() " .. counter(1) .. " end)() }",
        ["app.lua"] = [[local inner = require("counter").inner
          return { children = { { id = "counter", start = { inner } },
            { id = "says", start = { "says" } } } }]],
      })
      n:eventually("says\t1\t5")

      n:write("counter.lua", "return { inner = (function() " .. counter(2) .. " end)() }")
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t2\t5")
    end)

    it("does not concern services of other modules", function()
      local n = shop({ ["other.lua"] = counter(1, "upgrade = function() error('switched') end"),
        ["app.lua"] = [[return { children = { { id = "counter", start = { "counter" } },
          { id = "other", start = { "other" } }, { id = "says", start = { "says" } } } }]],
        ["says.lua"] = says([[neap.call("counter", "get"), neap.call("other", "get")]]) })
      n:eventually("says\t1\t1\t5")

      n:write("counter.lua", counter(2))
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t2\t1\t5")
      assert.is_nil(n:output():find("upgrade_refused", 1, true))
    end)

    it("leaves one that came as a snapshot alone", function()
      local n = node.script([[
        local neap, service, util = require("neap"), require("neap.service"), require("util")
        local made = service.define({ call = { get = function() return util.n end } })
        local pid = service.start(made)
        while true do print("says", neap.call(pid, "get")) neap.sleep(2) end]],
        { files = { ["util.lua"] = "return { n = 1 }" } })
      n:eventually("says\t1")

      n:write("util.lua", "return { n = 2 }")
      reloaded(n, "util: no process runs it\n")

      local seen = #n:output()
      n:eventually(function(output) return output:find("says\t1", seen, true) end)
    end)
  end)

  describe("of what a service requires", function()
    local FILES = {
      ["counter.lua"] = [[
        local service, middle, cache = require("neap.service"), require("middle"), require("cache")
        cache.loads = (cache.loads or 0) + 1
        return service.define({
          call = { get = function() return middle.n(), cache.loads end } })]],
      ["middle.lua"] = [[local low = require("low") return { n = function() return low.n end }]],
      ["low.lua"] = "return { n = 1 }",
      ["cache.lua"] = "return {}",
    }

    it("loads all that lead there again, and leaves other modules as they are", function()
      local n = shop(FILES)
      n:eventually("says\t1\t1")

      n:write("low.lua", "return { n = 2 }")
      reloaded(n, "low, and with it counter, middle: 1 process upgraded\n")

      n:eventually("says\t2\t2")
    end)

    it("finds a module that is required when it is needed", function()
      local n = shop({ ["counter.lua"] = [[
          return require("neap.service").define({
            call = { get = function() return require("middle").n() end } })]],
        ["middle.lua"] = [[local low
          return { n = function() low = low or require("low") return low.n end }]],
        ["low.lua"] = "return { n = 1 }" })
      n:eventually("says\t1")

      n:write("low.lua", "return { n = 2 }")
      reloaded(n, "low, and with it counter, middle: 1 process upgraded\n")

      n:eventually("says\t2")
    end)

    it("knows modules that only the new code requires, and not those it left", function()
      local n = shop(FILES)
      n:eventually("says\t1\t1")
      n:write("fresh.lua", "return { n = 7 }")
      n:write("middle.lua", [[return { n = function() return require("fresh").n end }]])
      reloaded(n, "middle, and with it counter: 1 process upgraded\n")
      n:eventually("says\t7")

      n:write("low.lua", "return { n = 3 }")
      reloaded(n, "low: no process runs it\n")
      n:write("fresh.lua", "return { n = 8 }")
      reloaded(n, "fresh, and with it counter, middle: 1 process upgraded\n")

      n:eventually("says\t8")
    end)

    it("follows a module that moved into a folder", function()
      local n = shop(FILES)
      n:eventually("says\t1\t1")
      os.remove(n.app_dir .. "/low.lua")
      os.execute("mkdir '" .. n.app_dir .. "/low'")

      n:write("low/init.lua", "return { n = 1 }")
      reloaded(n, "low, and with it counter, middle: 1 process upgraded\n")

      n:eventually("says\t1\t2")
    end)
  end)

  describe("when new code does not load", function()
    local function stays(n)
      local seen = #n:output()
      n:eventually(function(output) return output:find("says\t1\t5", seen, true) end)
      assert.is_nil(n:output():find("says\t2", 1, true))
    end

    it("says where the syntax is wrong, and changes nothing", function()
      local n = shop({ ["says.lua"] = says(GET) })
      n:eventually("says\t1\t5")

      n:write("counter.lua", "local x\nreturn = x")
      refused(n, "counter: not reloaded: counter.lua:2: unexpected symbol near '='\n"
        .. "nothing changed\n")

      stays(n)
    end)

    it("says where a module raised, with the stack if that says more", function()
      local n = shop()

      n:write("counter.lua", "local function f()\n  local x = nil\n  return x.y\nend\n\nreturn f()[1]")
      refused(n, "counter: not reloaded: counter.lua:3: attempt to index local 'x' (a nil value)\n"
        .. "    counter.lua:3: in f\n    counter.lua:6: in main chunk\nnothing changed\n")

      stays(n)
    end)

    it("says where, if what was raised does not", function()
      local n = shop()

      n:write("counter.lua", "\nerror({ code = 7 })")
      local printed = reload(n)

      assert.truthy(printed:find("counter: not reloaded: counter.lua:2: raised {code = 7}\n", 1, true),
        printed)
    end)

    it("changes none of several modules if one is wrong", function()
      local n = shop()
      n:eventually("says\t1\t5")

      n:write("counter.lua", counter(2))
      n:write("says.lua", "return {")
      refused(n, "says: not reloaded: says.lua:1: unexpected symbol near '<eof>'\nnothing changed\n")

      stays(n)
      n:cli("kill", "counter")
      n:eventually("child.restart id=counter")
      stays(n)
    end)

    it("names every file that can not be compiled", function()
      local n = shop()

      n:write("counter.lua", "return {")
      n:write("says.lua", "\nreturn [")
      local printed = reload(n)

      assert.truthy(printed:find("counter.lua:1: ", 1, true), printed)
      assert.truthy(printed:find("says.lua:2: ", 1, true), printed)
    end)

    it("tells a failure once, of the module where it is", function()
      local n = shop({ ["counter.lua"] = [[require("low") ]] .. counter(1), ["low.lua"] = "return 1" })
      n:eventually("says\t1\t5")

      n:write("low.lua", "error('boom')")
      refused(n, "low: not reloaded: low.lua:1: boom\nnothing changed\n")
    end)

    it("finds that a module does not suit those that require it", function()
      local n = shop({ ["counter.lua"] = [[local low = require("low").n + 1 ]] .. counter(1),
        ["low.lua"] = "return { n = 1 }" })
      n:eventually("says\t1\t5")

      n:write("low.lua", "return {}")
      refused(n, "counter: not reloaded: counter.lua:1: attempt to perform arithmetic on field 'n'"
        .. " (a nil value)\nnothing changed\n")
    end)

    it("names a circle", function()
      local n = shop({ ["counter.lua"] = [[require("low") ]] .. counter(1), ["low.lua"] = "return 1" })
      n:eventually("says\t1\t5")

      n:write("low.lua", "return require('counter')")
      local printed, code = reload(n)

      assert.truthy(printed:find("requires itself: ", 1, true), printed)
      assert.equal(1, code)
      stays(n)
    end)

    it("does not let a module start or send while it is tried", function()
      local n = shop()

      n:write("counter.lua", "require('neap').spawn('says') " .. counter(2))
      refused(n, "counter: not reloaded: counter.lua:1: neap.spawn: neap reload only tries the module"
        .. " here: nothing starts or sends while it loads\nnothing changed\n")

      stays(n)
    end)

    it("ends a module that never ends loading", function()
      local n = shop()

      n:write("counter.lua", "while true do end")
      local printed, code = reload(n)

      assert.truthy(printed:find("^counter: not reloaded: loading it for trial ended early: [^\n]*cpu"),
        printed)
      assert.equal(1, code)
      stays(n)
      assert.is_nil(n:output():find("process.crash", 1, true))
    end)

    it("can be tried again", function()
      local n = shop()
      n:write("counter.lua", "return {")
      assert.equal(1, select(2, reload(n)))

      n:write("counter.lua", counter(2))
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t2\t5")
    end)
  end)

  describe("when a process does not take it", function()
    for what, case in pairs({
      ["raises"] = { "error('boom')", "upgrade: counter.lua:%d+: boom" },
      ["gives nothing"] = { "", "upgrade returned nil; expected the new state" },
      ["says why"] = { "return nil, 'too old'", "upgrade refused: too old" },
    }) do
      it("SRV-15 leaves it as it was if upgrade " .. what, function()
        local n = shop()
        n:eventually("says\t1\t5")

        n:write("counter.lua", counter(2, "upgrade = function(state) state = nil " .. case[1]
          .. " end"))
        local printed, code = reload(n)

        assert.truthy(printed:find("\ncounter: %d+%.%d+ %(counter%) keeps its old code: " .. case[2]
          .. "\n"), printed)
        assert.equal(1, code)
        local seen = #n:output()
        n:eventually(function(output) return output:find("says\t1\t5", seen, true) end)
        n:eventually("service.upgrade_refused module=counter")
      end)
    end

    it("leaves it as it was if the module is no service any more", function()
      local n = shop()

      n:write("counter.lua", "return function() end")
      local printed, code = reload(n)

      assert.truthy(printed:find('module "counter" returns a function now; expected a service', 1, true),
        printed)
      assert.equal(1, code)
    end)

    it("tries it again with the next change", function()
      local n = shop()
      n:write("counter.lua", counter(2, "upgrade = function() error('boom') end"))
      assert.equal(1, select(2, reload(n)))

      n:write("counter.lua", counter(3, "upgrade = function(_, old) return { n = old } end"))
      reloaded(n, "counter: 1 process upgraded\n")

      n:eventually("says\t3\t1")
    end)

    it("switches the others all the same", function()
      local n = shop({ ["app.lua"] = [[return { children = {
        { id = "counter", start = { "counter" } }, { id = "b", start = { "counter" } },
        { id = "says", start = { "says" } } } }]],
        ["says.lua"] = says([[neap.call("counter", "get"), neap.call("b", "get")]]) })
      n:eventually("says\t1\t1\t5")

      n:write("counter.lua", counter(2, [[upgrade = function(state)
        if neap.info().name == "b" then error("boom", 0) end
        return state end]]))
      local printed, code = reload(n)

      assert.truthy(printed:find("^counter: 1 process upgraded\ncounter: %d+%.%d+ %(b%) keeps its"
        .. " old code: upgrade: counter.lua:%d+: boom\n$"), printed)
      assert.equal(1, code)
      n:eventually("says\t2\t1\t5")
    end)

    it("says so if it is killed while it switches", function()
      local n = shop()
      n:write("counter.lua", counter(2, [[upgrade = function()
        print("stuck") neap.receive("never") end]]))

      local client = node.start({ "reload" }, { dir = n.dir })
      n:eventually("stuck")
      n:cli("kill", "counter")

      assert.equal(1, client:wait())
      assert.truthy(client:output():find("^counter: loaded\ncounter: %d+%.%d+ ended while it switched\n$"),
        client:output())
      n:eventually("child.restart id=counter")
      assert.equal(2, process(n, "counter").version)
    end)

    it("says so if it is over a limit while it switches", function()
      local n = shop({ ["app.lua"] = [[return { children = {
        { id = "counter", start = { "counter" }, limits = { cpu = "50ms" } },
        { id = "says", start = { "says" } } } }]] })
      n:eventually("says\t1\t5")

      n:write("counter.lua", counter(2, "upgrade = function() while true do end end"))
      local printed, code = reload(n)

      assert.truthy(printed:find("ended while it switched", 1, true), printed)
      assert.equal(1, code)
      n:eventually("child.restart id=counter")
    end)

    it("does not wait for ever for one that is busy", function()
      local n = shop({ ["counter.lua"] = counter(1, [[cast = { work = function()
          print("works") neap.receive("done") end }]]),
        ["says.lua"] = [[local neap = require("neap")
          return function()
            neap.cast("counter", "work")
            ]] .. AWAIT_KILL .. [[
            neap.send("counter", { "done" })
            while true do print("says", neap.call("counter", "get")) end
          end]] })
      n:eventually("works")
      n:eventually("awaits")

      n:write("counter.lua", counter(2))
      local printed, code = reload(n, "--wait", "0")

      assert.truthy(printed:find("^counter: loaded\ncounter: %d+%.%d+ %(counter%) is still busy: it"
        .. " switches before its next message\n$"), printed)
      assert.equal(0, code)
      n:cli("kill", "trigger")
      n:eventually("says\t2\t5")
      assert.is_nil(n:output():find("says\t1", 1, true))
    end)
  end)

  describe("of other processes", function()
    it("says which keep the code they started with", function()
      local n = shop()

      n:write("says.lua", says("'new', " .. GET))
      reloaded(n, "says: 1 process is no service and keeps the old code\n")

      n:cli("kill", "says")
      n:eventually("says\tnew\t1\t5")
    end)

    it("leaves supervisors alone", function()
      local n = shop({ ["app.lua"] = [[return { children = { { id = "below",
          supervisor = { children = require("children") } } } }]],
        ["children.lua"] = [[return { { id = "counter", start = { "counter" }, name = "counter" },
          { id = "says", start = { "says" } } }]] })
      n:eventually("says\t1\t5")
      local before = process(n, "below").pid

      n:write("children.lua", "return {}")
      n:write("counter.lua", counter(2))
      local printed, code = reload(n)

      assert.equal(0, code)
      assert.truthy(printed:find("children: no process runs it\n", 1, true), printed)
      assert.equal(before, process(n, "below").pid)
      assert.truthy(process(n, "counter"))
    end)

    it("notes that app.lua and config.lua are read at the start only, once", function()
      local n = shop({ ["config.lua"] = "return { a = 1 }" })
      n:eventually("says\t1\t5")

      n:write("config.lua", "return { a = 2 }")
      n:write("app.lua", "return {}")
      reloaded(n, "config.lua changed: restart the node to apply it\n"
        .. "app.lua changed: restart the node to apply it\nnothing changed\n")

      reloaded(n, "nothing changed\n")
    end)

    it("notes that a file is gone, once, and keeps the code", function()
      local n = shop()
      n:eventually("says\t1\t5")

      os.remove(n.app_dir .. "/counter.lua")
      reloaded(n, "counter: its file is gone; the code that was loaded stays\nnothing changed\n")
      reloaded(n, "nothing changed\n")

      n:cli("kill", "counter")
      n:eventually("child.restart id=counter")
      local seen = #n:output()
      n:eventually(function(output) return output:find("says\t1\t5", seen, true) end)
    end)
  end)

  describe("of named modules", function()
    it("reloads these, also if they did not change, and no others", function()
      local n = shop({ ["counter.lua"] = counter(1, "upgrade = function() return { n = 6 } end") })
      n:eventually("says\t1\t5")
      n:write("says.lua", "return {")

      reloaded(n, "counter: 1 process upgraded\n", "counter")

      n:eventually("says\t1\t6")
    end)

    it("refuses what is not known, with a suggestion", function()
      local n = shop()
      n:eventually("says\t1\t5")

      refused(n, 'conter: not reloaded: there is no such module: did you mean "counter"?\n'
        .. "nothing changed\n", "conter", "counter")
      refused(n, "neap.service: not reloaded: it is part of neap; only the application's can be"
        .. " reloaded\nnothing changed\n", "neap.service")
      refused(n, "../x: not reloaded: there is no such module\nnothing changed\n", "../x")
    end)

    it("notes that a module was not loaded yet", function()
      local n = shop({ ["later.lua"] = "return {" })
      n:eventually("says\t1\t5")

      reloaded(n, "later: no process has loaded it yet: there is nothing to reload\nnothing changed\n",
        "later")
    end)
  end)

  describe("at the command line", function()
    it("gives all of it as JSON", function()
      local n = shop({ ["counter.lua"] = "require('low') " .. counter(1), ["low.lua"] = "" })
      n:eventually("says\t1\t5")

      n:write("low.lua", "return 1")
      assert.same({ generation = 2, problems = {}, refused = {}, busy = {}, ended = {}, notes = {},
        changed = { { module = "low", code = 2, required_by = { "counter" }, upgraded = 1,
          no_service = 0 } } }, (json(n, "reload", "--json")))

      n:write("low.lua", "\n\nreturn [")
      local report = json(n, "reload", "--json")
      assert.equal(cjson.null, report.generation)
      assert.equal("low", report.problems[1].module)
      assert.truthy(report.problems[1].message:find("^low.lua:3: "))

      n:write("low.lua", "return 2")
      n:write("counter.lua", "require('low') " .. counter(2, "upgrade = function() end"))
      report = json(n, "reload", "--json")
      assert.equal("counter", report.refused[1].name)
      assert.equal("upgrade returned nil; expected the new state", report.refused[1].message)
    end)

    it("shows which code a process runs", function()
      local n = shop()
      n:eventually("says\t1\t5")
      assert.truthy(n:cli("ps"):find("\n%d+%.%d+ +counter +counter +1 +%a"), n:cli("ps"))
      assert.same({ 1, 1 }, { process(n, "counter").version, process(n, "counter").code })

      n:write("counter.lua", counter(2))
      reload(n)
      n:write("counter.lua", counter("'two'"))
      reload(n)

      assert.truthy(n:cli("ps"):find("\n%d+%.%d+ +counter +counter +two %(code 3%) +%a"), n:cli("ps"))
      assert.same({ "two", 3 }, { process(n, "counter").version, process(n, "counter").code })
      assert.same({ cjson.null, 1 }, { process(n, "says").version, process(n, "says").code })
      assert.truthy(n:cli("info", "counter"):find("\nversion +two %(code 3%)\n"))
    end)

    it("refuses a second one while one is under way", function()
      local n = shop({ ["counter.lua"] = counter(1, [[cast = { work = function()
          print("works") neap.receive("done") end }]]),
        ["says.lua"] = [[local neap = require("neap")
          return function() neap.cast("counter", "work") neap.receive() end]] }, DEBUG)
      n:eventually("works")
      n:write("counter.lua", counter(2))
      local first = node.start({ "reload", "--wait", "60000" }, { dir = n.dir })
      n:eventually("reload.waiting")

      local printed, code = reload(n)

      assert.equal("neap reload: another reload is under way: try again when it is done\n", printed)
      assert.equal(1, code)
      n:cli("kill", "counter")
      assert.equal(0, first:wait())
      assert.truthy(first:output():find("ended before it had switched\n", 1, true), first:output())
    end)

    it("ends with the node that stops meanwhile", function()
      local n = shop({ ["counter.lua"] = counter(1, [[cast = { work = function()
          print("works") neap.receive("done") end }]]),
        ["says.lua"] = [[local neap = require("neap")
          return function() neap.cast("counter", "work") neap.receive() end]] }, DEBUG)
      n:eventually("works")
      n:write("counter.lua", counter(2))
      local client = node.start({ "reload", "--wait", "60000" }, { dir = n.dir })
      n:eventually("reload.waiting")

      assert.equal(0, n:stop())

      client:wait()
      assert.truthy(client:output():find("ended before it had switched\n", 1, true), client:output())
    end)

    it("says in the log what it did", function()
      local n = shop()

      n:write("counter.lua", counter(2))
      reload(n)
      n:write("counter.lua", "return {")
      reload(n)

      n:eventually("module.reload module=counter code=2 upgraded=1")
      n:eventually("module.not_reloaded reason=\"counter.lua:1: unexpected symbol near '<eof>'\""
        .. " module=counter")
    end)

    for words, problem in pairs({
      ["--wait x"] = 'neap reload: --wait is "x"; expected ms from 0 to 3600000',
      ["--wait 3600001"] = 'neap reload: --wait is "3600001"; expected ms from 0 to 3600000',
    }) do
      it("refuses " .. words, function()
        local args = { "reload" }
        for word in words:gmatch("%S+") do args[#args + 1] = word end

        local printed, code = node.run(args)

        assert.equal(problem .. "\n", printed)
        assert.equal(2, code)
      end)
    end
  end)

  describe("of a busy node", function()
    it("switches a thousand services", function()
      local n = shop({ ["says.lua"] = [[
        local neap, service = require("neap"), require("neap.service")
        return function()
          local all = {}
          for i = 1, 1000 do all[i] = service.start("counter") end
          print("started")
          while true do
            local sum = 0
            for _, pid in ipairs(all) do sum = sum + neap.call(pid, "get") end
            print("sum", sum)
          end
        end]], ["app.lua"] = [[return { children = {
          { id = "says", start = { "says" }, limits = { handles = 2000 } } } }]] })
      n:eventually("sum\t1000")

      n:write("counter.lua", counter(2))
      reloaded(n, "counter: 1000 processes upgraded\n")

      n:eventually("sum\t2000")
    end)

    it("loses no call, and gives no answer of two kinds of code", function()
      local function low(v) return ("return { v = %d }"):format(v) end
      local function both(v)
        return ([[local low = require("low") return require("neap.service").define({
          call = { get = function() return %d, low.v end } })]]):format(v)
      end
      local n = shop({ ["counter.lua"] = both(1), ["low.lua"] = low(1), ["says.lua"] = [[
        local neap = require("neap")
        return function()
          local calls, last = 0, 0
          while true do
            local v, w = neap.call("counter", "get")
            if v ~= w or v < last then print("wrong", v, w, last) end
            calls, last = calls + 1, v
            if calls % 1000 == 0 then print("calls", calls, v) end
          end
        end]] })
      n:eventually("calls\t")

      for v = 2, 20 do
        n:write("counter.lua", both(v))
        n:write("low.lua", low(v))
        local _, code = reload(n)
        assert.equal(0, code)
      end

      n:eventually(function(output) return output:find("calls\t%d+\t20\n") end)
      assert.is_nil(n:output():find("wrong", 1, true), n:output())
    end)

    it("starts processes with code of one kind meanwhile", function()
      local n = shop({ ["low.lua"] = "return 1", ["high.lua"] = "return 1",
        ["job.lua"] = [[
          local low = require("low")
          for _ = 1, 5e6 do end
          local high = require("high")
          return function() if low ~= high then print("wrong", low, high) end end]],
        ["says.lua"] = [[
          local neap = require("neap")
          return function()
            for i = 1, math.huge do
              local _, ref = neap.spawn_monitor("job")
              neap.receive({ "DOWN", ref })
              print("jobs", i)
            end
          end]] })
      n:eventually("jobs\t3")

      for v = 2, 20 do
        n:write("low.lua", "return " .. v)
        n:write("high.lua", "return " .. v)
        assert.equal(0, select(2, reload(n)))
      end

      local jobs = select(2, n:output():gsub("jobs\t", ""))
      n:eventually("jobs\t", jobs + 2)
      assert.is_nil(n:output():find("wrong", 1, true), n:output())
      assert.is_nil(n:output():find("process.crash", 1, true), n:output())
    end)
  end)
end)

describe("neap run --watch", function()
  after_each(node.cleanup)

  local WATCH = { options = { "--watch" } }

  it("reloads what changes", function()
    local n = shop({}, WATCH)
    n:eventually("says\t1\t5")

    n:write("counter.lua", counter(2))

    n:eventually("module.reload module=counter code=2 upgraded=1")
    n:eventually("says\t2\t5")
  end)

  it("tells of a mistake once, and goes on when it is gone", function()
    local n = shop({}, WATCH)
    n:eventually("says\t1\t5")
    n:write("counter.lua", "return {")
    n:eventually("module.not_reloaded")

    n:write("counter.lua", counter(2))

    n:eventually("says\t2\t5")
    assert.equal(1, select(2, n:output():gsub("module%.not_reloaded", "")))
  end)

  it("looks after folders that come later", function()
    local n = shop({ ["app.lua"] = [[return { path = { ".", "lib" }, children = {
        { id = "counter", start = { "counter" } }, { id = "says", start = { "says" } } } }]],
      ["counter.lua"] = [[return require("neap.service").define({ call = { get = function()
        return require("deep.low").n end } })]],
      ["lib/deep/low.lua"] = "return { n = 1 }" }, WATCH)
    n:eventually("says\t1")

    n:write("lib/deep/low.lua", "return { n = 2 }")

    n:eventually("says\t2")
  end)

  it("does not run without it", function()
    local n = shop()
    n:eventually("says\t1\t5")

    n:write("counter.lua", counter(2))
    reloaded(n, "counter: 1 process upgraded\n")

    assert.equal(1, select(2, n:output():gsub("module%.reload", "")))
  end)
end)
