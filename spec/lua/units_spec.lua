local units = require("neap.units")

describe("units", function()
  it("reads sizes", function()
    assert.equal(65536, units.bytes("64KB"))
    assert.equal(1572864, units.bytes("1.5 mb"))
    assert.equal(12, units.bytes(12))
  end)

  it("reads times as ms", function()
    assert.equal(2000, units.ms("2s"))
    assert.equal(500, units.ms("500ms"))
    assert.equal(0.5, units.ms(0.5))
  end)

  it("gives nil for what is neither", function()
    for _, bad in ipairs({ "64", "KB", "-1s", -1, 0 / 0, {}, true, "2 weeks" }) do
      assert.is_nil(units.ms(bad))
    end
    assert.is_nil(units.bytes("2s"))
  end)
end)
