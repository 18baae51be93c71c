local http = require("spec.support.http")
local node = require("spec.support.node")

describe("examples/shop", function()
  local n, port

  before_each(function()
    n = node.start({ "run", "--set", "listen=127.0.0.1:0", "--set", "pause=1", "examples/shop" })
    port = http.port_of(n)
  end)

  after_each(function() http.cleanup() node.cleanup() end)

  it("says what to try", function()
    n:eventually("curl http://127.0.0.1:" .. port .. "/stock")
    n:eventually("curl http://127.0.0.1:" .. port .. "/eat")
  end)

  it("sells and delivers", function()
    local c = http.connect(port)

    local sale = c:ask("POST", "/orders/apples?count=2")

    assert.equal(201, sale.status)
    assert.truthy(sale.body:find('"left":98', 1, true))
    assert.equal(409, c:ask("POST", "/orders/apples?count=1000").status)
    assert.equal(409, c:ask("POST", "/orders/cars").status)
    assert.equal(400, c:ask("POST", "/orders/apples?count=some").status)
    assert.truthy(c:ask("GET", "/stock").body:find('"apples":98', 1, true))
    n:eventually("delivered 2 apples")
    assert.equal(0, n:stop())
  end)

  it("goes on when a handler crashes, spins or eats memory", function()
    local c = http.connect(port)

    for _, path in ipairs({ "/crash", "/spin", "/eat" }) do
      assert.equal(500, http.ask(port, "GET", path).status)
      assert.equal(200, c:ask("GET", "/stock").status)
    end

    n:eventually("a handler with a mistake")
    n:eventually("limits.cpu = ")
    n:eventually("limits.memory = ")
  end)

  it("loses one order when the stock crashes, and the stock comes back", function()
    local c = http.connect(port)

    local lost = c:ask("POST", "/orders/pears?count=0")

    assert.equal(503, lost.status)
    n:eventually("child.restart id=stock")
    n:until_true("the stock", function() return c:ask("GET", "/stock").status == 200 end)
    assert.equal(201, c:ask("POST", "/orders/pears?count=1").status)
  end)
end)
