local neap_error = require("neap.error")
local sendable = require("neap.sendable")

describe("sendable", function()
  it("names the place of what can not be sent", function()
    assert.equal("msg.items[3] is a function",
      sendable.problem("msg", { items = { 1, 2, print } }))
    assert.equal("msg has a metatable", sendable.problem("msg", setmetatable({}, {})))
    assert.equal("msg.co is a coroutine",
      sendable.problem("msg", { co = coroutine.create(function() end) }))
  end)

  it("passes data, cycles and error objects", function()
    local t = { 1, "a", true, neap_error.new("full", "no room") }
    t.t = t

    assert.is_nil(sendable.problem("msg", t))
  end)
end)
