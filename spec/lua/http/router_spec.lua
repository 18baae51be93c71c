local router = require("neap.http.router")

--- Handlers that are told apart by what they return.
local function answering(name)
  return function() return name end
end

--- A router with a GET route for each pattern, in the order given.
local function with(patterns)
  local routes = router.new()
  for _, pattern in ipairs(patterns) do routes:get(pattern, answering(pattern)) end
  return routes
end

local function matched(routes, path, method)
  local handler, params = routes:match(method or "GET", path)
  return handler and handler() or nil, params
end

local function assert_params(expected, routes, path)
  local handler, params = routes:match("GET", path)
  assert.is_function(handler, path:sub(1, 60))
  assert.same(expected, params)
end

local function assert_refused(why, routes, path, method)
  local handler, reason = routes:match(method or "GET", path)
  assert.is_nil(handler, path:sub(1, 60))
  assert.equal(why, reason)
end

describe("a route", function()
  it("matches its path and no other", function()
    local routes = with({ "/", "/users", "/users/new" })

    for _, path in ipairs({ "/", "/users", "/users/new" }) do
      assert.equal(path, matched(routes, path))
    end
    for _, path in ipairs({ "/user", "/users2", "/Users", "/users/new/x", "/new" }) do
      assert_refused("not_found", routes, path)
    end
  end)

  it("without parameters is found by its whole path", function()
    local url, routes = require("neap.http.url"), with({ "/users/new" })
    local decode = url.decode
    url.decode = function() error("split") end
    local found = matched(routes, "/users/new")
    url.decode = decode

    assert.equal("/users/new", found)
  end)

  it("has parameters", function()
    local routes = with({ "/users/:id/posts/:post" })

    assert_params({ id = "7", post = "a b" }, routes, "/users/7/posts/a%20b")
    assert_refused("not_found", routes, "/users/7/posts")
  end)

  it("has names of parameters of its own", function()
    local routes = with({ "/users/:id", "/users/:name/posts" })

    assert_params({ id = "7" }, routes, "/users/7")
    assert_params({ name = "7" }, routes, "/users/7/posts")
  end)

  it("takes the rest", function()
    local routes = with({ "/files/:disk/*path" })

    assert_params({ disk = "c", path = "a/b.txt" }, routes, "/files/c/a/b.txt")
    assert_params({ disk = "c", path = "" }, routes, "/files/c/")
    assert_refused("not_found", routes, "/files/c")
  end)

  it("that ends with a slash is another", function()
    local routes = with({ "/a", "/b/", "/c/:id" })

    assert_refused("not_found", routes, "/a/")
    assert_refused("not_found", routes, "/b")
    assert.equal("/b/", matched(routes, "/b/"))
    assert_refused("not_found", routes, "/c/")
    assert_refused("not_found", routes, "/c/7/")
  end)

  it("has parameters that are not empty", function()
    local routes = with({ "/a/:b/c" })

    assert_refused("not_found", routes, "/a//c")
  end)

  it("may have signs that begin nothing inside a part", function()
    assert.equal("/v1/jobs:batch", matched(with({ "/v1/jobs:batch" }), "/v1/jobs:batch"))
  end)
end)

describe("of several routes", function()
  local PATTERNS = { "/a/b", "/a/:x", "/a/*rest", "/:y/b", "/*all", "/a/b/", "/a/:x/c" }

  --- What matches, whatever the order of definition.
  local EXPECTED = {
    ["/a/b"] = "/a/b", ["/a/z"] = "/a/:x", ["/a/z/z"] = "/a/*rest", ["/a/"] = "/a/*rest",
    ["/z/b"] = "/:y/b", ["/z/z"] = "/*all", ["/"] = "/*all", ["/a"] = "/*all",
    ["/a/b/"] = "/a/b/", ["/a/b/c"] = "/a/:x/c", ["/a/b/d"] = "/a/*rest",
    ["/%61/b"] = "/a/b", ["/a%2Fb"] = "/*all",
  }

  local function assert_expected(patterns)
    local routes = with(patterns)
    for path, pattern in pairs(EXPECTED) do
      assert.equal(pattern, (matched(routes, path)), path .. " of " .. table.concat(patterns, " "))
    end
  end

  it("the more exact one wins, part by part", function()
    assert_expected(PATTERNS)
  end)

  it("none wins by being defined earlier", function()
    local order = {}
    for i, pattern in ipairs(PATTERNS) do order[i] = pattern end
    for first = 1, #order do
      table.insert(order, 1, table.remove(order, first))
      assert_expected(order)
      local reversed = {}
      for i = #order, 1, -1 do reversed[#reversed + 1] = order[i] end
      assert_expected(reversed)
    end
  end)

  it("the one with the method is looked for", function()
    local routes = with({ "/users/me" })
    routes:delete("/users/:id", answering("delete"))

    assert.equal("delete", matched(routes, "/users/me", "DELETE"))
    assert.equal("/users/me", matched(routes, "/users/me"))
  end)
end)

describe("a path", function()
  it("is decoded after it is split", function()
    local routes = with({ "/a/:x", "/b c" })

    assert_params({ x = "1/2" }, routes, "/a/1%2F2")
    assert_params({ x = "%2F" }, routes, "/a/%252F")
    assert_params({ x = "a+b" }, routes, "/a/a+b")
    assert.equal("/b c", matched(routes, "/b%20c"))
  end)

  it("keeps any bytes in parameters", function()
    local routes = with({ "/a/:x" })

    assert_params({ x = "\0" }, routes, "/a/%00")
    assert_params({ x = "\192\175" }, routes, "/a/%C0%AF")
    assert_params({ x = "\255" }, routes, "/a/\255")
    assert_params({ x = "__index" }, routes, "/a/__index")
  end)

  it("with a bad escape is a bad request, also where no route is", function()
    local routes = with({ "/a/:x", "/a/b" })

    for _, path in ipairs({ "/a/%", "/a/%4", "/a/%zz", "/nowhere/%", "/a/b/c/%u0041" }) do
      assert_refused("bad_request", routes, path)
    end
  end)

  it("that leads upward is a bad request", function()
    local routes = with({ "/files/*path", "/a/:x" })

    for _, path in ipairs({ "/..", "/.", "/files/../a", "/files/a/..", "/files/./a", "/a/..",
      "/files/%2e%2E/a", "/files/.%2e", "/a/%2E", "/files/..%2Fa", "/files/a%2f..",
      "/files/a%2F.%2Fb" }) do
      assert_refused("bad_request", routes, path)
    end
  end)

  it("may have parts that begin with dots", function()
    assert_params({ path = ".well-known/..a/b../..." }, with({ "/*path" }),
      "/.well-known/..a/b../...")
    assert_params({ x = "a/../b" }, with({ "/:x" }), "/a%2F..%2Fb")
  end)

  it("begins with a slash", function()
    local routes = with({ "/*rest" })

    for _, path in ipairs({ "", "a", "*", "http://host/", "host:80", "\0" }) do
      assert_refused("bad_request", routes, path)
    end
  end)
end)

describe("a hostile path", function()
  local routes = with({ "/a/a/a/a/b", "/a/:x/a/:y/c", "/:p/:q/:r/:s/d", "/files/*path", "/a/:x" })

  it("may be a megabyte long", function()
    local long = ("x"):rep(1048576)

    assert_params({ x = long }, routes, "/a/" .. long)
    assert_params({ path = long }, routes, "/files/" .. long)
    assert_refused("not_found", routes, "/" .. long)
  end)

  it("may be a megabyte of escapes", function()
    assert_params({ x = ("/"):rep(349525) }, routes, "/a/" .. ("%2F"):rep(349525))
    assert_refused("bad_request", routes, "/a/" .. ("%2F"):rep(349525) .. "%")
  end)

  it("may be 100,000 parts deep", function()
    assert_refused("not_found", routes, ("/a"):rep(100000))
    assert_refused("not_found", routes, ("/"):rep(100000))
    assert_params({ path = ("a/"):rep(100000) }, routes, "/files/" .. ("a/"):rep(100000))
    assert_refused("bad_request", routes, "/files" .. ("/."):rep(100000))
  end)

  it("is tried at each node of the tree once", function()
    local bushy = router.new()
    for bits = 0, 1023 do
      local parts = {}
      for i = 0, 9 do parts[#parts + 1] = bit.band(bits, 2 ^ i) > 0 and "a" or ":p" .. i end
      bushy:get("/" .. table.concat(parts, "/") .. "/end", answering("end"))
    end
    local asked = 0
    local url = require("neap.http.url")
    local decode = url.decode
    url.decode = function(text) asked = asked + 1; return decode(text) end
    bushy:match("GET", ("/a"):rep(10) .. "/no")
    url.decode = decode

    assert.is_true(asked <= 8 * 4096, asked .. " parts")
  end)
end)

describe("a method", function()
  local function all()
    local routes = with({ "/a", "/b/:x" })
    routes:post("/a", answering("post"))
    routes:put("/b/:x", answering("put"))
    return routes
  end

  it("has a function of its own", function()
    local routes = router.new()
    for _, method in ipairs({ "get", "post", "put", "delete", "patch", "head", "options" }) do
      routes[method](routes, "/x", answering(method))
      routes:route(method:upper(), "/y/:z", answering(method))
    end

    for _, method in ipairs({ "get", "post", "put", "delete", "patch", "head", "options" }) do
      assert.equal(method, matched(routes, "/x", method:upper()))
      assert.equal(method, matched(routes, "/y/1", method:upper()))
    end
  end)

  it("that a path does not have is not allowed", function()
    local _, why, allow = all():match("DELETE", "/a")

    assert.equal("method_not_allowed", why)
    assert.equal("GET, HEAD, POST, OPTIONS", allow)
  end)

  it("is written as it is", function()
    assert_refused("method_not_allowed", all(), "/a", "get")
    assert_refused("method_not_allowed", all(), "/a", "ANY")
    assert_refused("not_found", all(), "/c", "any")
  end)

  it("is allowed by any route that the path matches", function()
    local routes = with({ "/users/me" })
    routes:delete("/users/:id", answering("delete"))
    routes:post("/*rest", answering("post"))

    assert.equal("GET, HEAD, POST, DELETE, OPTIONS", (select(3, routes:match("PUT", "/users/me"))))
  end)

  it("HEAD falls back to the GET route", function()
    local routes = all()
    assert.equal("/a", matched(routes, "/a", "HEAD"))
    assert.equal("/b/:x", matched(routes, "/b/1", "HEAD"))
    routes:head("/a", answering("head"))

    assert.equal("head", matched(routes, "/a", "HEAD"))
  end)

  it("OPTIONS without a route of its own is answered with what is allowed", function()
    local _, why, allow = all():match("OPTIONS", "/b/1")

    assert.equal("options", why)
    assert.equal("GET, HEAD, PUT, OPTIONS", allow)
    assert_refused("not_found", all(), "/c", "OPTIONS")
  end)

  it("OPTIONS of * is about the server", function()
    local _, why, allow = router.new():match("OPTIONS", "*")

    assert.equal("options", why)
    assert.equal("GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS", allow)
    assert_refused("bad_request", router.new(), "*")
  end)

  it("without a route of its own has the one for any", function()
    local routes = with({ "/a" })
    routes:any("/a", answering("any"))
    routes:any("/b/:x", answering("any"))

    assert.equal("/a", matched(routes, "/a"))
    assert.equal("/a", matched(routes, "/a", "HEAD"))
    for _, method in ipairs({ "POST", "OPTIONS", "PROPFIND" }) do
      assert.equal("any", matched(routes, "/a", method))
      assert.equal("any", matched(routes, "/b/1", method))
    end
  end)
end)

describe("handle", function()
  it("sets the parameters and gives what the handler gives", function()
    local routes = router.new()
    routes:get("/users/:id", function(req, res) return req.params.id, res, nil end)
    local req = { method = "GET", path = "/users/7" }

    assert.same({ n = 3, "7", "res" }, { n = select("#", routes:handle(req, "res")),
      routes:handle(req, "res") })
  end)

  it("gives each request parameters of its own", function()
    local routes = with({ "/a" })
    local one, two = { method = "GET", path = "/a" }, { method = "GET", path = "/a" }

    routes:handle(one)
    routes:handle(two)

    assert.same({}, one.params)
    assert.not_equal(one.params, two.params)
  end)

  it("answers for routes that are not there", function()
    local routes = with({ "/a" })
    local function answer(method, path) return routes:handle({ method = method, path = path }, {}) end

    assert.same({ status = 404, body = "404 not found\n" }, answer("GET", "/b"))
    assert.same({ status = 400, body = "400 bad request\n" }, answer("GET", "/%"))
    assert.same({ status = 405, headers = { allow = "GET, HEAD, OPTIONS" },
      body = "405 method not allowed\n" }, answer("POST", "/a"))
    assert.same({ status = 204, headers = { allow = "GET, HEAD, OPTIONS" } }, answer("OPTIONS", "/a"))
  end)

  it("answers with what a response may be", function()
    local routes, normalize = with({ "/a" }), require("neap.http.response").normalize

    for _, request in ipairs({ { "GET", "/b" }, { "GET", "/%" }, { "POST", "/a" }, { "OPTIONS", "*" } }) do
      assert.is_number((normalize(routes:handle({ method = request[1], path = request[2] }))))
    end
  end)

  it("lets errors through", function()
    local routes = router.new()
    routes:get("/", function() error("boom", 0) end)

    assert.has_error(function() routes:handle({ method = "GET", path = "/" }) end, "boom")
  end)
end)

describe("a router", function()
  local function raised(call, ...)
    local ok, message = pcall(call, ...)
    assert.is_false(ok)
    return message
  end

  --- What `get` says to a pattern, without the place.
  local function problem(pattern, handler)
    return (raised(function()
      router.new():get(pattern, handler or print)
    end):gsub("^[^:]+:%d+: ", ""))
  end

  it("refuses patterns that match nothing", function()
    local example = '; expected a pattern such as "/users/:id" or "/files/*path"'

    assert.equal("router:get: the path is 7" .. example, problem(7))
    assert.equal("router:get: the path is missing" .. example, problem(nil))
    assert.equal('router:get: "users" does not start with "/"' .. example, problem("users"))
    assert.equal('router:get: "" does not start with "/"' .. example, problem(""))
    assert.equal('router:get: "/a//b" has an empty part' .. example, problem("/a//b"))
    assert.equal('router:get: "//" has an empty part' .. example, problem("//"))
    assert.equal('router:get: "/a/../b" has the part .., which no path has' .. example,
      problem("/a/../b"))
    assert.equal('router:get: "/*a/b" has parts after *a' .. example, problem("/*a/b"))
    assert.equal('router:get: "/*a/" has parts after *a' .. example, problem("/*a/"))
    assert.equal('router:get: "/a?b=1" has a "?" inside a part' .. example, problem("/a?b=1"))
    assert.equal('router:get: "/a*.txt" has a "*" inside a part' .. example, problem("/a*.txt"))
    assert.equal('router:get: "/a%20b" has a "%"; parts are written decoded' .. example,
      problem("/a%20b"))
  end)

  it("refuses parameters without a proper name", function()
    for _, part in ipairs({ ":", "*", ":1", ":a-b", ":id.json", ":a:b", "*a*" }) do
      assert.truthy(problem("/x/" .. part):find(('has the part "%s", whose name is not made of'
        .. " letters, digits and _"):format(part), 1, true))
    end
    assert.equal('router:get: "/:id/*id" has two parameters with the name "id"', problem("/:id/*id"))
  end)

  it("refuses handlers that are no functions", function()
    assert.equal('router:get: the handler of "/a" is "web"; expected a function', problem("/a", "web"))
    assert.truthy(raised(function() router.new():get("/a") end)
      :find('the handler of "/a" is missing; expected a function', 1, true))
  end)

  it("refuses a route twice", function()
    local routes = with({ "/a", "/b/:x", "/c/*rest" })
    routes:any("/a", print)
    local function message(method, path)
      return (raised(function() routes[method](routes, path, print) end):gsub("^[^:]+:%d+: ", ""))
    end

    assert.equal('router:get: there is a route for GET "/a" already', message("get", "/a"))
    assert.equal('router:any: there is a route for ANY "/a" already', message("any", "/a"))
    assert.equal('router:get: GET "/b/:y" is the same as the route for "/b/:x": only names of'
      .. " parameters differ", message("get", "/b/:y"))
    assert.truthy(message("get", "/c/*all"):find('the route for "/c/*rest"', 1, true))
    routes:post("/a", print)
  end)

  it("refuses methods that it does not know", function()
    local routes = router.new()
    local function message(method)
      return (raised(function() routes:route(method, "/", print) end):gsub("^[^:]+:%d+: ", ""))
    end

    assert.equal('router:route: the method is "get"; expected one of GET, HEAD, POST, PUT, DELETE,'
      .. ' PATCH, OPTIONS: did you mean "GET"?', message("get"))
    assert.truthy(message(nil):find("the method is missing; expected one of GET", 1, true))
  end)

  it("says that it is called with a dot", function()
    assert.truthy(raised(function() router.new().get("/", print) end)
      :find("router:get: called with a dot; expected a colon: router:get(...)", 1, true))
  end)

  it("has no websockets yet", function()
    assert.truthy(raised(function() router.new():websocket("/", print) end)
      :find("router:websocket is not available in this version", 1, true))
  end)

  it("blames the line of the caller", function()
    local here = debug.getinfo(1, "l").currentline
    for offset, misuse in ipairs({
      function(routes) routes:get("x", print) end,
      function(routes) routes:any("x", print) end,
      function(routes) routes:route("GET", "x", print) end,
      function(routes) routes:route("FOO", "/x", print) end,
      function(routes) routes:websocket("/", print) end,
      function(routes) routes.get("/", print) end,
    }) do
      assert.truthy(raised(misuse, router.new())
        :find(("router_spec.lua:%d: router:"):format(here + 1 + offset), 1, true))
    end
  end)

  it("is known among other values", function()
    assert.is_true(router.is(router.new()))
    assert.is_false(router.is({ match = print }))
    assert.is_false(router.is("web"))
  end)
end)
