local node = require("spec.support.node")

local SAYS = [[return function(...) print("says", ...) end]]

describe("an application", function()
  after_each(node.cleanup)

  describe("that is a folder", function()
    it("runs the tree that its app.lua returns", function()
      local n = node.app({
        ["says.lua"] = SAYS,
        ["app.lua"] = [[return { children = { { id = "a", restart = "temporary",
          start = { "says", 1, { 2 } } } } }]],
      })

      n:eventually("says\t1\ttable: ")

      assert.equal(0, n:stop())
    end)

    it("runs with no children, until it is stopped", function()
      local n = node.app({ ["app.lua"] = "return {}" })
      n:eventually("node.start")

      assert.equal(0, n:stop())
    end)

    it("finds its modules beside app.lua, and in what it requires", function()
      local n = node.app({
        ["deep/inner.lua"] = [[return { word = "found" }]],
        ["says.lua"] = [[return function() print(require("deep.inner").word) end]],
        ["app.lua"] = [[return { children = { { id = "a", restart = "temporary",
          start = { "says" } } } }]],
      })

      n:eventually("found")
    end)

    it("finds its modules in the folders of `path`, the first one first", function()
      local n = node.app({
        ["one/says.lua"] = [[return function() print("from one") end]],
        ["two/says.lua"] = [[return function() print("from two") end]],
        ["app.lua"] = [[return { path = { "one", "two" }, children = {
          { id = "a", restart = "temporary", start = { "says" } } } }]],
      })

      n:eventually("from one")
    end)

    it("refuses folders of modules that are not below its own", function()
      local n = node.app({ ["app.lua"] = [[return { path = { "lib", "/usr/share", "../x", "a/../../b", 7, "" } }]] })

      assert.equal(2, n:wait())
      local expected = 'root.path[%d] is %s; expected a folder below the application\'s, such as "lib"'
      assert.same({ expected:format(2, '"/usr/share"'), expected:format(3, '"../x"'),
        expected:format(4, '"a/../../b"'), expected:format(5, "7"), expected:format(6, '""') }, n:lines())
    end)

    describe("that is strict", function()
      local APP = [[return { strict = %s, children = { { id = "a", restart = "temporary", start = { "a" } } } }]]

      it("ends a process that reads a global that was never set, with file and line", function()
        local n = node.app({ ["app.lua"] = APP:format("true"), ["a.lua"] = [[
          known = 1
          return function()
            print("known", known, rawget(_G, "unknown"), type(_G), _VERSION)
            local value = knwon
            print("never", value)
          end]] })

        n:eventually("process.crash")

        local output = n:output()
        assert.truthy(output:find("known\t1\tnil\ttable\tLua 5.1", 1, true), output)
        assert.truthy(output:find([[reason="a.lua:4: undefined global \"knwon\": did you mean \"known\"?"]], 1, true), output)
        assert.is_nil(output:find("never", 1, true))
      end)

      it("has strict images, functions, services and handlers, too", function()
        local n = node.app({
          ["app.lua"] = [[return { strict = true, children = { { id = "a", start = { "a" } } } }]],
          ["b.lua"] = [[return function(boss) require("neap").send(boss, { "b", (pcall(function() return nothing end)) }) end]],
          ["a.lua"] = [[return function()
            local neap, service = require("neap"), require("neap.service")
            local results = {}
            for i = 1, 5 do
              neap.spawn("b", neap.self())
              results[#results + 1] = tostring(neap.receive("b")[2])
            end
            neap.spawn(function(boss) require("neap").send(boss, { "f", (pcall(function() return nothing end)) }) end,
              neap.self())
            results[#results + 1] = tostring(neap.receive("f")[2])
            local s = service.start(service.define({ init = function() return 1 end,
              call = { ask = function() return (pcall(function() return nothing end)) end } }))
            results[#results + 1] = tostring(neap.call(s, "ask"))
            print("results", table.concat(results, " "))
            neap.receive()
          end]] })

        n:eventually("results")
        assert.truthy(n:output():find("results\t" .. ("false "):rep(6) .. "false", 1, true), n:output())
        assert.equal(0, n:stop())
      end)

      it("is checked so: what the top level of a module reads is found", function()
        local dir = node.folder({ ["app.lua"] = APP:format("true"),
          ["a.lua"] = "local x = nothing\nreturn function() end" })

        local output, code = node.run({ "check", dir })

        assert.equal(2, code)
        assert.equal('root.children[1].start[1]: a.lua:1: undefined global "nothing"\n', output)
      end)

      it("is none without the word", function()
        local n = node.app({ ["app.lua"] = APP:format("false"),
          ["a.lua"] = "return function() print('value', nothing) end" })

        n:eventually("value\tnil")
        local refused = node.app({ ["app.lua"] = APP:format("1"), ["a.lua"] = "" })
        assert.equal(2, refused:wait())
        assert.equal("root.strict is 1; expected true or false\n", refused:output())
      end)
    end)

    it("loads no module through a link that leads out of its folder", function()
      local outside = node.folder({ ["evil.lua"] = "print('evil') return function() end",
        ["deep/evil.lua"] = "print('evil') return function() end" })
      local dir = node.folder({
        ["lib/good.lua"] = "return function() end",
        ["app.lua"] = [[return { path = { ".", "lib" }, children = { { id = "a", start = { "a" } } } }]],
        ["a.lua"] = [[return function()
          for _, name in ipairs({ "absolute", "relative", "out.evil", "inside", "linked.good" }) do
            print(name, pcall(require, name))
          end
          print("done")
          require("neap").receive()
        end]] })
      assert.equal(0, os.execute(("cd %s && ln -s %s/evil.lua absolute.lua && ln -s ..%s/evil.lua relative.lua"
        .. " && ln -s %s/deep out && ln -s lib/good.lua inside.lua && ln -s lib linked")
        :format(dir, outside, outside, outside)))

      local n = node.start({ "run", dir })
      n:eventually("done")

      local output = n:output()
      assert.is_nil(output:find("evil\n", 1, true))
      for _, name in ipairs({ "absolute", "relative", "out.evil" }) do
        assert.truthy(output:find(name:gsub("%.", "%%.") .. "\tfalse\t[^\n]*module " .. name:gsub("%.", "%%.")
          .. ": [^\n]+: it leads out of the application's folder"), output)
      end
      assert.truthy(output:find("inside\ttrue", 1, true), output)
      assert.truthy(output:find("linked.good\ttrue", 1, true), output)
      assert.equal(0, n:stop())
    end)

    it("runs a function of a module", function()
      local n = node.app({
        ["says.lua"] = [[return { hello = function(name) print("hello " .. name) end }]],
        ["app.lua"] = [[return { children = { { id = "a", restart = "temporary",
          start = { "says:hello", "world" } } } }]],
      })

      n:eventually("hello world")
    end)

    it("may compute its tree", function()
      local n = node.app({
        ["says.lua"] = SAYS,
        ["app.lua"] = [[
          local children = {}
          for i = 1, 3 do
            children[i] = { id = "w" .. i, restart = "temporary", start = { "says", i } }
          end
          return { children = children }]],
      })

      for i = 1, 3 do n:eventually("says\t" .. i) end
    end)

    it("is called as its folder, or as its `name` says", function()
      local n = node.app({ ["app.lua"] = [[return { name = "shop" }]] })

      n:eventually("node.start name=shop ")
    end)

    it("is called as --name says, whatever its name", function()
      local n = node.app({ ["app.lua"] = [[return { name = "shop" }]] },
        { options = { "--name", "shop2" } })

      n:eventually("node.start name=shop2 ")
    end)
  end)

  describe("with children", function()
    local TREE = [[return { children = {
      { id = "one", start = { "waits" } },
      { id = "two", name = "second", start = { "waits" } },
      { id = "below", supervisor = { children = { { id = "deep", start = { "waits" } },
        { id = "named", name = "deep.named", start = { "waits" } } } } },
      { id = "asks", restart = "temporary", start = { "asks" } } } }]]

    it("registers those of the root under their ids, or their names", function()
      local n = node.app({
        ["app.lua"] = TREE,
        ["waits.lua"] = [[return function() require("neap").receive() end]],
        ["asks.lua"] = [[return function()
          for _, name in ipairs({ "one", "two", "second", "below", "deep", "deep.named" }) do
            print(name, require("neap").whereis(name) ~= nil)
          end
        end]],
      })

      for _, line in ipairs({ "one\ttrue", "two\tfalse", "second\ttrue", "below\ttrue",
        "deep\tfalse", "deep.named\ttrue" }) do
        n:eventually(line)
      end
    end)

    it("lets others reach a nested supervisor by its id", function()
      local n = node.app({
        ["app.lua"] = TREE,
        ["waits.lua"] = [[return function() require("neap").receive() end]],
        ["asks.lua"] = [[return function()
          for _, child in ipairs(require("neap.supervisor").which_children("below")) do
            print("child", child.id, child.state)
          end
        end]],
      })

      n:eventually("child\tdeep\trunning")
      n:eventually("child\tnamed\trunning")
    end)
  end)

  describe("that is one file", function()
    it("is the body of a process called main", function()
      local printed = node.check([[expect.equal(neap.self(), neap.whereis("main")) print("ran")]])

      assert.truthy(printed:find("ran", 1, true))
    end)

    it("gets ARGS as its arguments and as neap.args", function()
      node.check([[
        local a, b = ...
        expect.same({ "x", "--log-level=y" }, { a, b })
        expect.same({ "x", "--log-level=y" }, { neap.args[1], neap.args[2] })
        expect.equal(2, #neap.args)]], { args = { "x", "--log-level=y" } })
    end)

    it("runs the tree that it returns, and its name and path", function()
      local n = node.script([[return { path = { "lib" }, children = {
        { id = "a", restart = "temporary", start = { "says", "here" } } } }]],
        { files = { ["lib/says.lua"] = SAYS } })

      n:eventually("says\there")

      assert.equal(0, n:stop())
    end)

    it("may have functions and services in its tree", function()
      local n = node.script([[
        local greeting = "hello"
        return { children = { { id = "a", restart = "temporary",
          start = { function(name) print(greeting, name) end, "world" } } } }]])

      n:eventually("hello\tworld")
    end)

    it("may have a child called main in its tree", function()
      local n = node.script([[return { children = { { id = "main", restart = "temporary",
        start = { function()
          local neap = require("neap")
          print("main is", neap.whereis("main") == neap.self())
        end } } } }]])

      n:eventually("main is\ttrue")
    end)

    it("may start and send before it returns its tree", function()
      local n = node.script([[
        local neap = require("neap")
        neap.spawn(function() print("spawned") end)
        return { children = {} }]])

      n:eventually("spawned")

      assert.equal(0, n:stop())
    end)

    for what, code in pairs({
      ["return"] = 0,
      ["return 5"] = 0,
      ["require('neap').exit()"] = 0,
      ["require('neap').exit('shutdown')"] = 0,
      ["require('neap').exit('other')"] = 1,
      ["require('neap').exit('killed')"] = 1,
      ["require('neap').kill(require('neap').self())"] = 1,
      ["error('bad')"] = 1,
      ["local t = {} while true do t[#t + 1] = { t } end"] = 1,
    }) do
      it(("ends the node with exit code %d after: %s"):format(code, what), function()
        local n = node.script(what)

        assert.equal(code, n:wait())
      end)
    end

    it("says why, if it ended abnormally", function()
      local n = node.script([[error("bad")]])

      n:wait()

      assert.truthy(n:output():find("neap: the program ended abnormally: main.lua:1: bad", 1, true))
    end)

    it("ends the node while others still run", function()
      node.check([[neap.spawn(function() while true do end end)
        neap.spawn(function() neap.receive() end)]])
    end)
  end)

  describe("whose root supervisor gives up", function()
    it("ends with exit code 1 and says so", function()
      local n = node.app({
        ["fails.lua"] = [[return function() error("bad") end]],
        ["app.lua"] = [[return { intensity = 0, children = {
          { id = "a", start = { "fails" } } } }]],
      })

      assert.equal(1, n:wait())

      assert.truthy(n:output():find("neap: the root supervisor gave up", 1, true))
      assert.truthy(n:output():find('supervisor.gave_up id=a intensity=0', 1, true))
    end)

    it("SUP-04 ends with exit code 1 when a child does not start, the others stopped", function()
      local n = node.app({
        ["good.lua"] = [[return require("neap.service").define({
          terminate = function() print("stopped good") end })]],
        ["bad.lua"] = [[return require("neap.service").define({
          init = function() return nil, "no disk" end })]],
        ["app.lua"] = [[return { children = {
          { id = "good", start = { "good" } }, { id = "bad", start = { "bad" } } } }]],
      })

      assert.equal(1, n:wait())

      assert.truthy(n:output():find("stopped good", 1, true))
      assert.truthy(n:output():find("child.start_failed id=bad reason=\"no disk\"", 1, true))
    end)

    --- What the node says of a boot in which `jobs/night` ends as `body` does.
    local function last_words_of(body)
      local timeout = body:find("sleep", 1, true) and "10" or "'60s'"
      local n = node.app({
        ["night.lua"] = body,
        ["app.lua"] = [[return { children = { { id = "jobs", supervisor = { children = {
          { id = "night", start = { "night" }, start_timeout = ]] .. timeout .. "} } } } } }",
      })
      assert.equal(1, n:wait())
      return n:output():match("\n(neap: [^\n]*)\n")
    end

    local WHY = {
      ['return require("neap.service").define({ init = function() error("no disk") end })'] =
        "night.lua:1: no disk",
      ['return require("neap.service").define({ init = function() return nil, { 1 } end })'] =
        "{1}",
      ['return require("neap.service").define({ init = function() require("neap").sleep(6e5) end })'] =
        "timeout: the start took longer than 10 ms",
      ['error("while it loads")'] = "night.lua:1: while it loads",
    }
    for body, why in pairs(WHY) do
      it("SUP-04 says in one line which child did not start, and why: " .. why, function()
        assert.equal("neap: the root supervisor gave up: child jobs/night did not start: " .. why,
          last_words_of(body))
      end)
    end
  end)
end)
