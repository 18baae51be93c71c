local intensity = require("neap.supervisor.intensity")

describe("intensity", function()
  it("SUP-15 allows max restarts in the period, and not one more", function()
    local window = intensity.new(2, 1000)

    assert.is_true(window:allow(0))
    assert.is_true(window:allow(10))
    assert.is_false(window:allow(20))
  end)

  it("SUP-16 of 0 allows none", function()
    assert.is_false(intensity.new(0, 1000):allow(0))
  end)

  it("SUP-17 forgets what is older than the period", function()
    local window = intensity.new(1, 1000)

    assert.is_true(window:allow(0))
    assert.is_true(window:allow(1001))
    assert.is_false(window:allow(2001))
  end)

  it("of math.huge allows all and remembers none", function()
    local window = intensity.new(math.huge, 1000)

    for now = 1, 1000 do assert.is_true(window:allow(now)) end
    assert.same({}, window._at)
  end)
end)
