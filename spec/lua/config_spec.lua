local config = require("neap.config")

local DEFAULTS = { port = 80, debug = false, name = "x", db = { host = "h", ports = { 1, 2 } } }

describe("config", function()
  it("reads values as the type of the default", function()
    local values, problems = config.apply(DEFAULTS,
      { "port=8080", "debug=true", "name=7", "db.host=a=b", "db.ports.2=5" })

    assert.same({}, problems)
    assert.same({ port = 8080, debug = true, name = "7", db = { host = "a=b", ports = { 1, 5 } } },
      values)
    assert.equal(80, DEFAULTS.port)
  end)

  it("suggests the key that was meant", function()
    local _, problems = config.apply(DEFAULTS, { "db.hots=1" })

    assert.same({ '--set db.hots: there is no such key in config.lua: did you mean "db.host"?' },
      problems)
  end)

  it("refuses values of another type, and tables", function()
    local _, problems = config.apply(DEFAULTS, { "port=many", "debug=1", "db=1", "port" })

    assert.same({
      '--set port: "many" is not a number, as its default 80 is',
      '--set debug: "1" is not true or false, as its default false is',
      "--set db: it is a table; set one of its keys",
      "--set port: expected KEY=VALUE",
    }, problems)
  end)

  it("takes any key, as a string, when there are no defaults", function()
    local values, problems = config.apply(nil, { "a.b=1", "c=x" })

    assert.same({}, problems)
    assert.same({ a = { b = "1" }, c = "x" }, values)
  end)

  it("refuses a key that is both a value and a table", function()
    local _, problems = config.apply(nil, { "a=1", "a.b=2" })

    assert.same({ '--set a.b: a is set to "1" already' }, problems)
  end)
end)
