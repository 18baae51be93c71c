local plan = require("neap.reload.plan")

local KNOWN = {
  { name = "web", requires = { "shop", "text" } },
  { name = "shop", requires = { "stock" } },
  { name = "stock", requires = { "text" } },
  { name = "text", requires = {} },
  { name = "jobs", requires = {} },
}

describe("the plan of a reload", function()
  it("finds who requires a module, directly or not, in the order of load", function()
    assert.same({ "web", "shop", "stock" }, plan.requirers(KNOWN, "text"))
    assert.same({ "web", "shop" }, plan.requirers(KNOWN, "stock"))
    assert.same({}, plan.requirers(KNOWN, "jobs"))
  end)

  it("ends where modules require each other when called", function()
    local circle = { { name = "a", requires = { "b" } }, { name = "b", requires = { "a" } } }

    assert.same({ "b" }, plan.requirers(circle, "a"))
  end)

  it("passes over what is not known", function()
    assert.same({}, plan.requirers({ { name = "a", requires = { "gone" } } }, "gone"))
  end)

  it("reaches what changed, then who requires it, each once", function()
    assert.same({ "stock", "jobs", "web", "shop" }, plan.reached(KNOWN, { "stock", "jobs" }))
    assert.same({ "text", "stock", "web", "shop" }, plan.reached(KNOWN, { "text", "stock" }))
    assert.same({}, plan.reached(KNOWN, {}))
  end)
end)
