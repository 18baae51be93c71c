local response = require("neap.http.response")

local function normalize(...)
  local status, fields, kind, value = response.normalize(...)
  return { status, fields, kind, value }
end

local function assert_problem(problem, ...)
  local status, text = response.normalize(...)
  assert.is_nil(status)
  assert.equal(problem, text)
end

--- As assert_problem, for a table that a handler returned.
local function assert_wrong(problem, given)
  assert_problem("the handler's response: " .. problem, given)
end

local TEXT = { "content-type", "text/plain; charset=utf-8" }

describe("a response", function()
  it("may be a string", function()
    assert.same({ 200, TEXT, "body", "hello\n" }, normalize("hello\n"))
    assert.same({ 200, TEXT, "body", "" }, normalize("", nil))
  end)

  it("may be a table with a body", function()
    assert.same({ 201, TEXT, "body", "made" }, normalize({ status = 201, body = "made" }))
  end)

  it("may be JSON, of any value", function()
    local list = { 1, 2 }
    local fields = { "content-type", "application/json" }

    assert.equal(list, normalize({ json = list })[4])
    assert.same({ 200, fields, "json", false }, normalize({ json = false }))
  end)

  it("may be a file, whose name says its type", function()
    assert.same({ 200, { "content-type", "text/html; charset=utf-8" }, "file", "web/index.html" },
      normalize({ file = "web/index.html" }))
  end)

  it("may be a status alone", function()
    assert.same({ 599, {}, "body", "" }, normalize({ status = 599 }))
    assert.same({ 204, {}, "body", "" }, normalize({ status = 204 }))
    assert.same({ 404, {}, "body", "" }, normalize({ status = 404 }))
    assert.same({ 200, {}, "body", "" }, normalize({}))
  end)

  it("may have a buffer as its body", function()
    local buffer = newproxy(true)
    getmetatable(buffer).__tostring = function() return "buffer 5 bytes" end

    assert.same({ 200, TEXT, "body", buffer }, normalize({ body = buffer }))
    assert_wrong("body is a userdata; expected a string or a buffer", { body = newproxy(true) })
  end)
end)

describe("the headers of a response", function()
  it("are fields with names in lower case", function()
    local made = normalize({ headers = { ["X-Len"] = 12 }, body = "a" })

    assert.same({ "x-len", "12", "content-type", "text/plain; charset=utf-8" }, made[2])
  end)

  it("say the content type in any case of letters", function()
    local made = normalize({ headers = { ["Content-TYPE"] = "image/png" }, body = "a" })

    assert.same({ "content-type", "image/png" }, made[2])
  end)

  it("have a line for each string of a list", function()
    local made = normalize({ status = 204, headers = { ["Set-Cookie"] = { "a=1", "b=2" }, x = {} } })

    assert.same({ "set-cookie", "a=1", "set-cookie", "b=2" }, made[2])
  end)

  it("write numbers without an exponent", function()
    for number, text in pairs({ [7] = "7", [-1.5] = "-1.5", [1e15] = "1000000000000000" }) do
      assert.same({ "x", text }, normalize({ headers = { x = number } })[2])
    end
  end)

  it("may hold tabs and bytes that are not ASCII", function()
    assert.same({ "x", "a\tb ü" }, normalize({ headers = { x = "a\tb ü" } })[2])
  end)

  it("can not break the lines", function()
    for _, value in ipairs({ "a\r\nset-cookie: b", "a\n", "\0", "a\127", "\27[0m" }) do
      local shown = require("neap.check").shown(value)

      assert_wrong('headers["x"] is ' .. shown .. "; expected no line breaks and control characters",
        { headers = { x = value } })
      assert_wrong('headers["x"][2] is ' .. shown .. "; expected no line breaks and control characters",
        { headers = { x = { "a", value } } })
    end
  end)

  it("have names that HTTP has", function()
    for _, name in ipairs({ "", "a b", "a:", "ü", "a\n", "a\0" }) do
      assert_wrong("headers has the name " .. require("neap.check").shown(name)
        .. "; expected letters, digits and -", { headers = { [name] = "x" } })
    end
    assert_wrong("headers has the name 1; expected letters, digits and -", { headers = { "x: y" } })
  end)

  it("have values that are text", function()
    local expected = "; expected a string, a number or a list of strings"

    assert_wrong('headers["x"] is true' .. expected, { headers = { x = true } })
    assert_wrong('headers["x"] is nan' .. expected, { headers = { x = math.huge - math.huge } })
    assert_wrong('headers["x"][1] is 1; expected a string', { headers = { x = { 1 } } })
    for _, key in ipairs({ "a", 0, 3, 1.5 }) do
      assert_wrong(('headers["x"] has the key %s; expected a list of strings')
        :format(require("neap.check").shown(key)), { headers = { x = { "b", [key] = "c" } } })
    end
  end)

  it("leave the length to the server", function()
    assert_wrong('headers["Content-Length"] is not for handlers: the server sets it',
      { headers = { ["Content-Length"] = 5 }, body = "hello" })
    assert_wrong('headers["transfer-encoding"] is not for handlers: the server sets it',
      { headers = { ["transfer-encoding"] = "chunked" } })
  end)

  it("are a table", function()
    assert_wrong('headers is "x: y"; expected a table of names and values', { headers = "x: y" })
    assert_wrong("headers is false; expected a table of names and values", { headers = false })
  end)
end)

describe("what is no response", function()
  local EXPECTED = "a string, a table (status, headers, body, json, file) or nothing after streaming"

  it("is named by its type", function()
    assert_problem("the handler returned a boolean; expected " .. EXPECTED, true)
    assert_problem("the handler returned a number; expected " .. EXPECTED, 404)
    assert_problem("the handler returned a function; expected " .. EXPECTED, print)
    assert_problem("the handler returned nothing, and streamed nothing; expected " .. EXPECTED)
  end)

  it("is several values", function()
    assert_problem('the handler returned nil and "no such user"; expected one value: ' .. EXPECTED,
      nil, "no such user")
    assert_problem("the handler returned a string and 404; expected one value: " .. EXPECTED,
      "not found", 404)
  end)

  it("has a status that is none", function()
    for _, status in ipairs({ 0, 100, 199, 600, 200.5, -200, "200", false, 0 / 0, math.huge }) do
      assert_wrong("status is " .. require("neap.check").shown(status)
        .. "; expected a whole number from 200 to 599", { status = status })
    end
  end)

  it("has two bodies", function()
    assert_wrong("it has more than one of body, json and file; expected one",
      { body = "a", json = false })
    assert_wrong("it has more than one of body, json and file; expected one",
      { json = 1, file = "a" })
  end)

  it("has a body that is none", function()
    assert_wrong("body is 7; expected a string or a buffer", { body = 7 })
    assert_wrong("body is a table; expected a string or a buffer, or json = ... for a table",
      { body = {} })
    assert_wrong("body is false; expected a string or a buffer", { body = false })
  end)

  it("has a file that is none", function()
    assert_wrong('file is ""; expected the path of a file', { file = "" })
    assert_wrong('file is "a\\0.html"; expected the path of a file', { file = "a\0.html" })
    assert_wrong("file is a table; expected the path of a file", { file = {} })
  end)

  it("has a body where the status has none", function()
    for _, status in ipairs({ 204, 205, 304 }) do
      assert_wrong(("status is %d, which has no body; the response has one"):format(status),
        { status = status, body = "a" })
      assert.equal(status, normalize({ status = status, body = "" })[1])
    end
    assert_wrong("status is 204, which has no body; the response has one",
      { status = 204, json = {} })
  end)

  it("has an unknown key, which may be meant as another", function()
    assert_wrong('unknown key "stauts": did you mean "status"?', { stauts = 200 })
    assert_wrong('unknown key "zzz"', { zzz = 1 })
    assert_wrong("unknown key 1", { "hello" })
  end)
end)
