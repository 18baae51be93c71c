local spec = require("neap.supervisor.spec")

local function problems_of(given, options)
  return (select(2, spec.read("root", given, options or { is_root = true })))
end

describe("a supervisor spec", function()
  it("SUP-03 has the documented defaults", function()
    local read, problems = spec.read("root", { children = {} })

    assert.same({}, problems)
    assert.same({ "one_for_one", 3, 5000 }, { read.strategy, read.intensity, read.period })
  end)

  it("has a fault_policy at the root of an application, and only there", function()
    local read, problems = spec.read("root", { fault_policy = "restart", children = {
      { id = "jobs", supervisor = { fault_policy = "restart", children = {} } },
    } }, { is_root = true })

    assert.equal("restart", read.fault_policy)
    assert.same({ 'root.children[1].supervisor: unknown key "fault_policy"' }, problems)
    assert.same({ 'root.fault_policy is "never"; expected "continue" or "restart"' },
      problems_of({ fault_policy = "never", children = {} }))
    assert.equal("continue", spec.read("root", { children = {} }, { is_root = true }).fault_policy)
  end)

  it("registers the root's children under their ids, nested ones by name only", function()
    local read = spec.read("root", { children = {
      { id = "a", start = { "w" } },
      { id = "jobs", supervisor = { children = { { id = "b", start = { "w" } } } } },
    } }, { is_root = true })

    assert.equal("a", read.children[1].options.name)
    assert.equal("jobs", read.children[2].options.name)
    assert.is_nil(read.children[2].supervisor.children[1].options.name)
  end)

  it("finds every problem of the tree at once, with its path", function()
    assert.same({
      'root.children[1].restart is "always"; expected "permanent", "transient" or "temporary"',
      'root.children[2]: unknown key "restrat": did you mean "restart"?',
      'root.children[2].id "a" is taken: root.children[1] has it',
      'root.children[3].supervisor.children[1].shutdown is "soon"; expected milliseconds, text'
        .. ' such as "5s", "brutal_kill" or "infinity"',
      'root.stratgy',
    }, (function()
      local problems = problems_of({ stratgy = "x", children = {
        { id = "a", start = { "w" }, restart = "always" },
        { id = "a", start = { "w" }, restrat = "permanent" },
        { id = "s", supervisor = { children = {
          { id = "x", start = { "w" }, shutdown = "soon" },
        } } },
      } })
      assert.equal('root: unknown key "stratgy": did you mean "strategy"?', problems[#problems])
      problems[#problems] = "root.stratgy"
      return problems
    end)())
  end)

  it("tells of ids that are none, whatever they are, and of all in one line", function()
    for _, id in ipairs({ 0 / 0, {}, true, print }) do
      local child = { id = id, name = id, start = { "w" } }
      for _, problem in ipairs(problems_of({ children = { child, child } })) do
        assert.truthy(problem:find("; expected a", 1, true))
      end
    end
    local child = { id = "a\nb", name = "c", start = { "w" } }
    local problems = problems_of({ children = { child, child } })
    assert.equal('root.children[2].id "a\\nb" is taken: root.children[1] has it', problems[1])
  end)

  it("refuses supervisors that are nested too deep, as when a spec holds itself", function()
    local cyclic = { id = "a" }
    cyclic.supervisor = { children = { cyclic } }

    local problems = problems_of({ children = { cyclic } })

    assert.equal(1, #problems)
    assert.truthy(problems[1]:find("^root.children%[1%].*supervisor is nested deeper than 50"))
  end)

  it("is not read to its end when it has a hundred problems", function()
    local wide, list = { id = "a", start = { "w" } }, {}
    for i = 1, 10000 do wide["k" .. i], list[i] = i, {} end

    assert.is_true(#problems_of({ children = { wide } }) <= 100)
    assert.is_true(#problems_of({ children = list }) <= 102)
    assert.is_true(#problems_of({ children = wide }) <= 102)
  end)

  it("tells the first hundred of many problems, and how many more there are", function()
    local wide = { id = "a", [1] = 1 }
    wide.children = { { id = "b", [1] = 1, supervisor = wide }, { id = "c", [2] = 2 } }

    for _, problems in ipairs({ problems_of(wide),
      (select(2, spec.read_child("child", { id = "a", supervisor = wide }))) }) do
      assert.equal(101, #problems)
      assert.truthy(problems[100]:find("^[rc]"))
      assert.truthy(problems[101]:find("^and %d+ more$"))
    end
  end)

  it("asks whether modules exist", function()
    local resolve = function(path, what) return path .. ": no " .. what end

    assert.same({ "root.children[1].start[1]: no w" },
      problems_of({ children = { { id = "a", start = { "w" } } } },
        { is_root = true, resolve = resolve }))
  end)

  it("refuses names of children that can not be registered", function()
    local problems = problems_of({ children = { { id = "a b", start = { "w" } } } })

    assert.equal(1, #problems)
    assert.truthy(problems[1]:find('root.children[1].id is "a b"; expected', 1, true))
  end)

  it("refuses keys that are not built yet, and children that are no list", function()
    assert.same({ 'root.template: "template" is not available in this version' },
      problems_of({ template = {} }))
    assert.same({ 'root.children: unknown key "a"; expected a list of child specs' },
      problems_of({ children = { a = {} } }))
    assert.same({ "root is 7; expected a table" }, problems_of(7))
  end)
end)
