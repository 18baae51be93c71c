local fake_host = require("spec.support.fake_host")

describe("the application", function()
  local world, host, refused, ready, configured, policy

  --- Boots with files given as Lua text; gives the exit reason of the first process.
  local function boot(files, options)
    world = fake_host.new(options and options.modules)
    host, refused, ready, configured, policy = world.host, nil, 0, nil, nil
    function host.boot()
      local made = { mode = "run", kind = "dir", dir = "/shop", path = "/shop", args = { "x" },
        sets = {} }
      for key, value in pairs(options or {}) do made[key] = value end
      return made
    end
    function host.exists(path) return files[path] ~= nil end
    function host.load_file(path)
      if not files[path] then return nil, path .. ": No such file or directory" end
      return assert(loadstring(files[path], "@" .. path:match("[^/]+$")))
    end
    function host.set_fault_policy(given)
      policy = given
      assert.equal(0, ready)
    end
    function host.configure(given) configured = given end
    function host.config() return configured.config end
    function host.args() return configured.args end
    function host.ready()
      ready = ready + 1
      local trials = options and options.mode == "check" and { { monitor = true } } or {}
      assert.same(trials, world.spawned)
    end
    local exit = host.exit
    function host.refuse(lines) refused = lines exit("shutdown") end
    return world:run(function() require("neap.app").boot() end)
  end

  local function one_child(module)
    return ('return { children = { { id = "a", start = { %q } } } }'):format(module)
  end

  it("becomes the root supervisor, and is ready before a child starts", function()
    local modules = { a = function()
      return function() host.exit(host.parent(), "shutdown") end
    end }

    local reason = boot({ ["/shop/app.lua"] = [[
      return { intensity = 0, path = { "lib", ".", "a/b" },
        children = { { id = "a", start = { "a" } } } } ]] }, { modules = modules })

    assert.equal("shutdown", reason)
    assert.equal(1, ready)
    assert.same({ "/shop/lib", "/shop", "/shop/a/b" }, configured.path)
    assert.equal("shop", configured.name)
    assert.equal("a", world.spawned[1].name)
  end)

  it("tells the host what a fault inside the VM is to mean, before a child starts", function()
    local modules = { a = function()
      return function() host.exit(host.parent(), "shutdown") end
    end }
    for given, expected in pairs({ [""] = "continue",
      ['fault_policy = "continue",'] = "continue", ['fault_policy = "restart",'] = "restart" }) do
      boot({ ["/shop/app.lua"] = "return { " .. given
        .. [[ children = { { id = "a", start = { "a" } } } } ]] }, { modules = modules })

      assert.equal(expected, policy)
    end
  end)

  it("refuses every problem of the tree at once", function()
    boot({ ["/shop/app.lua"] = [[
      return { children = { { id = "a", start = { "nothing" } }, { id = "b" } } } ]] })

    assert.same({
      'root.children[1].start[1] is "nothing"; there is no such module (searched nowhere)',
      "root.children[2] has no start; expected start = { what, arguments... } or supervisor"
        .. " = { ... }",
    }, refused)
    assert.equal(0, ready)
  end)

  it("refuses what can not be read, compiled, run, or is no table", function()
    boot({})
    assert.same({ "/shop/app.lua: No such file or directory" }, refused)
    boot({ ["/shop/app.lua"] = "return {" })
    assert.truthy(refused[1]:find("app.lua:1:", 1, true))
    boot({ ["/shop/app.lua"] = "error('no')" })
    assert.same({ "app.lua:1: no" }, refused)
    boot({ ["/shop/app.lua"] = "" })
    assert.same({ "app.lua returns nothing; expected a supervisor spec: a table with children" },
      refused)
  end)

  it("keeps app.lua from starting or sending", function()
    boot({ ["/shop/app.lua"] = "require('neap').spawn('a')" })

    assert.same({ "app.lua:1: neap.spawn: app.lua and config.lua only build a table: nothing"
      .. " starts or sends there" }, refused)
  end)

  it("has the configuration with what the command line set", function()
    boot({
      ["/shop/config.lua"] = "return { port = 80 }",
      ["/shop/app.lua"] = "error(require('neap').config.port, 0)",
    }, { sets = { "port=8080" } })
    assert.same({ "8080" }, refused)

    boot({ ["/shop/config.lua"] = "return { port = 80 }", ["/shop/app.lua"] = "return {}" },
      { sets = { "prot=1" } })
    assert.same({ '--set prot: there is no such key in config.lua: did you mean "port"?' },
      refused)
  end)

  it("is checked without being started", function()
    boot({ ["/shop/app.lua"] = one_child("a") },
      { mode = "check", modules = { a = function() return 7 end } })
    assert.same({ 'root.children[1].start[1]: module "a" returns 7; expected a function, a'
      .. " table with main, or a service" }, refused)

    boot({ ["/shop/app.lua"] = one_child("a") },
      { mode = "check", modules = { a = function() return function() end end } })
    assert.is_nil(refused)
    assert.equal(1, ready)
    assert.equal(1, #world.spawned)              -- which loaded the module, and has ended
    assert.equal(2, #world.ended)
  end)

  it("of one file is the process main", function()
    local reason = boot({ ["/shop/x.lua"] = [[
      assert(... == "x")
      require("neap").exit(require("neap").whereis("main") == require("neap").self()) ]] },
      { kind = "file", path = "/shop/x.lua" })

    assert.is_true(reason)
    assert.equal(1, ready)
  end)

  it("of one file that returns a spec is that tree", function()
    boot({ ["/shop/x.lua"] = "return { children = 7 }" }, { kind = "file", path = "/shop/x.lua" })

    assert.same({ "root.children is 7; expected a list of child specs" }, refused)
  end)
end)
