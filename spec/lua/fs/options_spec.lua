local options = require("neap.fs.options")

--- What is raised where neap.fs calls `of`, as its caller sees it.
local function message_of(of, given)
  local function public()
    local made = of(given)
    return made
  end
  return select(2, pcall(public))
end

describe("options of neap.fs", function()
  it("have defaults", function()
    assert.same({ 16777216, 0, math.huge }, { options.of_read() })
    assert.same({ 16777216, 0, math.huge }, { options.of_read({}) })
    assert.equal(100000, options.of_list())
    assert.is_true(options.of_stat())
  end)

  it("are read as numbers and as text", function()
    assert.same({ 1024, 2048, 5 }, { options.of_read({ max = "1KB", offset = "2KB", length = 5 }) })
    assert.equal(7, options.of_list({ max = 7 }))
    assert.is_false(options.of_stat({ follow = false }))
  end)

  it("never allow more than a string can hold", function()
    assert.equal(0x7fffff00, (options.of_read({ max = math.huge })))
    assert.equal(0x7fffff00, options.of_list({ max = math.huge }))
  end)

  it("refuse what is wrong, all at once", function()
    local message = message_of(options.of_read, { ofset = 1, length = -1 })

    assert.truthy(message:find('unknown key "ofset": did you mean "offset"?', 1, true))
    assert.truthy(message:find("options.length is -1; expected bytes", 1, true))
    assert.truthy(message:find("neap.fs.read: ", 1, true))
    assert.truthy(message_of(options.of_list, 7)
      :find("neap.fs.list: options is 7; expected a table", 1, true))
    assert.truthy(message_of(options.of_stat, { follow = "no" })
      :find('neap.fs.stat: options.follow is "no"; expected true or false', 1, true))
  end)
end)
