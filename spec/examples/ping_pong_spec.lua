local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/ping_pong", function()
  after_each(node.cleanup)

  it("plays three rounds and tells of the end", function()
    assert.same({ "ping 1", "pong 1", "ping 2", "pong 2", "ping 3", "pong 3",
      "the table is free: normal" }, (example.run("ping_pong.lua")))
  end)
end)
