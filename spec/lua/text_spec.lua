local text = require("neap.text")

describe("text", function()
  it("writes values in Lua's notation", function()
    assert.equal('{1, "a", ok = true}', text.of({ 1, "a", ok = true }))
    assert.equal("nil", text.of(nil))
    assert.equal("a function", text.of(print))
  end)

  it("keeps one line", function()
    assert.equal('"a\\nb\\"c"', text.of('a\nb"c'))
    assert.equal("first", text.line("first\nsecond"))
  end)

  it("cuts what is long or deep", function()
    assert.equal(20, #text.of(("x"):rep(100), 20))
    assert.equal("{{{{...}}}}", text.of({ { { { { 1 } } } } }))
  end)

  it("survives a table that holds itself", function()
    local t = {}
    t.t = t

    assert.equal("{t = {t = {t = {...}}}}", text.of(t))
  end)

  it("orders keys of mixed types", function()
    assert.same({ 1, 2, "a", "b" }, text.keys({ b = 1, a = 1, [2] = 1, [1] = 1 }))
  end)
end)
