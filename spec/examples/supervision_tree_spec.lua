local node = require("spec.support.node")

local QUICK, ONE_CUSTOMER = "pause=5", "pause=600000"

local function start(pause)
  return node.start({ "run", "--set", pause, "examples/supervision_tree" })
end

describe("examples/supervision_tree", function()
  after_each(node.cleanup)

  it("sells, crashes, says why, and sells on", function()
    local n = start(QUICK)

    n:eventually("receipt 4: 4, 10 in all")
    n:eventually("process.crash id=till name=till module=till reason=\"till.lua:11: attempt")
    n:eventually("no sale of a fish: exit")
    n:eventually("child.restart id=till")
    n:eventually("child.restart id=printer reason=shutdown")
    n:eventually("receipt 1: ", 2)   -- of whoever finds the printer there again
  end)

  it("stops in order: what was started last goes first", function()
    local n = start(ONE_CUSTOMER)
    n:eventually("receipt 1")

    local code = n:stop()

    assert.equal(0, code)
    assert.truthy(n:output():find("the till closes with %d+ %(shutdown%)"))
  end)

  it("shows its tree", function()
    local n = start(ONE_CUSTOMER)
    n:eventually("receipt 1")

    local tree = n:cli("tree")

    for _, id in ipairs({ "counters", "till", "printer", "customers" }) do
      assert.truthy(tree:find(id, 1, true), tree)
    end
  end)
end)
