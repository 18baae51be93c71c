local check = require("neap.check")

local function problems_of(read, value)
  local problems = {}
  local result = read("at", value, problems)
  return problems, result
end

describe("check", function()
  it("says where, what was given and what was expected", function()
    local one_of = check.one_of({ "a", "b", "c" })

    assert.same({ 'at is "always"; expected "a", "b" or "c"' }, (problems_of(one_of, "always")))
    assert.same({ "at is 3; expected a string" }, (problems_of(check.string, 3)))
    assert.same({ "at is a table; expected true or false" }, (problems_of(check.boolean, {})))
  end)

  it("gives what it read", function()
    local _, bytes = problems_of(check.bytes, "1KB")
    local problems, no = problems_of(check.boolean, false)

    assert.equal(1024, bytes)
    assert.is_false(no)
    assert.same({}, problems)
  end)

  it("suggests the key that was meant", function()
    local problems = {}

    check.fields("root", { restrat = 1 }, { restart = check.string }, problems)

    assert.same({ 'root: unknown key "restrat": did you mean "restart"?' }, problems)
  end)

  it("finds every problem of a table", function()
    local problems = {}

    check.fields("", { a = 1, b = 2, [3] = 4 }, { a = check.string, b = check.table }, problems)

    assert.equal(3, #problems)
  end)

  it("refuses what is not built yet", function()
    assert.same({ 'at.backoff: "backoff" is not available in this version' },
      (function()
        local problems = {}
        check.fields("at", { backoff = 1 }, { backoff = check.UNAVAILABLE }, problems)
        return problems
      end)())
  end)

  it("knows names", function()
    assert.is_true(check.is_name("shop.web:1-a"))
    assert.is_false(check.is_name("1a"))
    assert.is_false(check.is_name(("a"):rep(129)))
  end)

  it("raises all problems as one error", function()
    assert.has_error(function() check.raise("f", { "a", "b" }, 0) end, "f: a\nb")
    check.raise("f", {})
  end)
end)
