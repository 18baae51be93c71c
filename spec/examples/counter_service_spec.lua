local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/counter_service", function()
  after_each(node.cleanup)

  it("counts, refuses what it does not know, and stops cleanly", function()
    assert.same({ "1", "2", "12", "no_such_call: ad", "the counter ends at 0" },
      (example.run("counter_service.lua")))
  end)
end)
