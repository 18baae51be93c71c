local plain = require("neap.plain")
local readonly = require("neap.readonly")

describe("plain", function()
  it("copies without metatables, keeping shared and cyclic references", function()
    local shared = setmetatable({}, { __index = {} })
    local t = { a = shared, b = shared }
    t.t = t

    local copy = plain.copy(t)

    assert.equal(copy.a, copy.b)
    assert.equal(copy, copy.t)
    assert.is_nil(getmetatable(copy.a))
  end)

  it("looks through read-only views", function()
    local view = readonly.view("c", { db = { port = 1 } })

    assert.same({ { port = 1 } }, plain.sendable({ view.db }))
    assert.equal(1, plain.copy(view).db.port)
  end)

  it("leaves what may be sent as it is", function()
    local t = { { 1 } }

    assert.equal(t, plain.sendable(t))
  end)
end)
