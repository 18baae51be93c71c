local http = require("spec.support.http")
local node = require("spec.support.node")

describe("examples/http_hello", function()
  after_each(function() http.cleanup() node.cleanup() end)

  it("answers as it says", function()
    local n = node.start({ "run", "--set", "listen=127.0.0.1:0", "examples/http_hello" })
    local port = http.port_of(n)
    local c = http.connect(port)

    assert.equal("hello\n", c:ask("GET", "/").body)
    assert.equal('{"hello":"you"}', c:ask("GET", "/hello/you").body)
    local echo = c:ask("POST", "/echo", { body = "abc" })
    assert.equal("201 3 abc", table.concat({ echo.status, echo.headers["x-length"], echo.body }, " "))
    assert.equal("1\n2\n3\n", c:ask("GET", "/count/3").body)
    assert.equal(404, c:ask("GET", "/nowhere").status)
    assert.equal(500, http.ask(port, "GET", "/crash").status)
    assert.equal("hello\n", c:ask("GET", "/").body)

    n:eventually('process.crash module=web reason="web.lua:')
    assert.equal(0, n:stop())
  end)
end)
