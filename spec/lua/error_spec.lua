local neap_error = require("neap.error")

describe("an error object", function()
  it("has a kind, a message and details", function()
    local err = neap_error.new("full", "no room", { max = 10 })

    assert.equal("full", err.kind)
    assert.equal(10, err.max)
    assert.is_true(neap_error.is(err))
  end)

  it("reads as one line, also when it is joined to text", function()
    local err = neap_error.new("full", "no room")

    assert.equal("full: no room", tostring(err))
    assert.equal("failed: full: no room", "failed: " .. err)
  end)

  it("reads as one line when it holds itself", function()
    local err = neap_error.new("full", "no room")
    err.message, err.kind = err, { err }

    assert.equal("{...}: {...}", tostring(err))
  end)

  it("says what was raised", function()
    local reason = neap_error.raised("boom", "trace")

    assert.same({ "error", "boom", "boom", "trace" },
      { reason.kind, reason.message, reason.value, reason.traceback })
  end)

  it("is not any table", function()
    assert.is_false(neap_error.is({ kind = "full" }))
    assert.is_false(neap_error.is(nil))
  end)
end)
