local marks = require("neap.service.marks")

describe("service marks", function()
  it("exit keeps the reason and the reply, nils included", function()
    local exit = marks.exit("normal", nil, 2)

    assert.equal("normal", exit.reason)
    assert.equal(2, exit.n)
    assert.equal(marks.Exit, getmetatable(exit))
  end)

  it("from is the call being handled", function()
    marks.set_from("a")

    assert.equal("a", marks.from())
    marks.set_from(nil)
  end)
end)
