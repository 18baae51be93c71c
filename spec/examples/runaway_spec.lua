local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/runaway", function()
  after_each(node.cleanup)

  it("ends each runaway with its limit, and nobody else", function()
    local lines, output = example.run("runaway.lua")

    assert.same({
      "spin died of its cpu limit of 100",
      "hoard died of its memory limit of 4194304",
      "wander died of its instructions limit of 100000",
      "the bystander answered 3 times meanwhile",
    }, lines)
    assert.equal(3, example.count(output, "process.crash"))
  end)
end)
