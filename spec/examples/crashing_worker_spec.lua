local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/crashing_worker", function()
  after_each(node.cleanup)

  it("crashes on bad input and comes back with a clean state", function()
    local lines, output = example.run("crashing_worker.lua")

    assert.equal("total 12", lines[1])
    assert.truthy(lines[2]:find("^refused: crashing_worker.lua:12: attempt to perform"))
    assert.equal("total 5", lines[3])
    assert.equal(1, example.count(output, "process.crash id=adder"))
    assert.equal(1, example.count(output, "child.restart id=adder"))
  end)
end)
