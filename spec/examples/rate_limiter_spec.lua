local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/rate_limiter", function()
  after_each(node.cleanup)

  it("refuses when the bucket is empty, and allows after the refill", function()
    assert.same({ "request 1 allowed", "request 2 allowed", "request 3 allowed",
      "request 4 refused", "request 5 allowed" }, (example.run("rate_limiter.lua")))
  end)
end)
