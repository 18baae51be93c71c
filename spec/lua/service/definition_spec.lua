local definition = require("neap.service.definition")
local marks = require("neap.service.marks")

describe("a service definition", function()
  it("keeps its handlers", function()
    local get = function() end
    local made = definition.new({ call = { get = get } })

    assert.equal(get, made.call.get)
    assert.same({}, made.cast)
    assert.is_true(marks.is_service(made))
  end)

  it("names every problem, with a suggestion", function()
    local made, problems = definition.new({ calls = {}, cast = { reset = 1 }, init = true })

    assert.is_nil(made)
    assert.same({
      'unknown key "calls": did you mean "call"?',
      "cast.reset is 1; expected a function",
      "init is true; expected a function",
    }, problems)
  end)

  it("is made of a table", function()
    local made, problems = definition.new(5)

    assert.is_nil(made)
    assert.same({ "the definition is 5; expected a table of handlers" }, problems)
  end)

  it("says which handler was meant", function()
    local made = definition.new({ call = { add = print } })

    assert.equal('the service has no call "ad": did you mean "add"?',
      definition.unknown("call", "ad", made.call))
  end)
end)
