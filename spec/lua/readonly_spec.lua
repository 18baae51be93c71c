local readonly = require("neap.readonly")

describe("a read-only view", function()
  local view

  before_each(function()
    view = readonly.view("neap.config", { port = 1, db = { host = "h" }, list = { 1, 2 } })
  end)

  it("shows the data", function()
    assert.equal(1, view.port)
    assert.equal("h", view.db.host)
    assert.is_nil(view.nothing)
  end)

  it("refuses to be changed, at every level", function()
    assert.has_error(function() view.port = 2 end,
      "neap.config is read-only: port can not be set")
    assert.has_error(function() view.db.host = 2 end,
      "neap.config.db is read-only: host can not be set")
  end)

  it("gives lists out as copies", function()
    view.list[1] = 9

    assert.equal(2, #view.list)
    assert.equal(1, view.list[1])
  end)

  it("opens to a plain copy", function()
    assert.same({ port = 1, db = { host = "h" }, list = { 1, 2 } }, readonly.opened(view))
    assert.is_nil(getmetatable(readonly.opened(view).db))
    assert.equal("x", readonly.opened("x"))
  end)
end)
