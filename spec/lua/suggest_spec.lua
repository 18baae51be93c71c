local suggest = require("neap.suggest")

describe("suggest", function()
  it("counts a swap of neighbours as one step", function()
    assert.equal(1, suggest.distance("restrat", "restart"))
    assert.equal(3, suggest.distance("kitten", "sitting"))
    assert.equal(3, suggest.distance("", "abc"))
  end)

  it("finds the closest word", function()
    assert.equal("restart", suggest.closest("restrat", { "start", "restart", "id" }))
  end)

  it("finds nothing when nothing is close", function()
    assert.is_nil(suggest.closest("colour", { "id", "start" }))
    assert.is_nil(suggest.closest(7, { "id" }))
  end)

  it("writes the tail of a message", function()
    assert.equal(': did you mean "id"?', suggest.hint("ID", { "id" }))
    assert.equal("", suggest.hint("zzz", { "id" }))
  end)
end)
