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

  local function failed(id, why)
    return { "shutdown", { "failed_to_start_child", id, why } }
  end

  it("names the child that did not start", function()
    assert.equal("child a did not start: boom", reason.line(failed("a", "boom")))
    assert.equal("child a did not start: boom", reason.line(failed("a", "boom")[2]))
  end)

  it("names the way to the child that did not start", function()
    local why = failed("jobs", failed("night", failed("a", neap_error.raised("a.lua:1: boom"))))

    assert.equal("child jobs/night/a did not start: a.lua:1: boom", reason.line(why))
  end)

  it("of a shutdown has what it was for", function()
    assert.equal("shutdown: update", reason.line({ "shutdown", "update" }))
    assert.equal('shutdown: {"failed"}', reason.line({ "shutdown", { "failed" } }))
    assert.equal("shutdown: full: no", reason.line({ "shutdown", neap_error.new("full", "no") }))
  end)

  it("of an error object that is its own message has an end", function()
    local err = neap_error.new("noproc", "nobody")
    err.message = err

    assert.equal("noproc: noproc: {...}", reason.line(err))
  end)

  it("that holds itself has an end", function()
    local start, stop = failed("a"), { "shutdown" }
    start[2][3], stop[2] = start, stop

    assert.truthy(reason.line(start):find("^child a/a/a.* did not start: %.%.%.$"))
    assert.truthy(reason.line(stop):find('^{"shutdown", {'))
  end)

  it("is orderly for normal, shutdown and { shutdown, x }", function()
    assert.is_true(reason.is_orderly("normal"))
    assert.is_true(reason.is_orderly("shutdown"))
    assert.is_true(reason.is_orderly({ "shutdown", 1 }))
    assert.is_false(reason.is_orderly("killed"))
    assert.is_false(reason.is_orderly(neap_error.new("error", "shutdown")))
  end)
end)
