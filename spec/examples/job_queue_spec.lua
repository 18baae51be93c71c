local example = require("spec.support.example")
local node = require("spec.support.node")

describe("examples/job_queue", function()
  after_each(node.cleanup)

  it("tries again with a delay, and gives up the hopeless", function()
    assert.same({
      "report done on try 1",
      "upload failed on try 1, again in 20 ms",
      "upload failed on try 2, again in 20 ms",
      "upload done on try 3",
      "hopeless failed on try 1, again in 20 ms",
      "hopeless failed on try 2, again in 20 ms",
      "hopeless given up: hopeless is not ready",
    }, (example.run("job_queue.lua")))
  end)
end)
