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
