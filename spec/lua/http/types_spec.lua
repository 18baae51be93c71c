local types = require("neap.http.types")

describe("the content type", function()
  it("comes from the last extension", function()
    assert.equal("image/png", types.of("logo.png"))
    assert.equal("application/gzip", types.of("static/a.tar.gz"))
  end)

  it("of text names its encoding", function()
    assert.equal("text/html; charset=utf-8", types.of("index.html"))
    assert.equal("text/javascript; charset=utf-8", types.of("app.js"))
    assert.equal("application/json", types.of("data.json"))
    assert.equal("image/svg+xml", types.of("logo.svg"))
  end)

  it("ignores the case of the extension", function()
    assert.equal("image/jpeg", types.of("DSC_0001.JPG"))
  end)

  it("is bytes for all others", function()
    for _, path in ipairs({ "", "README", "a.", "a.unknown", "a.html/b", "a.html\0", ".",
      ("."):rep(100000), "a." .. ("b"):rep(100000) }) do
      assert.equal("application/octet-stream", types.of(path), path:sub(1, 40))
    end
  end)
end)
