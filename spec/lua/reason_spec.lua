local neap_error = require("neap.error")
local reason = require("neap.reason")

describe("reason", function()
  it("is one readable line for any value", function()
    assert.equal("normal", reason.line("normal"))
    assert.equal("{1, 2}", reason.line({ 1, 2 }))
    assert.equal("nil", reason.line(nil))
    assert.equal("a.lua:1: boom", reason.line(neap_error.raised("a.lua:1: boom\nmore")))
    assert.equal("noproc: nobody", reason.line(neap_error.new("noproc", "nobody")))
  end)

  it("names the child that did not start", function()
    local why = { "shutdown", { "failed_to_start_child", "a", "boom" } }

    assert.equal("shutdown: child a did not start: boom", reason.line(why))
  end)

  it("is orderly for normal, shutdown and { shutdown, x }", function()
    assert.is_true(reason.is_orderly("normal"))
    assert.is_true(reason.is_orderly("shutdown"))
    assert.is_true(reason.is_orderly({ "shutdown", 1 }))
    assert.is_false(reason.is_orderly("killed"))
    assert.is_false(reason.is_orderly(neap_error.new("error", "shutdown")))
  end)
end)
