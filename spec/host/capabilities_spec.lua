local http = require("spec.support.http")
local node = require("spec.support.node")

--- A process that tells `boss` what it may reach.
local TELL = [[
  local function tell(boss)
    local here = require("neap")
    here.send(boss, { "allow", here.info().allow })
  end
  local function told(options)
    options.run, options.args = tell, { neap.self() }
    expect.truthy(neap.spawn(options))
    return neap.receive("allow")[2]
  end
]]

local WAITER = [[return function() require("neap").receive() end]]

local function refused(app, files)
  files = files or {}
  files["app.lua"] = app
  files["w.lua"] = WAITER
  local n = node.app(files)
  return n, n:wait()
end

describe("what a process may reach", function()
  after_each(function() http.cleanup() node.cleanup() end)

  describe("is granted", function()
    it("by default: net, env, files of the application, names and control", function()
      node.check([[
        expect.same({ "net", "env", "fs", "names", "control" }, neap.info().allow)
      ]])
    end)

    it("to a child as its parent has it", function()
      node.check(TELL .. [[
        expect.same(neap.info().allow, told({}))
        expect.same(neap.info().allow, told({ sandbox = false }))
      ]])
    end)

    it("to a child as a part of that, and to its children no more", function()
      node.check(TELL .. [[
        expect.same({ "net", "fs:data", "names:a" }, told({ allow = { "net", "fs:data/", "names:a" } }))
        expect.same({}, told({ allow = {} }))
        local function nested(boss)
          local here = require("neap")
          local _, wider = pcall(here.spawn, { run = "x", allow = { "net", "fs:data/in", "env", "fs" } })
          local pid = here.spawn({ run = function() require("neap").receive() end, allow = { "read:data" } })
          here.send(boss, { "nested", tostring(wider), here.info(pid).allow })
        end
        expect.truthy(neap.spawn({ run = nested, args = { neap.self() }, allow = { "net", "fs:data" } }))
        local seen = neap.receive("nested")
        expect.truthy(seen[2]:find('neap.spawn: allow[3] is "env"; who grants it has not that '
          .. 'capability, but net, fs:data\nallow[4] is "fs"; who grants', 1, true))
        expect.same({ "read:data" }, seen[3])
      ]])
    end)

    it("in a sandbox: nothing, but what is allowed", function()
      node.check(TELL .. [[
        expect.same({}, told({ sandbox = true }))
        expect.same({ "env" }, told({ sandbox = true, allow = { "env" } }))
      ]])
    end)

    it("to services and to children of supervisors as well", function()
      node.check([[
        local answers = service.define({ init = function() return {} end,
          call = { allow = function() return require("neap").info().allow end } })
        expect.same({ "net" }, neap.call(expect.truthy(service.start({ run = answers, allow = { "net" } })), "allow"))
        local sup = expect.truthy(supervisor.start_link({ children = {
          { id = "a", start = { answers }, name = "a", sandbox = true },
          { id = "s", allow = { "env", "names" }, supervisor = { children = {
            { id = "b", start = { answers }, name = "b" },
            { id = "c", start = { answers }, name = "c", allow = { "env" } } } } } } }))
        expect.same({}, neap.call("a", "allow"))
        expect.same({ "env", "names" }, neap.call("b", "allow"))
        expect.same({ "env" }, neap.call("c", "allow"))
        neap.kill(neap.whereis("c"))
        local pid
        repeat pid = neap.whereis("c") neap.sleep(1) until pid
        expect.same({ "env" }, neap.call("c", "allow"))
      ]])
    end)

    it("by app.lua to the whole tree, also beyond the default", function()
      local n = node.app({
        ["app.lua"] = [[return { allow = { "env", "exec", "ffi", "native:zlib", "fs:/", "control" }, children = {
          { id = "a", start = { "a" } }, { id = "b", start = { "a" }, allow = { "fs:/srv/x" } } } }]],
        ["a.lua"] = [[return function()
          local neap = require("neap")
          print(table.concat(neap.info().allow, " "))
          neap.receive()
        end]],
      })

      n:eventually("env exec ffi native:zlib fs:/ control")
      n:eventually("fs:/srv/x")
      assert.equal(0, n:stop())
    end)
  end)

  describe("is refused", function()
    it("in another form than a list of texts", function()
      for given, problem in pairs({
        ['"net"'] = 'root.allow is "net"; expected a list of capabilities, such as { "net", "fs:data" }',
        ['{ 7 }'] = "root.allow[1] is 7; expected a string",
        ['{ net = true }'] = 'root.allow: unknown key "net"; expected a list of capabilities, such as'
          .. ' { "net", "fs:data" }',
      }) do
        local n, code = refused(("return { allow = %s }"):format(given))

        assert.equal(2, code)
        assert.same({ problem }, n:lines())
      end
    end)

    it("with every problem of a tree at once", function()
      local n, code = refused([[return {
        allow = { "net", "nett", "fs:../x", "net", "net:80", "native", "names:b" },
        children = {
          { id = "a", start = { "w" }, allow = { "env", "names:bc" } },
          { id = "b", start = { "w" }, allow = true, sandbox = "yes" },
          { id = "s", sandbox = true, supervisor = { children = {
            { id = "c", start = { "w" }, allow = { "net" } },
            { id = "d", start = { "w" }, name = "d" } } } },
        } }]])

      assert.equal(2, code)
      assert.same({
        'root.allow[2] is "nett"; expected a capability: net, fs, fs:PATH, read, read:PATH, exec, env,'
          .. ' native:MODULE, ffi, control, names or names:PREFIX: did you mean "net"?',
        'root.allow[3] is "fs:../x"; expected a path without ".."',
        'root.allow[4] is "net"; "net" is there already',
        'root.allow[5] is "net:80"; expected "net" alone',
        'root.allow[6] is "native"; expected "native:MODULE"',
        'root.children[1].allow[1] is "env"; who grants it has not that capability, but net, names:b',
        'root.children[2].allow is true; expected a list of capabilities, such as { "net", "fs:data" }',
        'root.children[2].sandbox is "yes"; expected true or false',
        'root.children[3].supervisor.children[1].allow[1] is "net"; who grants it has not that capability, but nothing',
        'root.children[3].supervisor.children[2].name is "d"; its supervisor has not the capability "names:d"',
      }, n:lines())
    end)

    it("by neap check, too", function()
      local dir = node.folder({ ["w.lua"] = WAITER, ["app.lua"] = [[return { allow = { "net" }, children = {
        { id = "a", start = { "w" }, allow = { "exec" } } } }]] })

      local output, code = node.run({ "check", dir })

      assert.equal(2, code)
      assert.equal('root.children[1].allow[1] is "exec"; who grants it has not that capability, but net\n', output)
    end)

    it("when a running supervisor is to start a child that may more than it", function()
      node.check([[
        local sup = supervisor.start_link({ children = {} })
        local function ends() end
        local given = { id = "a", start = { "w" }, allow = { "net", "exec" } }
        local _, err = supervisor.start_child(sup, given)
        expect.equal("invalid", err.kind)
        expect.truthy(err.message:find('child.allow[2] is "exec"; who grants it has not that', 1, true))
        given.allow[2] = "exce"
        expect.raises('child.allow[2] is "exce"; expected a capability', supervisor.start_child, sup, given)
        expect.raises('spec.children[1].allow[1] is "ffi"; who grants', supervisor.start_link,
          { children = { { id = "a", start = { "w" }, allow = { "ffi" } } } })
      ]])
    end)
  end)

  describe("is asked for", function()
    --- Runs the body in a process with `allow`; its asserts must hold. In it, `no(capability, f,
    --- ...)` says that the call is refused, and `boss` is the pid of a process that has all.
    local function within(allow, body, options)
      node.check(([[
        local function body(boss, other, address)
          local neap = require("neap")
          local function no(capability, f, ...)
            local ok, message = pcall(f, ...)
            assert(not ok, "it was not refused")
            local expected = ('this process has not the capability "%%s"; its spec can grant it:'
              .. ' allow = { "%%s" }'):format(capability, capability)
            assert(tostring(message):find(expected, 1, true), tostring(message))
          end
          %s
        end
        neap.register("boss")
        local echo = service.start({ name = "echo", run = service.define({
          init = function() return {} end,
          call = { echo = function(_, ...) return ... end } }) })
        local pid, ref = neap.spawn_monitor({ run = body, allow = %s,
          args = { neap.self(), echo, neap.address("echo") } })
        local down
        repeat
          local msg = neap.receive()
          if neap.is_signal(msg) then down = msg end
        until down
        expect.equal("normal", down[4] == "normal" and "normal" or neap.reason(down[4]))
      ]]):format(body, allow), options)
    end

    it("by os.getenv", function()
      within("{}", [[ no("env", os.getenv, "HOME") ]])
      within('{ "env" }', [[ assert(os.getenv("HOME")) assert(os.getenv("NEAP_NO_SUCH") == nil) ]])
    end)

    it("by a server that listens", function()
      node.check([[
        local function server() return { run = "neap.http",
          args = { { listen = "127.0.0.1:0", handler = "web" } } } end
        local given = server()
        given.allow = { "env" }
        local _, reason = service.start(given)
        expect.truthy(neap.reason(reason):find('neap.http: this process has not the capability "net"; its spec'
          .. ' can grant it: allow = { "net" }', 1, true))
        given = server()
        given.allow = { "net" }
        expect.truthy(service.start(given))
      ]], { files = { ["web.lua"] = "return function() return 'x' end" } })
    end)

    it("by whoever uses a name", function()
      within("{}", [[
        local service = require("neap.service")
        no("names:a", neap.register, "a")
        no("names:echo", neap.unregister, "echo")
        no("names:echo", neap.whereis, "echo")
        no("names:echo", neap.send, "echo", 1)
        no("names:echo", neap.call, "echo", "echo", 1)
        no("names:echo", neap.cast, "echo", "echo", 1)
        no("names:echo", neap.monitor, "echo")
        no("names:echo", neap.info, "echo")
        no("names:echo", neap.send_after, 1, "echo", 1)
        no("names:echo", neap.address, "echo")
        no("names:echo", service.stop, "echo")
        no("names:b", neap.spawn, { run = function() end, name = "b" })
        no("names:b", service.start, { run = service.define({ init = function() return 1 end }), name = "b" })
        local sup = require("neap.supervisor")
        local ok, message = pcall(sup.start_link, { children = { { id = "a", start = { "w" }, name = "a" } } })
        assert(not ok and message:find('its supervisor has not the capability "names:a"', 1, true), message)
      ]])
    end)

    it("by whoever uses a name, where some are granted", function()
      within('{ "names:ec" }', [[
        assert(neap.whereis("echo") == other)
        assert(neap.call("echo", "echo", 1) == 1)
        assert(neap.address("echo") == address)
        assert(neap.register("ec.own"))
        assert(neap.send("ec.own", 1) and neap.unregister("ec.own"))
        assert(neap.spawn({ run = function() end, name = "ec.child" }))
        no("names:e", neap.whereis, "e")
        no("names:boss", neap.send, "boss", 1)
      ]])
    end)

    it("by nobody who gives up a name of its own", function()
      node.check([[
        local pid, ref = neap.spawn_monitor({ name = "named", sandbox = true, run = function()
          local here = require("neap")
          assert(here.unregister("named") and not pcall(here.unregister, "named"))
        end })
        expect.equal("normal", neap.receive({ "DOWN", ref })[4])
      ]])
    end)

    it("by nobody who was given a pid, an address or a from", function()
      within("{}", [[
        assert(neap.call(other, "echo", 1) == 1)
        assert(neap.call(address, "echo", 2) == 2)
        assert(neap.send(boss, "x") and neap.send(address, "x") and neap.cast(other, "x"))
        assert(neap.monitor(other) and neap.monitor(address))
        assert(neap.info(other).name == "echo")
        neap.send_after(0, boss, "later")
        local pid = neap.spawn({ run = function(to) require("neap").receive()
          require("neap.service").reply((require("neap").receive("CALL"))[2], "hello") end })
        neap.send(pid, 1)
        assert(neap.call(pid, "greet") == "hello")
      ]])
    end)

    it("by whoever ends a process that it did not spawn", function()
      within("{}", [[
        local service = require("neap.service")
        no("control", neap.kill, other)
        no("control", neap.kill, boss)
        no("control", neap.exit, other, "shutdown")
        no("control", neap.link, other)              -- to end with it would end it
        no("control", neap.link, boss)
        no("control", service.stop, other)
        no("control", service.stop, address)
        local function waits() require("neap").receive() end
        for _, f in ipairs({ neap.kill, function(pid) neap.exit(pid, "shutdown") end }) do
          local pid, ref = neap.spawn_monitor(waits)
          assert(f(pid) ~= false)
          neap.receive({ "DOWN", ref })
          f(pid)                                     -- it has ended: nothing happens
        end
        local own = service.start(service.define({ init = function() return 1 end }))
        assert(neap.link(own) and neap.unlink(own) and service.stop(own))
        assert(neap.link(neap.self()))
      ]])
    end)

    it("by nobody who has control", function()
      within('{ "control" }', [[
        assert(neap.link(other) and neap.unlink(other))
        assert(require("neap.service").stop(other))
        neap.trap_exit(true)
        assert(neap.exit(boss, "normal"))
      ]])
    end)

    it("by each call that reads or writes files", function()
      local outside = node.folder({ ["secret.txt"] = "secret" })
      local files = { ["data/in.txt"] = "in", ["other/x.txt"] = "x" }
      within('{ "fs:data", "read:other" }', ([[
        local fs, outside = require("neap.fs"), %q
        assert(fs.read("data/in.txt") == "in" and fs.read("./data//../data/in.txt") == "in")
        assert(fs.write("data/new.txt", "1") and fs.append("data/new.txt", "2") and fs.mkdir("data/d"))
        assert(fs.remove("data/d") and fs.stat("data") and #fs.list("data/") == 2)
        assert(fs.read("other/x.txt") == "x" and fs.stat("other/x.txt") and #fs.list("other") == 1)
        assert(#fs.list("other/../data") == 2)
        no("read", fs.read, "app.lua")
        no("read", fs.stat, "data/../main.lua")
        no("read", fs.list, ".")
        no("read:database", fs.list, "database")
        no("fs:other", fs.write, "other/x.txt", "")
        no("fs:other", fs.append, "other/x.txt", "")
        no("fs:other", fs.remove, "other/x.txt")
        no("fs:other", fs.mkdir, "other/d")
        no("read:" .. outside, fs.read, outside .. "/secret.txt")
        no("fs:" .. outside, fs.write, outside .. "/secret.txt", "")
        no("read:/etc", fs.read, "/etc/passwd")
        no("read:/", fs.stat, "/etc")
        no("read:/", fs.list, "data/../../../../../../../../..")
      ]]):format(outside), { files = files })
    end)

    it("where an application's own files are all there is without asking", function()
      within('{ "fs" }', [[
        local fs = require("neap.fs")
        assert(fs.write("a.txt", "1") and fs.read("a.txt") == "1")
        no("read:/etc", fs.read, "/etc/passwd")
        no("read:/", fs.list, "..//../../../../..")
      ]])
      within("{}", [[ no("read", require("neap.fs").read, "main.lua") ]])
    end)

    it("which no link leads around", function()
      local dir = node.folder({
        ["data/in.txt"] = "in", ["secret.txt"] = "secret", ["app.lua"] = [[return { children = {
          { id = "a", start = { "a" }, allow = { "fs:data" } } } }]],
        ["a.lua"] = [[return function()
          local neap, fs = require("neap"), require("neap.fs")
          local function out(value, err)
            assert(value == nil and err.kind == "file" and err.code == "EXDEV", tostring(err))
            assert(err.message:find("it leads out of the folder that was granted", 1, true), err.message)
          end
          for _, way in ipairs({ "file", "up/secret.txt", "etc/passwd" }) do
            out(fs.read("data/" .. way))
            out(fs.write("data/" .. way, "x"))
            out(fs.append("data/" .. way, "x"))
            out(fs.stat("data/" .. way))
          end
          out(fs.list("data/up"))
          out(fs.remove("data/up/secret.txt"))
          out(fs.mkdir("data/up/new"))
          assert(fs.stat("data/file", { follow = false }).type == "link")
          assert(fs.read("data/in_link") == "in")
          local pid, ref = neap.spawn({ run = function()
            local _, err = require("neap.fs").list("data/up")
            assert(err.code == "ELOOP", err.message)
          end, allow = { "fs:data/up" }, monitor = true })
          local down = neap.receive({ "DOWN", ref })
          print("done", neap.reason(down[4]))
          neap.receive()
        end]],
      })
      assert.equal(0, os.execute(("cd %s/data && ln -s ../secret.txt file && ln -s .. up && ln -s /etc etc"
        .. " && ln -s in.txt in_link"):format(dir)))
      local n = node.start({ "run", dir })
      n:eventually("done")

      assert.truthy(n:output():find("done\tnormal", 1, true), n:output())
      assert.equal(0, n:stop())
    end)

    it("also for a file as a response", function()
      local n = node.app({
        ["app.lua"] = [[return { intensity = 1000, children = { { id = "web", allow = { "net", "read:public" },
          start = { "neap.http", { listen = "127.0.0.1:0", handler = "web" } } } } }]],
        ["web.lua"] = [[return function(req) return { file = req.query.path } end]],
        ["public/a.txt"] = "public", ["secret.txt"] = "secret",
      })
      assert.equal(0, os.execute(("ln -s ../secret.txt %s/public/link"):format(n.app_dir)))
      local c = http.connect(http.port_of(n))

      assert.equal("public", c:ask("GET", "/?path=public/a.txt").body)
      local link = c:ask("GET", "/?path=public/link")
      assert.equal(500, link.status)
      assert.equal(500, http.connect(http.port_of(n)):ask("GET", "/?path=secret.txt").status)
      assert.equal(500, http.connect(http.port_of(n)):ask("GET", "/?path=public/../secret.txt").status)
      n:eventually('neap.fs.stat: this process has not the capability \\"read\\"')
    end)

    it("by whoever calls a supervisor that it did not start", function()
      local n = node.app({
        ["app.lua"] = [[return { children = { { id = "a", start = { "a" }, sandbox = true } } }]],
        ["w.lua"] = WAITER,
        ["a.lua"] = [[return function()
          local neap, supervisor = require("neap"), require("neap.supervisor")
          local parent = neap.info().parent
          local spec = { id = "wide", start = { "w" } }
          print("start", pcall(supervisor.start_child, parent, spec))
          print("ask", pcall(supervisor.which_children, parent))
          local own = supervisor.start_link({ children = {} })
          local pid = supervisor.start_child(own, spec)
          print("own", #neap.info(pid).allow, #supervisor.which_children(own))
          neap.receive()
        end]],
      })

      n:eventually("own\t0\t1")

      local output = n:output()
      assert.truthy(output:find('start\tfalse\t', 1, true), output)
      assert.truthy(output:find('ask\tfalse\t', 1, true), output)
      assert.equal(2, select(2, output:gsub('neap.call: this process has not the capability \"control\"', "")))
      assert.equal(0, n:stop())
    end)

    it("of a process whose module has read the environment into its image", function()
      node.check([[
        local function ask(options)
          options.run, options.args, options.monitor = "asks", { neap.self() }, true
          local pid, ref = neap.spawn(options)
          return neap.receive({ "DOWN", ref })[4]
        end
        repeat ask({}) until neap.receive("image", 0)[2] == "asks"
        for _ = 1, 3 do
          local reason = ask({ sandbox = true })
          expect.truthy(neap.reason(reason):find('os.getenv: this process has not the capability "env"', 1, true))
          expect.equal("normal", ask({}))
        end
      ]], { files = { ["asks.lua"] = [[
        local neap = require("neap")
        local home = os.getenv("HOME")
        return function(boss) neap.send(boss, { "image", neap.info().image, home }) end
      ]] } })
    end)

    it("of a process that an image holds an address for", function()
      node.check([[
        local function ask(options)
          options.run, options.args, options.monitor = "asks", { neap.self() }, true
          local pid, ref = neap.spawn(options)
          return neap.receive({ "DOWN", ref })[4]
        end
        neap.register("main2")
        repeat ask({}) until neap.receive("image", 0)[2] == "asks"
        for _ = 1, 3 do
          local reason = ask({ sandbox = true })
          expect.truthy(neap.reason(reason):find('neap.address: this process has not the capability "names:main2"', 1, true))
          expect.equal("normal", ask({}))
        end
      ]], { files = { ["asks.lua"] = [[
        local neap = require("neap")
        local main = neap.address("main2")
        return function(boss)
          neap.send(boss, { "image", neap.info().image })
          neap.send(main, 1)
        end
      ]] } })
    end)
  end)

  describe("is bounded by --allow", function()
    local APP = [[return { %s children = { { id = "a", start = { "a" } } } }]]
    local A = [[return function()
      local neap = require("neap")
      print("has", table.concat(neap.info().allow, " "))
      neap.receive()
    end]]

    local function app(allow, ...)
      local options = {}
      for i, caps in ipairs({ ... }) do
        options[2 * i - 1], options[2 * i] = "--allow", caps
      end
      return node.app({ ["app.lua"] = APP:format(allow), ["a.lua"] = A }, { options = options })
    end

    it("which a tree has that asks for nothing", function()
      local n = app("", "net,fs:data", "names:a.,exec")

      n:eventually("has\tnet fs:data names:a. exec")
      assert.equal(0, n:stop())
    end)

    it("to nothing by none", function()
      local n = app("", "none")

      n:eventually("has")
      assert.truthy(n:cli("info", "a"):find("\nallow +nothing\n"))
      assert.equal(0, n:stop())
    end)

    it("of which a tree may have less", function()
      local n = app('allow = { "fs:data/x" },', "net,fs:data")

      n:eventually("has\tfs:data/x")
      assert.equal(0, n:stop())
    end)

    it("and what app.lua wants beyond it is refused", function()
      local n = app('allow = { "net", "exec", "fs", "nett" },', "net,fs:data")

      assert.equal(2, n:wait())
      assert.same({ 'root.allow[2] is "exec"; --allow has not that capability, but net, fs:data',
        'root.allow[3] is "fs"; --allow has not that capability, but net, fs:data' },
        { n:lines()[1], n:lines()[2] })
      assert.truthy(n:lines()[3]:find('did you mean "net"', 1, true))
    end)

    it("also of a tree that a single file returns", function()
      local n = node.script([[return { children = { { id = "main", start = { "a" } } } }]],
        { files = { ["a.lua"] = A }, options = { "--allow", "env" } })

      n:eventually("has\tenv")
      assert.equal(0, n:stop())
    end)

    it("also of a single file, and of a check", function()
      node.check([[
        expect.same({ "env" }, neap.info().allow)
        expect.raises('the capability "names:main"', neap.whereis, "main")
        expect.raises('the capability "names:x"', neap.spawn, { run = function() end, name = "x" })
      ]], { options = { "--allow", "env" } })
      local dir = node.folder({ ["a.lua"] = A, ["app.lua"] = APP:format('allow = { "net" },') })
      local output, code = node.run({ "check", "--allow", "env", dir })
      assert.equal(2, code)
      assert.equal('root.allow[1] is "net"; --allow has not that capability, but env\n', output)
    end)

    for caps, problem in pairs({
      ["nett"] = '"nett": expected a capability: net, fs, fs:PATH, read, read:PATH, exec, env, native:MODULE,'
        .. ' ffi, control, names or names:PREFIX: did you mean "net"?',
      ["net,,env"] = '"": expected a capability: net,',
      ["net,none"] = '"none": expected a capability: net,',
      ["net,net"] = '"net": "net" is there already',
      ["fs:../x"] = '"fs:../x": expected a path without ".."',
      ["fs:" .. ("x"):rep(2000)] = "expected at most 1024 bytes",
    }) do
      it("with one line for " .. caps:sub(1, 20), function()
        local n = app("", caps)

        assert.equal(2, n:wait())
        assert.truthy(n:output():find("^neap run: %-%-allow: [^\n]+\n$"), n:output())
        assert.truthy(n:output():find(problem, 1, true), n:output())
      end)
    end
  end)

  it("is shown by neap info", function()
    local n = node.app({ ["w.lua"] = WAITER, ["app.lua"] = [[return { children = {
      { id = "a", start = { "w" }, allow = { "net", "fs:data" } },
      { id = "b", start = { "w" }, sandbox = true } } }]] })
    n:until_true("b", function() return n:cli("info", "b"):find("runs") end)

    assert.truthy(n:cli("info", "a"):find("\nallow +net, fs:data\n"))
    assert.truthy(n:cli("info", "b"):find("\nallow +nothing\n"))
    assert.truthy(n:cli("info", "a", "--json"):find('"allow":["net","fs:data"]', 1, true))
    assert.truthy(n:cli("info", "b", "--json"):find('"allow":[]', 1, true))
    assert.equal(0, n:stop())
  end)
end)
