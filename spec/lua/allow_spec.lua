local allow = require("neap.allow")

local function problems_of(value)
  local problems = {}
  local list = allow.read("allow", value, problems)
  return problems, list
end

describe("a list of capabilities", function()
  it("is a list of texts", function()
    local list = { "net", "fs:data" }

    local problems, read = problems_of(list)

    assert.same({}, problems)
    assert.equal(list, read)
  end)

  it("is refused in any other form", function()
    for problem, value in pairs({
      ['allow is true; expected a list of capabilities, such as { "net", "fs:data" }'] = true,
      ['allow: unknown key "net"; expected a list of capabilities, such as'
        .. ' { "net", "fs:data" }'] = { net = true },
      ["allow[2] is 7; expected a string"] = { "net", 7 },
    }) do
      local problems, read = problems_of(value)

      assert.same({ problem }, problems)
      assert.is_nil(read)
    end
  end)

  it("is bounded", function()
    local list = {}
    for i = 1, 65 do list[i] = "names:a" .. i end

    assert.same({ "allow has 65 capabilities; expected at most 64" }, (problems_of(list)))
  end)

  it("is empty in a sandbox, and the parent's without one", function()
    assert.same({}, allow.of(nil, true))
    assert.is_nil(allow.of(nil, false))
    assert.same({ "net" }, allow.of({ "net" }, true))
  end)

  it("is told what the host thinks of it", function()
    local problems = {}
    local function narrow(base, list)
      assert.equal("the base", base)
      return { list[1] }, { [2] = "no" }
    end

    local made = allow.narrow("root.allow", { "net", "x" }, problems, narrow, "the base")

    assert.same({ "net" }, made)
    assert.same({ 'root.allow[2] is "x"; no' }, problems)
  end)
end)
