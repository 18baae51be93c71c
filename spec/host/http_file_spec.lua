local http = require("spec.support.http")
local node = require("spec.support.node")

--- A server of the files in the folder `public` of its application.
local function serve(files)
  local given = {
    ["app.lua"] = [[return { intensity = 1000, children = { { id = "web", start = { "neap.http",
      { listen = "127.0.0.1:0", handler = "web" } } } } }]],
    ["web.lua"] = [[
      local router = require("neap.http.router").new()
      router:get("/*path", function(req) return { file = "public/" .. req.params.path } end)
      router:get("/teapot", function() return { status = 203, file = "public/a.txt" } end)
      return router]],
  }
  for name, text in pairs(files) do given["public/" .. name] = text end
  local n = node.app(given)
  return http.port_of(n), n
end

describe("a file as a response", function()
  after_each(function() http.cleanup() node.cleanup() end)

  it("has its type, size, tag and date", function()
    local c = http.connect(serve({ ["a.txt"] = "plain\n", ["b.json"] = "{}", ["sub/c.html"] = "<p>" }))

    local r = c:ask("GET", "/a.txt")

    assert.equal("plain\n", r.body)
    assert.equal("text/plain; charset=utf-8", r.headers["content-type"])
    assert.truthy(r.headers.etag:find('^"%x+%-%x+"$'))
    assert.truthy(r.headers["last-modified"]:find(" GMT$"))
    assert.equal("bytes", r.headers["accept-ranges"])
    assert.equal("application/json", c:ask("GET", "/b.json").headers["content-type"])
    assert.equal("text/html; charset=utf-8", c:ask("GET", "/sub/c.html").headers["content-type"])
  end)

  it("is a 404 when there is none, or when it is a folder", function()
    local c = http.connect(serve({ ["sub/c.html"] = "<p>" }))

    assert.equal(404, c:ask("GET", "/none.txt").status)
    assert.equal(404, c:ask("GET", "/sub").status)
    assert.equal(400, c:ask("GET", "/../web.lua").status)
    assert.equal(400, c:ask("GET", "/%2e%2e/web.lua").status)
  end)

  it("is not sent again to who has it", function()
    local c = http.connect(serve({ ["a.txt"] = "plain\n" }))
    local first = c:ask("GET", "/a.txt")

    local by_tag = c:ask("GET", "/a.txt", { headers = { "If-None-Match: " .. first.headers.etag } })
    local by_date = c:ask("GET", "/a.txt",
      { headers = { "If-Modified-Since: " .. first.headers["last-modified"] } })
    local other = c:ask("GET", "/a.txt", { headers = { 'If-None-Match: "other"' } })
    local failed = c:ask("GET", "/a.txt", { headers = { 'If-Match: "other"' } })

    assert.equal("304 304 200 412", table.concat({ by_tag.status, by_date.status, other.status,
      failed.status }, " "))
    assert.equal(first.headers.etag, by_tag.headers.etag)
    assert.equal("plain\n", other.body)
  end)

  it("is sent in part when a part is asked for", function()
    local c = http.connect(serve({ ["a.txt"] = "0123456789" }))

    local part = c:ask("GET", "/a.txt", { headers = { "Range: bytes=2-4" } })
    local tail = c:ask("GET", "/a.txt", { headers = { "Range: bytes=-3" } })
    local none = c:ask("GET", "/a.txt", { headers = { "Range: bytes=10-" } })

    assert.equal("206 234 bytes 2-4/10", table.concat({ part.status, part.body,
      part.headers["content-range"] }, " "))
    assert.equal("789", tail.body)
    assert.equal("416 bytes */10", none.status .. " " .. none.headers["content-range"])
  end)

  it("of many megabytes goes out in pieces, to GET; HEAD learns its size", function()
    local text = ("0123456789abcdef"):rep(300000)
    local port, n = serve({ ["big.bin"] = text })
    local c = http.connect(port)

    local head = c:ask("HEAD", "/big.bin")
    local r = c:ask("GET", "/big.bin")

    assert.equal(tostring(#text), head.headers["content-length"])
    assert.equal(tostring(#text), r.headers["content-length"])
    assert.is_true(text == r.body)
    assert.equal(200, c:ask("HEAD", "/big.bin").status)
    assert.equal(0, n:stop())
  end)

  it("is cut off when another file takes its place: no body is made of two", function()
    local port, n = serve({ ["big.bin"] = ("A"):rep(16e6), ["new.bin"] = ("B"):rep(16e6) })
    local c = http.connect(port)
    c:send("GET /big.bin HTTP/1.1\r\nHost: x\r\n\r\n")
    c:read(1000)

    local folder = n.app_dir .. "/public/"
    assert(os.rename(folder .. "new.bin", folder .. "big.bin"))

    local text = c:rest()
    assert.truthy(#text < 16e6)
    assert.is_nil(text:find("BBB", 1, true))
    assert.equal("B", http.ask(port, "GET", "/big.bin").body:sub(-1))
  end)

  it("keeps the status that the handler gave it", function()
    local c = http.connect(serve({ ["a.txt"] = "plain\n" }))

    local r = c:ask("GET", "/teapot")

    assert.equal("203 plain\n", r.status .. " " .. r.body)
  end)
end)
