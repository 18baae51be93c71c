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

  describe("of something large", function()
    local function sorts_in(run)
      local sort, most = table.sort, 0
      -- luacheck: push ignore 122
      table.sort = function(list, before) most = math.max(most, #list) return sort(list, before) end
      package.loaded["neap.text"] = nil
      run(require("neap.text"))
      package.loaded["neap.text"], table.sort = text, sort
      -- luacheck: pop
      return most
    end

    it("puts no more than a hundred keys in order", function()
      local wide, list = {}, {}
      for i = 1, 1000 do wide["k" .. i], list[i] = i, i end

      assert.is_true(sorts_in(function(fresh)
        assert.truthy(fresh.of(wide):find("^{k%d+ = %d+, "))
        assert.equal("{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...}", fresh.of(list))
        fresh.of({ wide, list })
      end) <= 100)
    end)

    it("looks at the start of a string only", function()
      collectgarbage("collect")
      local huge = ("\0"):rep(1e7)
      local before = collectgarbage("count")

      for _, value in ipairs({ huge, { huge }, { [huge] = 1 }, { { a = huge } } }) do
        assert.equal(200, #text.of(value))
      end
      assert.equal(200, #text.line(huge))

      assert.is_true(collectgarbage("count") - before < 1000)
    end)
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
