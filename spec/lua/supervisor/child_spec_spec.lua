local spec = require("neap.supervisor.spec")

local function problems_of(child)
  return (select(2, spec.read_child("child", child)))
end

describe("a child spec", function()
  it("has the documented defaults", function()
    local child = spec.read_child("child", { id = "a", start = { "worker", 1, nil, 3 } })

    assert.equal("permanent", child.restart)
    assert.equal(5000, child.shutdown)
    assert.equal(60000, child.start_timeout)
    assert.same({ n = 3, 1, nil, 3 }, child.args)
    assert.same({ "module", "worker", "worker" }, { child.kind, child.what, child.type })
  end)

  it("waits for ever for a supervisor to end", function()
    local child = spec.read_child("child", { id = "a", supervisor = {} })

    assert.equal(math.huge, child.shutdown)
    assert.equal("supervisor", child.options.role)
    assert.equal(math.huge, child.options.handles)
  end)

  it("reads units", function()
    local child = spec.read_child("child", { id = "a", start = { "w" }, shutdown = "2s",
      start_timeout = "infinity", limits = { memory = "16MB" }, mailbox = { messages = 5 } })

    assert.equal(2000, child.shutdown)
    assert.equal(math.huge, child.start_timeout)
    assert.equal(16777216, child.options.memory)
    assert.equal(5, child.options.mailbox_messages)
  end)

  it("refuses more arguments than a spawn takes, without counting to there", function()
    assert.same({ "child.start has 999999999999 arguments; expected at most 4000" },
      problems_of({ id = "a", start = { "w", n = 1e12 } }))
    assert.same({ "child.start has 4001 arguments; expected at most 4000" },
      problems_of({ id = "a", start = { "w", [4002] = 1 } }))
    assert.same({ "child.start has inf arguments; expected at most 4000" },
      problems_of({ id = "a", start = { "w", n = math.huge } }))
  end)

  it("refuses a number of arguments that is none", function()
    for n, shown in pairs({ [2.5] = "2.5", [-1] = "-1" }) do
      assert.same({ "child.start.n is " .. shown .. "; expected a whole number, 0 or more" },
        problems_of({ id = "a", start = { "w", n = n } }))
    end
    assert.equal(1, #problems_of({ id = "a", start = { "w", n = 0 / 0 } }))
    assert.equal(0, spec.read_child("child", { id = "a", start = { "w", [2.5] = 1 } }).args.n)
  end)

  it("needs an id and something to start", function()
    assert.same({ "child.id is missing; expected a string that is not empty",
      "child has no start; expected start = { what, arguments... } or supervisor = { ... }" },
      problems_of({}))
  end)

  it("refuses what can not be sent as an argument", function()
    assert.same({ "child.start[2].f is a function" },
      problems_of({ id = "a", start = { "w", { f = print } } }))
  end)

  it("refuses what can not run", function()
    assert.same({ 'child.start[1] is 7; expected a module name, "module:function", a function'
      .. " or a service" }, problems_of({ id = "a", start = { 7 } }))
  end)

  it("passes on when the code of a process is compiled", function()
    for _, jit in ipairs({ "auto", true, false }) do
      local child = spec.read_child("child", { id = "a", start = { "w" }, jit = jit })

      assert.equal(jit, child.options.jit)
    end
    assert.same({ 'child.jit is "always"; expected "auto", true or false' },
      problems_of({ id = "a", start = { "w" }, jit = "always" }))
    assert.same({ 'child.jit is true; expected "auto" or false beside limits.instructions: what'
      .. " counts instructions runs without the JIT" },
      problems_of({ id = "a", start = { "w" }, jit = true, limits = { instructions = 1 } }))
  end)

  it("passes on what the process may reach", function()
    for _, case in ipairs({
      { nil, nil, nil },
      { { "net" }, nil, { "net" } },
      { { "net" }, true, { "net" } },
      { nil, true, {} },
      { nil, false, nil },
    }) do
      local child = spec.read_child("child", { id = "a", start = { "w" }, allow = case[1],
        sandbox = case[2] })

      assert.same(case[3], child.options.allow)
    end
    assert.same({ 'child.allow is "net"; expected a list of capabilities, such as'
      .. ' { "net", "fs:data" }', "child.sandbox is 1; expected true or false" },
      problems_of({ id = "a", start = { "w" }, allow = "net", sandbox = 1 }))
  end)

  it("lets nothing below a supervisor have more than it, and says so of all at once", function()
    local function narrow(base, list)
      local wrong = {}
      for i, text in ipairs(list) do
        local has = base == true
        for _, one in ipairs(type(base) == "table" and base or {}) do has = has or one == text end
        if not has then wrong[i] = "not in there" end
      end
      return list, wrong
    end
    local function child(id, allow) return { id = id, start = { "w" }, allow = allow } end

    local _, problems = spec.read_child("child", { id = "s", allow = { "a", "x" },
      supervisor = { children = {
        child("one", { "a" }), child("two", { "a", "b" }), { id = "three", sandbox = true,
          supervisor = { children = { child("four", { "a" }), child("five") } } },
        { id = "six", start = { "w" }, name = "six" } } } }, { narrow = narrow, base = { "a" } })

    assert.same({
      'child.allow[2] is "x"; not in there',
      'child.supervisor.children[2].allow[2] is "b"; not in there',
      'child.supervisor.children[3].supervisor.children[1].allow[1] is "a"; not in there',
      'child.supervisor.children[4].name is "six"; its supervisor has not the capability'
        .. ' "names:six"',
    }, problems)
  end)

  it("refuses keys that are not built yet", function()
    for _, key in ipairs({ "backoff", "on_intensity", "keep_mailbox", "significant" }) do
      assert.same({ ('child.%s: "%s" is not available in this version'):format(key, key) },
        problems_of({ id = "a", start = { "w" }, [key] = true }))
    end
  end)
end)
