local definition = require("neap.service.definition")
local program = require("neap.program")

describe("program", function()
  it("knows what can run", function()
    assert.equal("module", program.kind("shop.web"))
    assert.equal("module", program.kind("shop.web:main"))
    assert.equal("function", program.kind(print))
    assert.equal("service", program.kind(definition.new({})))
    for _, bad in ipairs({ "", "a..b", "../a", "/a", "a b", 7, {} }) do
      assert.is_nil(program.kind(bad))
    end
  end)

  it("splits module and function", function()
    assert.same({ "a.b", "run" }, { program.split("a.b:run") })
    assert.same({ "a.b" }, { program.split("a.b") })
  end)

  it("finds the entry of a module's value", function()
    local main = function() end

    assert.equal(main, program.entry(main))
    assert.equal(main, program.entry({ main = main }))
    assert.equal(main, program.entry({ other = main }, "other"))
  end)

  it("says why a value does not run", function()
    local _, problem = program.entry(7)
    local _, missing = program.entry({}, "run")

    assert.equal("returns 7; expected a function, a table with main, or a service", problem)
    assert.equal('has no function "run"', missing)
  end)
end)
