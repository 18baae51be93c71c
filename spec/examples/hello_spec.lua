local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/hello", function()
  after_each(node.cleanup)

  it("greets the world", function()
    assert.same({ "hello, world" }, (example.run("hello.lua")))
  end)
end)
