local strategy = require("neap.supervisor.strategy")

local A, B, C = { "a" }, { "b" }, { "c" }

describe("strategy", function()
  it("SUP-09 one_for_one affects the exited child alone", function()
    assert.same({ B }, strategy.affected("one_for_one", { A, B, C }, B))
  end)

  it("SUP-10 rest_for_one affects it and those started later", function()
    assert.same({ B, C }, strategy.affected("rest_for_one", { A, B, C }, B))
  end)

  it("SUP-12 one_for_all affects all, in a list of its own", function()
    local children = { A, B, C }

    local all = strategy.affected("one_for_all", children, B)

    assert.same(children, all)
    assert.are_not.equal(children, all)
  end)
end)
