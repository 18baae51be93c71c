local node = require("spec.support.node")

--- Runs an app to its end; gives what it printed and its exit code.
local function run(files)
  local n = node.app(files)
  local code = n:wait()
  return n:output(), code
end

--- The lines that `neap run` and `neap check` refuse this app.lua with.
local function refused(app, files)
  local all = { ["app.lua"] = app }
  for name, text in pairs(files or {}) do all[name] = text end
  local printed, code = run(all)
  assert.equal(2, code, printed)
  return printed
end

describe("an app that is refused", function()
  after_each(node.cleanup)

  for what, problem in pairs({
    ["return {"] = "app.lua:1: unexpected symbol near '<eof>'",
    ["retrun = {"] = "app.lua:1: unexpected symbol near '<eof>'",
    ["\n\nlocal = 1"] = "app.lua:3: ",
    [""] = "app.lua returns nothing; expected a supervisor spec: a table with children",
    ["return 5"] = "app.lua returns 5; expected a supervisor spec: a table with children",
    ["return 'x'"] = 'app.lua returns "x"; expected a supervisor spec: a table with children',
    ["return print"] = "app.lua returns a function; expected a supervisor spec: a table with children",
    ["error('bad')"] = "app.lua:1: bad",
    ["error({ code = 7 })"] = "app.lua raised {code = 7}",
    ["error()"] = "app.lua raised nil",
    ["nothing.x = 1"] = "app.lua:1: attempt to index global 'nothing' (a nil value)",
    ["require('nothing')"] = 'there is no module "nothing"',
    ["os.exit(0)"] = "app.lua:1: attempt to call field 'exit' (a nil value)",
    ["return string.dump(function() end)"] = "app.lua:1: ",
  }) do
    it("has one line for: " .. what, function()
      local printed = refused(what)

      assert.truthy(printed:find(problem, 1, true), printed)
      assert.truthy(printed:find("^[^\n]+\n$"), printed)
    end)
  end

  for _, call in ipairs({ "spawn(function() end)", "send(neap.self(), 1)", "call('x', 'y')",
    "receive()", "sleep(1)", "send_after(1, neap.self(), 1)", "register('x')", "exit()",
    "kill(neap.self())", "link(neap.self())", "monitor(neap.self())" }) do
    it("has one line for app.lua that calls neap." .. call, function()
      local printed = refused("local neap = require('neap') neap." .. call .. " return {}")

      assert.equal("app.lua:1: neap." .. call:match("^[%w_]+")
        .. ": app.lua and config.lua only build a table: nothing starts or sends there\n", printed)
    end)
  end

  it("has one line for app.lua that starts a service or a supervisor", function()
    for _, start in ipairs({ "service'.start('x')", "supervisor'.start_link({})" }) do
      local printed = refused("require 'neap." .. start)

      assert.truthy(printed:find("nothing starts or sends there\n$"), printed)
    end
  end)

  it("has one line for app.lua that loops for ever", function()
    local printed = refused("while true do pcall(function() while true do end end) end")

    assert.truthy(printed:find("^neap: the app could not be loaded: limits.cpu = [^\n]*\n$"), printed)
  end)

  it("has one line for app.lua that eats memory", function()
    local printed = refused("local t = {} while true do t[#t + 1] = { t } end")

    assert.truthy(printed:find("^neap: the app could not be loaded: limits.memory = [^\n]*\n$"),
      printed)
  end)

  it("has one line for each module that runs away while it is loaded, and for the others", function()
    local printed, code = node.run({ "check", node.folder({
      ["app.lua"] = [[return { children = { { id = "a", start = { "hoards" } },
        { id = "b", start = { "raises" } }, { id = "c", start = { "starts" } },
        { id = "d", start = { "hoards" }, restrat = 1 } } }]],
      ["hoards.lua"] = "local t = {} while true do t[#t + 1] = { t } end",
      ["raises.lua"] = "error('no luck')",
      ["starts.lua"] = "require('neap').spawn(print)",
    }) })

    local expected = {
      '^root.children%[1%].start%[1%]: module "hoards" does not load: limits.memory = "[^\n]+ %(used [^\n]+ in its spec\n',
      "root.children%[2%].start%[1%]: raises.lua:1: no luck\n",
      "root.children%[3%].start%[1%]: starts.lua:1: neap.spawn: neap check starts and sends nothing\n",
      'root.children%[4%]: unknown key "restrat": did you mean "restart"%?\n',
      'root.children%[4%].start%[1%]: module "hoards" does not load: limits.memory = [^\n]*\n$',
    }
    for _, line in ipairs(expected) do assert.truthy(printed:find(line), printed) end
    assert.equal(#expected, select(2, printed:gsub("\n", "\n")))
    assert.equal(2, code)
  end)

  it("has one line for app.lua that nests for ever", function()
    local printed = refused("local function f() return 1 + f() end return f()")

    assert.truthy(printed:find("stack overflow", 1, true), printed)
  end)

  it("has one line for a tree that contains itself", function()
    local printed = refused([[local t = { id = "a" } t.supervisor = { children = { t } }
      return { children = { t } }]])

    assert.truthy(printed:find("^[^\n]+\n$"), printed)
  end)

  it("says what is there instead of an app", function()
    local dir = node.folder({ ["x.lua"] = "", ["plain.txt"] = "" })
    local expected = "expected a directory with app.lua, or a .lua file\n"
    for given, problem in pairs({
      [dir] = '"' .. dir .. '" has no app.lua: ' .. expected,
      [dir .. "/x"] = ('there is no "%s/x": did you mean "%s/x.lua"?\n'):format(dir, dir),
      [dir .. "/none"] = ('cannot open "%s/none": No such file or directory; '):format(dir) .. expected,
      [dir .. "/plain.txt"] = ('"%s/plain.txt" is neither a directory nor a .lua file: ')
        :format(dir) .. expected,
      ["/dev/null"] = '"/dev/null" is neither a directory nor a .lua file: ' .. expected,
    }) do
      for _, command in ipairs({ "run", "check" }) do
        local printed, code = node.run({ command, given })

        assert.equal("neap " .. command .. ": " .. problem, printed)
        assert.equal(2, code)
      end
    end
  end)

  it("says why an app.lua that is there can not be opened", function()
    local dir = node.folder()
    os.execute("ln -s app.lua '" .. dir .. "/app.lua'")

    local printed, code = node.run({ "check", dir })

    assert.equal('neap check: cannot open "' .. dir
      .. '/app.lua": Too many levels of symbolic links\n', printed)
    assert.equal(2, code)
  end)

  it("may be a folder whose name ends in .lua", function()
    local dir = node.folder({ ["shop.lua/app.lua"] = "return 5" })

    local printed, code = node.run({ "check", dir .. "/shop.lua" })

    assert.equal("app.lua returns 5; expected a supervisor spec: a table with children\n", printed)
    assert.equal(2, code)
  end)

  it("is not taken as bytecode", function()
    local printed = refused(string.dump(function() return {} end))

    assert.truthy(printed:find("app.lua", 1, true), printed)
  end)

  local A = [[return function() end]]

  for spec, problem in pairs({
    ['{ id = "a", start = { "a" }, restrat = 1 }'] =
      'root.children[1]: unknown key "restrat": did you mean "restart"?',
    ['{ id = "a", start = { "a" }, restart = "always" }'] =
      'root.children[1].restart is "always"; expected "permanent", "transient" or "temporary"',
    ['{ id = "a", start = { "a" }, shutdown = "soon" }'] =
      'root.children[1].shutdown is "soon"; expected milliseconds, text such as "5s",'
      .. ' "brutal_kill" or "infinity"',
    ['{ id = "a", start = "a" }'] =
      'root.children[1].start is "a"; expected a table: { what, arguments... }',
    ['{ id = "a", start = {} }'] =
      'root.children[1].start[1] is missing; expected a module name, "module:function", a function'
      .. " or a service",
    ['{ id = "a" }'] =
      "root.children[1] has no start; expected start = { what, arguments... } or supervisor ="
      .. " { ... }",
    ['{ start = { "a" } }'] =
      "root.children[1].id is missing; expected a string that is not empty",
    ['{ id = 7, start = { "a" } }'] =
      "root.children[1].id is 7; expected a string that is not empty",
    ['"a"'] = 'root.children[1] is "a"; expected a table',
    ['{ id = "a", start = { "a" }, supervisor = {} }'] =
      "root.children[1] has both start and supervisor; expected one",
    ['{ id = "a", start = { "a", print } }'] = "root.children[1].start[2] is a function",
    ['{ id = "a", start = { "a", { x = { coroutine.create(print) } } } }'] =
      "root.children[1].start[2].x[1] is a coroutine",
    ['{ id = "a", start = { "a" }, limits = { memory = "lots" } }'] =
      'root.children[1].limits.memory is "lots"; expected bytes, such as 65536 or "64KB"',
    ['{ id = "a", start = { "a" }, limits = { memroy = 1 } }'] =
      'root.children[1].limits: unknown key "memroy": did you mean "memory"?',
    ['{ id = "a", start = { "a" } }, { id = "a", start = { "a" } }'] =
      'root.children[2].id "a" is taken: root.children[1] has it',
    ['{ id = "a", start = { "a" } }, { id = "b", name = "a", start = { "a" } }'] =
      'root.children[2].name "a" is taken: root.children[1] has it',
    ['{ id = "b", start = { "a" }, jit = "on" }'] =
      'root.children[1].jit is "on"; expected "auto", true or false',
    ['{ id = "b", start = { "a" }, jit = true, limits = { instructions = 1e6 } }'] =
      'root.children[1].jit is true; expected "auto" or false beside limits.instructions:',
    ['{ id = "b", start = { "nothing" } }'] =
      'root.children[1].start[1] is "nothing"; there is no such module (searched ',
    ['{ id = "b", start = { "broken" } }'] =
      "root.children[1].start[1]: broken.lua:1: ",
    ['{ id = "b", start = { "../a" } }'] =
      'root.children[1].start[1] is "../a"; expected a module name,',
    ['{ id = "s", supervisor = { children = { { id = "x", start = { "a" }, nmae = "y" } } } }'] =
      'root.children[1].supervisor.children[1]: unknown key "nmae": did you mean "name"?',
  }) do
    it("has one line for the child " .. spec, function()
      local printed = refused("return { children = { " .. spec .. " } }",
        { ["a.lua"] = A, ["broken.lua"] = "local = 1" })

      assert.equal(problem, printed:sub(1, #problem))
      assert.truthy(printed:find("^[^\n]+\n$"), printed)
    end)
  end

  for _, key in ipairs({ "backoff", "on_intensity", "keep_mailbox", "significant" }) do
    it("has one line for a child's " .. key .. ", which is not there yet", function()
      local printed = refused(([[return { children = { { id = "a", start = { "a" },
        %s = true } } }]]):format(key), { ["a.lua"] = A })

      assert.equal(('root.children[1].%s: "%s" is not available in this version\n')
        :format(key, key), printed)
    end)
  end

  for _, key in ipairs({ "auto_shutdown", "max_children", "template" }) do
    it("has one line for a supervisor's " .. key .. ", which is not there yet", function()
      assert.equal(('root.%s: "%s" is not available in this version\n'):format(key, key),
        refused(("return { %s = 1 }"):format(key)))
    end)
  end

  for _, policy in ipairs({ "drop_new", "drop_old", "kill" }) do
    it("has one line for the mailbox policy " .. policy .. ", which is not there yet", function()
      local printed = refused(([[return { children = { { id = "a", start = { "a" },
        mailbox = { policy = "%s" } } } }]]):format(policy), { ["a.lua"] = A })

      assert.truthy(printed:find("root.children[1].mailbox.policy", 1, true), printed)
      assert.truthy(printed:find("not available in this version", 1, true), printed)
    end)
  end

  for spec, problem in pairs({
    ['{ stratgy = "one_for_all" }'] = 'root: unknown key "stratgy": did you mean "strategy"?',
    ['{ strategy = "one_for_al" }'] = 'root.strategy is "one_for_al"; expected "one_for_one",'
      .. ' "one_for_all" or "rest_for_one"',
    ['{ intensity = -1 }'] = "root.intensity is -1; expected a whole number, 0 or more",
    ['{ intensity = "many" }'] = 'root.intensity is "many"; expected a whole number, 0 or more',
    ['{ period = "soon" }'] = 'root.period is "soon"; expected ',
    ['{ children = 5 }'] = "root.children is 5; expected a list of child specs",
    ['{ children = { a = {} } }'] = 'root.children: unknown key "a"; expected a list of child specs',
    ['{ path = 5 }'] = "root.path is 5; expected a list of folders",
    ['{ name = {} }'] = "root.name is a table; expected ",
  }) do
    it("has one line for the root " .. spec, function()
      local printed = refused("return " .. spec)

      assert.equal(problem, printed:sub(1, #problem))
      assert.truthy(printed:find("^[^\n]+\n$"), printed)
    end)
  end

  it("has all problems of a tree at once, and starts nothing of it", function()
    local printed = refused([[return { stratgy = "x", children = {
      { id = "a", start = { "a" }, restrat = 1 },
      { id = "a", start = { "nothing" }, backoff = {} },
      { id = "s", supervisor = { intensity = "x", children = { { start = { "a" } } } } } } }]],
      { ["a.lua"] = [[print("started") return function() end]] })

    for _, part in ipairs({ 'root: unknown key "stratgy"', 'root.children[1]: unknown key "restrat"',
      'root.children[2].start[1] is "nothing"', 'root.children[2].backoff: "backoff" is not',
      'root.children[2].id "a" is taken', 'root.children[3].supervisor.intensity is "x"',
      "root.children[3].supervisor.children[1].id is missing" }) do
      assert.truthy(printed:find(part, 1, true), part .. " in " .. printed)
    end
    assert.equal(7, select(2, printed:gsub("\n", "")))
  end)

  it("is refused by check with the same lines", function()
    local files = { ["app.lua"] = [[return { children = { { id = "a", restrat = 1 }, 5 } }]] }

    local checked, code = node.run({ "check", node.folder(files) })

    assert.equal(2, code)
    assert.equal((run(files)), checked)
  end)

  it("of one file is refused in the same way", function()
    local n = node.script([[return { children = { { id = "a", strat = 1 } } }]])

    assert.equal(2, n:wait())

    assert.truthy(n:output():find('root.children[1]: unknown key "strat": did you mean "start"?',
      1, true))
  end)
end)

describe("a script's mistake", function()
  after_each(node.cleanup)

  for code, problem in pairs({
    ["neap.send(neap.self(), { items = { 1, print } })"] = "msg.items[2] is a function",
    ["neap.send(neap.self(), nil)"] = "neap.send: ",
    ["neap.send(5, 1)"] = "neap.send: ",
    ["neap.send(neap.self(), setmetatable({}, {}))"] = "msg has a metatable",
    ["neap.spawn({ run = function() end, lnik = true })"] = 'did you mean "link"?',
    ["neap.spawn(5)"] = 'expected a module name, "module:function", a function or a service',
    ["neap.spawn({ run = 'x', sandbox = 1 })"] = "sandbox is 1; expected true or false",
    ["neap.spawn({ run = 'x', allow = { 'nett' } })"] = 'did you mean "net"?',
    ["local co = coroutine.create(print) neap.spawn(function() return co end)"] =
      'upvalue "co"',
    ["neap.exit(neap.self())"] = "neap.exit: ",
    ["neap.register('not a name')"] = "neap.register: ",
    ["neap.sleep('soon')"] = "neap.sleep: ",
    ["neap.receive(0 / 0)"] = "neap.receive: ",
    ["supervisor.start_link({ childern = {} })"] = 'did you mean "children"?',
    ["service.stop(neap.self(), nil, {})"] = "service.stop: ",
  }) do
    it("raises at the caller, who lives on: " .. code, function()
      local printed = node.check(([[
        local ok, err = pcall(function() %s end)
        print("raised", ok, err)
        expect.equal(false, ok)
        expect.truthy(tostring(err):find("main.lua:", 1, true), "where")
        expect.truthy(tostring(err):find(%q, 1, true), tostring(err))]]):format(code, problem))

      assert.truthy(printed:find("raised\tfalse", 1, true))
    end)
  end

  --- Runs `bad` as a temporary child beside `victim`, which must answer all the time.
  local function beside_victim(bad)
    local n = node.app({
      ["bad.lua"] = "local neap, service = require('neap'), require('neap.service')\n"
        .. "local supervisor = require('neap.supervisor')\n"
        .. "return function()\n" .. bad .. "\nend",
      ["victim.lua"] = [[return require("neap.service").define({
        call = { ping = function() return "pong" end } })]],
      ["asks.lua"] = [[return function()
        local neap = require("neap")
        local ref = neap.monitor("bad")
        neap.receive({ "DOWN", ref })
        for _ = 1, 100 do assert(neap.call("victim", "ping") == "pong") end
        print("victim answers")
        neap.receive()
      end]],
      ["app.lua"] = [[return { children = {
        { id = "victim", start = { "victim" } },
        { id = "bad", restart = "temporary", start = { "bad" }, limits = { cpu = "200ms" } },
        { id = "asks", start = { "asks" } } } }]],
    })
    n:eventually("victim answers")
    assert.is_true(n:is_running())
    assert.equal(0, n:stop())
    return n:output()
  end

  it("does not end the root supervisor by signals that can be trapped", function()
    beside_victim([[
      local root = neap.info().parent
      for _, reason in ipairs({ "normal", "shutdown", "killed", { "shutdown", 1 }, { x = 1 } }) do
        neap.exit(root, reason)
      end
      neap.send(root, { "EXIT", root, "shutdown" })
      neap.cast(root, "stop")
      neap.call(root, "stop")]])
  end)

  it("does not end the node when it kills every process that it can reach but the root", function()
    local printed = beside_victim([[
      for _, child in ipairs(supervisor.which_children(neap.info().parent)) do
        if child.pid and child.pid ~= neap.self() then neap.kill(child.pid) end
      end]])

    assert.truthy(printed:find("child.restart id=victim reason=killed", 1, true))
  end)

  it("does not take the name of another", function()
    beside_victim([[
      local taken, err = neap.register("victim")
      assert(taken == nil and err.kind == "taken")
      neap.register("$neap.stop") ]])
  end)

  it("does not flood the root supervisor to its end", function()
    beside_victim([[
      local root = neap.info().parent
      for i = 1, 20000 do neap.send(root, { "flood", i }, { timeout = 0 }) end]])
  end)

  it("ends in its own process: errors of every kind", function()
    for _, bad in ipairs({ "error()", "error(nil)", "error({})", "error(setmetatable({}, {"
      .. " __tostring = error }))", "neap.exit(print)", "neap.exit({ neap.self() })",
      "while true do end", "local t = {} while true do t[#t + 1] = { t } end",
      "string.rep('x', 2 ^ 40)", "require('nothing')", "local function f() return 1 + f() end f()" }) do
      beside_victim(bad)
    end
  end)
end)
