--- What a server says to requests that are none, while it serves others.
local http = require("spec.support.http")
local node = require("spec.support.node")

local limits = require("posix.sys.resource")

local EOL = "\r\n"

--- Allows that many open files, or as many as may be; gives what takes it back, and how many.
local function raise_files(count)
  local before = limits.getrlimit(limits.RLIMIT_NOFILE)
  local now = before.rlim_max < 0 and count or math.min(count, before.rlim_max)
  limits.setrlimit(limits.RLIMIT_NOFILE, { rlim_cur = now, rlim_max = before.rlim_max })
  return function() limits.setrlimit(limits.RLIMIT_NOFILE, before) end, now
end

local function request(lines, body)
  return table.concat(lines, EOL) .. EOL .. EOL .. (body or "")
end

local function get(...)
  return request({ "GET / HTTP/1.1", "Host: x", ... })
end

local function post(body, ...)
  return request({ "POST / HTTP/1.1", "Host: x", ... }, body)
end

local function chunks(body)
  return post(body, "Transfer-Encoding: chunked")
end

--- { what it is, the status, what is sent }
local TABLE = {
  -- where the body ends: what two programs could read in two ways
  { "two Content-Lengths", 400, post("abc", "Content-Length: 3", "Content-Length: 4") },
  { "two Content-Lengths that agree", 400, post("abc", "Content-Length: 3", "Content-Length: 3") },
  { "a list of Content-Lengths", 400, post("abc", "Content-Length: 3, 3") },
  { "a Content-Length with a sign", 400, post("abc", "Content-Length: +3") },
  { "a negative Content-Length", 400, post("", "Content-Length: -1") },
  { "a hexadecimal Content-Length", 400, post("abc", "Content-Length: 0x3") },
  { "an empty Content-Length", 400, post("abc", "Content-Length:") },
  { "a Content-Length beyond all numbers", 400, post("", "Content-Length: 99999999999999999999999") },
  { "a Content-Length above max_body", 413, post("", "Content-Length: 9000000") },
  { "Content-Length and Transfer-Encoding", 400,
    post("0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked") },
  { "Transfer-Encoding and Content-Length", 400,
    post("0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5") },
  { "two Transfer-Encodings", 400,
    post("0\r\n\r\n", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") },
  { "a Transfer-Encoding that is not known", 400, post("abc", "Transfer-Encoding: xchunked") },
  { "a Transfer-Encoding in quotes", 400, post("0\r\n\r\n", 'Transfer-Encoding: "chunked"') },
  { "chunked behind gzip", 501, post("0\r\n\r\n", "Transfer-Encoding: gzip, chunked") },
  { "gzip behind chunked", 400, post("0\r\n\r\n", "Transfer-Encoding: chunked, gzip") },
  { "chunked twice", 400, post("0\r\n\r\n", "Transfer-Encoding: chunked, chunked") },
  { "Transfer-Encoding in HTTP/1.0", 400,
    request({ "POST / HTTP/1.0", "Transfer-Encoding: chunked" }, "0\r\n\r\n") },
  { "a blank before the colon", 400, post("0\r\n\r\n", "Transfer-Encoding : chunked") },
  -- chunks
  { "a chunk size that is no number", 400, chunks("x\r\nabc\r\n0\r\n\r\n") },
  { "a chunk size with a sign", 400, chunks("+3\r\nabc\r\n0\r\n\r\n") },
  { "a chunk size with 0x", 400, chunks("0x3\r\nabc\r\n0\r\n\r\n") },
  { "a negative chunk size", 400, chunks("-3\r\nabc\r\n0\r\n\r\n") },
  { "an empty chunk size", 400, chunks("\r\nabc\r\n0\r\n\r\n") },
  { "a chunk size beyond 64 bits", 400, chunks("10000000000000000\r\n") },
  { "a chunk size above max_body", 413, chunks("ffffff\r\n") },
  { "chunks that are too many bytes together", 413,
    chunks(("100000\r\n" .. ("x"):rep(0x100000) .. EOL):rep(9)) },
  { "a chunk that is longer than its size", 400, chunks("3\r\nabcd\r\n0\r\n\r\n") },
  { "a chunk line that ends in LF", 400, chunks("3\nabc\r\n0\r\n\r\n") },
  { "a chunk that ends in LF", 400, chunks("3\r\nabc\n0\r\n\r\n") },
  { "a chunk line without end", 400, chunks("3;" .. ("x"):rep(1000)) },
  { "a trailer that is folded", 400, chunks("0\r\nA: b\r\n c\r\n\r\n") },
  -- lines and bytes
  { "lines that end in LF", 400, "GET / HTTP/1.1\nHost: x\n\n" },
  { "a field that ends in LF", 400, "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n" },
  { "a CR in a value", 400, get("A: b\rc") },
  { "an LF in a value", 400, get("A: b\nc: d") },
  { "a NUL in a value", 400, get("A: b\0c") },
  { "a NUL in a name", 400, get("A\0: b") },
  { "a NUL in the target", 400, "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a control character in a value", 400, get("A: b\1c") },
  { "a folded line", 400, get("A: b", " c") },
  { "a line folded by a tab", 400, get("A: b", "\tc") },
  { "a folded first field", 400, "GET / HTTP/1.1\r\n Host: x\r\n\r\n" },
  { "a field without a colon", 400, get("A") },
  { "a field without a name", 400, get(": b") },
  { "a name with a blank", 400, get("A B: c") },
  -- the request line
  { "no HTTP", 400, "\22\3\1\2\0\1\0\1\252\3\3" },
  { "two blanks in the request line", 400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a blank behind the version", 400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n" },
  { "no version", 505, "GET /\r\n\r\n" },
  { "another version", 505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n" },
  { "a version that is none", 400, "GET / HTTP/1.x\r\nHost: x\r\n\r\n" },
  { "another protocol", 400, "GET / RTSP/1.0\r\nHost: x\r\n\r\n" },
  { "a method that is not known", 501, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a method in small letters", 501, "get / HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "CONNECT", 501, "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a target that is no path", 400, "GET a HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a target with a fragment", 400, "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n" },
  -- hosts and expectations
  { "no Host", 400, "GET / HTTP/1.1\r\n\r\n" },
  { "two Hosts", 400, get("Host: y") },
  { "a Host that is none", 400, "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n" },
  { "an expectation that is not known", 417, get("Expect: miracles") },
  -- too much
  { "a request line of 1 MB", 414, "GET /" .. ("a"):rep(1e6) .. " HTTP/1.1\r\nHost: x\r\n\r\n" },
  { "a method of 1 MB", 501, ("G"):rep(1e6) },
  { "a field of 1 MB", 431, get("A: " .. ("a"):rep(1e6)) },
  { "a name of 1 MB", 431, get(("A"):rep(1e6)) },
  { "100,000 fields", 431, "GET / HTTP/1.1\r\nHost: x\r\n" .. ("A: b\r\n"):rep(1e5) .. EOL },
  { "100,000 trailers", 431, chunks("0\r\n" .. ("A: b\r\n"):rep(1e5) .. EOL) },
}

--- Does not end, or not in time: a 408, or closed without a word if nothing was begun.
local UNENDED = {
  { "half a request line", 408, "GET / HT" },
  { "a head without its end", 408, "GET / HTTP/1.1\r\nHost: x\r\n" },
  { "a body that never comes", 408, post("", "Content-Length: 5") },
  { "a body that comes in part", 408, post("ab", "Content-Length: 5") },
  { "chunks without their end", 408, chunks("3\r\nabc\r\n") },
  { "trailers without their end", 408, chunks("0\r\nA: b\r\n") },
  { "nothing at all", nil, "" },
  { "an empty line", nil, EOL },
}

describe("a request that is none", function()
  local n, port, other

  local function serve(options)
    n = node.app({
      ["app.lua"] = [[return { children = { { id = "web", start = { "neap.http",
        { listen = "127.0.0.1:0", handler = "web", max_body = "8MB", ]] .. (options or "") .. [[ }
        } } } }]],
      ["web.lua"] = "return function(req) return req.method .. ' ' .. req.path .. ' ' .. #req:body() end",
    })
    port = http.port_of(n)
    other = http.connect(port)
  end

  local function finish()
    assert.equal(0, n:stop())
    local output = n:output()
    http.cleanup()
    node.cleanup()
    assert.is_nil(output:find(" error ", 1, true), output)
  end

  --- The answer and the end of the connection, behind a request that is one.
  local function refused(status, text)
    local c = http.connect(port)
    c:send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
    assert.equal("GET /first 0", c:response().body)
    c:send(text)
    assert.equal("GET /other 0", other:ask("GET", "/other").body)
    local r = c:response()
    assert.equal(status, r.status)
    assert.equal("close", r.headers.connection)
    assert.truthy(r.body:find("^" .. status .. " %l[%l ]+\n$"), r.body)
    assert.equal("", c:rest())
  end

  describe("is refused, and others are served:", function()
    setup(serve)
    teardown(finish)

    for _, row in ipairs(TABLE) do
      it(row[1], function() refused(row[2], row[3]) end)
    end

    it("any of them pipelined behind a good one, with another behind it", function()
      for _, row in ipairs(TABLE) do
        if #row[3] < 1000 and row[2] ~= 413 then
          local c = http.connect(port)
          c:send(get() .. row[3] .. get())
          assert.equal("GET / 0", c:response().body)
          assert.equal(row[2], c:response().status, row[1])
          assert.equal("", c:rest())
        end
      end
    end)
  end)

  describe("is not waited for, and others are served:", function()
    setup(function() serve('request_timeout = "200ms", idle_timeout = "200ms"') end)
    teardown(finish)

    before_each(function() other = http.connect(port) end)

    for _, row in ipairs(UNENDED) do
      it(row[1], function()
        local c = http.connect(port)
        c:send(row[3])
        assert.equal("GET /other 0", other:ask("GET", "/other").body)
        if row[2] then assert.equal(row[2], c:response().status) end
        assert.equal("", c:rest())
      end)
    end
  end)

  it("may be one only for its query: the connection goes on", function()
    serve()

    assert.equal(400, other:ask("GET", "/?" .. ("a&"):rep(1100)).status)
    assert.equal(200, other:ask("GET", "/?" .. ("a&"):rep(900)).status)

    finish()
  end)

  it("does not come from 10,000 connections that say nothing: others are served", function()
    local restore, limit = raise_files(21000)
    serve()

    for _ = 1, math.min(10000, limit - 500) do http.connect(port) end
    for i = 1, 100 do assert.equal("GET /" .. i .. " 0", http.ask(port, "GET", "/" .. i).body) end

    finish()
    restore()
  end)
end)
