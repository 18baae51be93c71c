local strict = require("neap.strict")

describe("strict globals", function()
  local globals

  before_each(function() globals = setmetatable({ known = 1 }, strict.metatable) end)

  it("give what is there", function()
    assert.equal(1, globals.known)
    globals.new = false
    assert.is_false(globals.new)
    assert.is_nil(rawget(globals, "unknown"))
  end)

  it("raise for what is not, where it was read, with a suggestion", function()
    local ok, message = pcall(function() return globals.knwon end)

    assert.is_false(ok)
    assert.truthy(message:find('strict_spec.lua:%d+: undefined global "knwon": did you mean "known"%?$'))
    assert.truthy(select(2, pcall(function() return globals[7] end)):find("undefined global 7$"))
  end)
end)
