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
  after_each(node.cleanup)

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
