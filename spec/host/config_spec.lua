local node = require("spec.support.node")

--- An app whose child prints what `expression` gives of neap.config.
local function shows(expression, files)
  files["shows.lua"] = ([[local neap = require("neap")
    return function() local config = neap.config print("shows", %s) end]]):format(expression)
  files["app.lua"] = files["app.lua"] or [[return { children = {
    { id = "a", restart = "temporary", start = { "shows" } } } }]]
  return files
end

local DEFAULTS = [[return { port = 80, name = "x", debug = false, db = { hosts = { "a", "b" }, ms = 5 } }]]

local function set(...)
  local options = {}
  for _, text in ipairs({ ... }) do
    options[#options + 1] = "--set"
    options[#options + 1] = text
  end
  return { options = options }
end

--- What `neap run` with DEFAULTS refuses, and its exit code.
local function refused(config, ...)
  local n = node.app(shows("1", { ["config.lua"] = config }), set(...))
  local code = n:wait()
  return n:output(), code
end

describe("the configuration", function()
  after_each(node.cleanup)

  it("has the defaults of config.lua in every process", function()
    local n = node.app(shows("config.port, config.name, config.db.hosts[2]",
      { ["config.lua"] = DEFAULTS }))

    n:eventually("shows\t80\tx\tb")
  end)

  it("is there before app.lua runs", function()
    local n = node.app(shows("1", { ["config.lua"] = DEFAULTS, ["app.lua"] = [[
      return { children = { { id = "a", restart = "temporary",
        start = { "shows", require("neap").config.port } } }, name = require("neap").config.name }]] }))

    n:eventually("node.start name=x ")
  end)

  it("takes each value of --set as the type of its default", function()
    local n = node.app(shows(
      "config.port + 1, config.name, config.debug, config.db.ms, config.db.hosts[1]",
      { ["config.lua"] = DEFAULTS }),
      set("port=8080", "name=5", "debug=true", "db.ms=0.5", "db.hosts.1=c"))

    n:eventually("shows\t8081\t5\ttrue\t0.5\tc")
  end)

  it("has the last value, if a key is set twice", function()
    local n = node.app(shows("config.port", { ["config.lua"] = DEFAULTS }),
      set("port=1", "port=2"))

    n:eventually("shows\t2")
  end)

  it("keeps what follows the first = in the value", function()
    local n = node.app(shows("config.name", { ["config.lua"] = DEFAULTS }), set("name=a=b c"))

    n:eventually("shows\ta=b c")
  end)

  it("has any key, as a string, without config.lua", function()
    local n = node.app(shows("type(config.port), config.db.host", {}),
      set("port=80", "db.host=here"))

    n:eventually("shows\tstring\there")
  end)

  it("is empty without config.lua and --set", function()
    local n = node.app(shows("type(config), next(config)", {}))

    n:eventually("shows\ttable\tnil")
  end)

  it("is read-only", function()
    local n = node.app(shows(
      "pcall(function() config.port = 1 end), pcall(function() config.db.ms = 1 end), config.port",
      { ["config.lua"] = DEFAULTS }))

    n:eventually("shows\tfalse\t")
    n:eventually("\t80")
  end)

  it("is there for a single file, with --set", function()
    node.check([[expect.equal("80", neap.config.port)]], set("port=80"))
  end)

  it("refuses a key that has no default, with a suggestion", function()
    local printed, code = refused(DEFAULTS, "prot=1")

    assert.equal('--set prot: there is no such key in config.lua: did you mean "port"?\n', printed)
    assert.equal(2, code)
  end)

  it("refuses a value of another type", function()
    local printed, code = refused(DEFAULTS, "port=many", "debug=1")

    assert.equal('--set port: "many" is not a number, as its default 80 is\n'
      .. '--set debug: "1" is not true or false, as its default false is\n', printed)
    assert.equal(2, code)
  end)

  it("refuses to set a table", function()
    local printed, code = refused(DEFAULTS, "db=1")

    assert.truthy(printed:find("--set db: ", 1, true), printed)
    assert.truthy(printed:find("set one of its keys", 1, true), printed)
    assert.equal(2, code)
  end)

  it("refuses a --set without a value", function()
    local printed, code = refused(DEFAULTS, "port")

    assert.equal('neap run: --set is "port"; expected KEY=VALUE\n', printed)
    assert.equal(2, code)
  end)

  for what, problem in pairs({
    ["return 5"] = "config.lua returns 5; expected a table of defaults",
    [""] = "config.lua returns nothing; expected a table of defaults",
    ["error('bad')"] = "config.lua:1: bad",
    ["return {"] = "config.lua:1: ",
    ["return { f = print }"] = "config.lua: config.f is a function",
    ["require('neap').spawn('x')"] = "config.lua:1: neap.spawn: app.lua and config.lua only build",
  }) do
    it("refuses a config.lua with: " .. what, function()
      local printed, code = refused(what)

      assert.equal(problem, printed:sub(1, #problem))
      assert.equal(2, code)
    end)
  end
end)
