local options = require("neap.http.options")

local function read(given)
  given.listen = given.listen or "127.0.0.1:8080"
  given.handler = given.handler or "web"
  local made, problems = options.read(given)
  return made, problems
end

local function assert_problem(problem, given)
  local made, problems = read(given)
  assert.is_nil(made)
  assert.same({ problem }, problems)
end

describe("the options of a server", function()
  it("have the documented defaults", function()
    assert.same({ host = "127.0.0.1", port = 8080, handler = "web", pool = { max = 1000 },
      limits = {}, max_body = 8388608, idle_timeout = 60000, request_timeout = 30000,
      max_requests = 10000, fresh = false }, (read({})))
  end)

  it("read units", function()
    local made = read({ pool = { max = 5 }, limits = { memory = "16MB", cpu = "200ms" },
      max_body = "1MB", idle_timeout = "5s", request_timeout = 500, max_requests = 1,
      fresh = true })

    assert.same({ host = "127.0.0.1", port = 8080, handler = "web", pool = { max = 5 },
      limits = { memory = 16777216, cpu = 200 }, max_body = 1048576, idle_timeout = 5000,
      request_timeout = 500, max_requests = 1, fresh = true }, made)
  end)

  it("take a function of a module, or a function", function()
    assert.equal("web.api:main", read({ handler = "web.api:main" }).handler)
    assert.equal(print, read({ handler = print }).handler)
  end)

  it("need an address and a handler", function()
    local made, problems = options.read({})

    assert.is_nil(made)
    assert.same({
      'listen is missing; expected "ADDRESS:PORT", such as "127.0.0.1:8080"',
      'handler is missing; expected a module name, "module:function" or a function',
    }, problems)
  end)

  it("name what is wrong, all at once", function()
    local _, problems = read({ pool = { mx = 1 }, max_body = "much", limits = { cpu = {} } })

    assert.same({
      'limits.cpu is a table; expected milliseconds, or text such as "500ms" or "2s"',
      'max_body is "much"; expected bytes, such as 65536 or "64KB"',
      'pool: unknown key "mx": did you mean "max"?',
    }, problems)
  end)

  it("refuse what is no number of something", function()
    assert_problem("pool.max is 0; expected a whole number above 0", { pool = { max = 0 } })
    assert_problem("max_requests is 1.5; expected a whole number above 0", { max_requests = 1.5 })
    assert_problem("max_requests is inf; expected a whole number above 0",
      { max_requests = math.huge })
    assert_problem('max_body is inf; expected bytes, such as 65536 or "64KB"',
      { max_body = math.huge })
    assert_problem('idle_timeout is 0; expected a time above 0, such as 5000 or "5s"',
      { idle_timeout = 0 })
    assert_problem("fresh is 1; expected true or false", { fresh = 1 })
  end)

  it("refuse keys that they do not have", function()
    assert_problem('unknown key "request_timout": did you mean "request_timeout"?',
      { request_timout = 1 })
  end)

  it("are a table", function()
    local made, problems = options.read("127.0.0.1:8080")

    assert.is_nil(made)
    assert.same({ 'the argument is "127.0.0.1:8080"; expected a table:'
      .. " { listen = ..., handler = ... }" }, problems)
  end)

  it("refuse what can not handle", function()
    assert_problem('handler is 7; expected a module name, "module:function" or a function',
      { handler = 7 })
    assert_problem('handler is "a/b"; expected a module name, "module:function" or a function',
      { handler = "a/b" })
  end)
end)

describe("an address to listen at", function()
  it("is of either family", function()
    for given, host in pairs({ ["0.0.0.0:80"] = "0.0.0.0", ["[::1]:80"] = "::1", ["[::]:80"] = "::",
      ["255.255.255.255:80"] = "255.255.255.255",
      ["[1:2:3:4:5:6:7:8]:80"] = "1:2:3:4:5:6:7:8", ["[fe80::aB01:2]:80"] = "fe80::aB01:2",
      ["[::ffff:127.0.0.1]:80"] = "::ffff:127.0.0.1" }) do
      local made = read({ listen = given })

      assert.same({ host, 80 }, { made.host, made.port })
    end
  end)

  it("may leave the port to the system", function()
    assert.equal(0, read({ listen = "[::1]:0" }).port)
    assert.equal(65535, read({ listen = "127.0.0.1:65535" }).port)
  end)

  it("says how all addresses are written", function()
    assert_problem('listen is ":8080"; expected "ADDRESS:PORT", such as "127.0.0.1:8080";'
      .. ' "0.0.0.0:8080" is all addresses', { listen = ":8080" })
  end)

  it("is refused when it is none", function()
    for _, bad in ipairs({ "foo", "", "8080", "127.0.0.1", "localhost:80", "127.0.0.1:",
      "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:99999999999", "127.0.0.1:http", "256.0.0.1:80",
      "127.0.0:80", "127.0.0.0.1:80", "127.0.0.01:80", "1..2.3:80", "::1:80", "[::1]", "[]:80",
      "[1:2]:80", "[::1::2]:80", "[1:2:3:4:5:6:7:8:9]:80", "[1::2:3:4:5:6:7:8]:80", "[:1]:80",
      "[12345::]:80", "[::1.2.3]:80", "[:::]:80", "[127.0.0.1]:80", " 127.0.0.1:80",
      "127.0.0.1:80\0", ("1"):rep(100000) .. ":80", ("[" .. ("1:"):rep(100000) .. "]:80") }) do
      local made, problems = read({ listen = bad })

      assert.is_nil(made, bad:sub(1, 60))
      assert.truthy(problems[1]:find('expected "ADDRESS:PORT", such as "127.0.0.1:8080"', 1, true))
    end
  end)
end)
