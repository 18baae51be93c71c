local children_of = require("neap.supervisor.children")

local function child(id, kind)
  return { id = id, spec = { type = kind or "worker" }, state = "running", restarts = 0 }
end

describe("children", function()
  local children, a, b

  before_each(function()
    children, a, b = children_of.new(), child("a"), child("b", "supervisor")
    children:add(a)
    children:add(b)
    children:set_pid(a, "pid 1")
  end)

  it("are found by id and by pid", function()
    assert.equal(a, children:of_id("a"))
    assert.equal(a, children:of_pid("pid 1"))
    assert.is_nil(children:of_id(nil))
    assert.is_nil(children:of_pid(nil))
  end)

  it("are found by their newest pid only", function()
    children:set_pid(a, "pid 2")

    assert.is_nil(children:of_pid("pid 1"))
    assert.equal(a, children:of_pid("pid 2"))
  end)

  it("are gone when they were removed", function()
    children:remove(a)

    assert.is_nil(children:of_id("a"))
    assert.is_nil(children:of_pid("pid 1"))
    assert.same({ b }, children.list)
  end)

  it("SUP-30 are counted", function()
    assert.same({ specs = 2, active = 1, supervisors = 1, workers = 1 }, children:count())
  end)

  it("SUP-29 are described in start order", function()
    local list = children:describe()

    assert.same({ "a", "b" }, { list[1].id, list[2].id })
    assert.same({ id = "a", pid = "pid 1", state = "running", type = "worker", restarts = 0 },
      list[1])
  end)
end)
