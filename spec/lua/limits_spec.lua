local limits = require("neap.limits")

describe("limits", function()
  it("become flat options", function()
    local problems = {}
    local of = limits.read("limits", { memory = "1MB", cpu = "2s" }, problems)

    local options = limits.flatten({ id = "a" }, of)

    assert.same({}, problems)
    assert.same({ id = "a", memory = 1048576, cpu = 2000, mailbox_bytes = 262144 }, options)
  end)

  it("take a mailbox's own bytes over a quarter of the memory", function()
    local options = limits.flatten({}, { memory = 1048576 }, { bytes = 100, messages = 5 })

    assert.equal(100, options.mailbox_bytes)
    assert.equal(5, options.mailbox_messages)
  end)

  it("name what is wrong", function()
    local problems = {}

    limits.read("limits", { memory = "much", cqu = 1 }, problems)

    assert.equal('limits: unknown key "cqu": did you mean "cpu"?', problems[1])
    assert.truthy(problems[2]:find('limits.memory is "much"; expected bytes', 1, true))
  end)

  it("refuse policies that are not built yet", function()
    local problems = {}

    limits.read_mailbox("mailbox", { policy = "drop_old" }, problems)

    assert.same({ 'mailbox.policy: "drop_old" is not available in this version' }, problems)
  end)
end)
