local range = require("neap.http.range")

local function read(header, size)
  return { range.read(header, size or 1000) }
end

describe("a range", function()
  it("has a first and a last byte", function()
    assert.same({ 206, "bytes 0-99/1000", 0, 100 }, read("bytes=0-99"))
    assert.same({ 206, "bytes 999-999/1000", 999, 1 }, read("bytes=999-999"))
  end)

  it("ends where the whole ends", function()
    assert.same({ 206, "bytes 990-999/1000", 990, 10 }, read("bytes=990-"))
    assert.same({ 206, "bytes 990-999/1000", 990, 10 }, read("bytes=990-5000"))
  end)

  it("counts from the end", function()
    assert.same({ 206, "bytes 995-999/1000", 995, 5 }, read("bytes=-5"))
    assert.same({ 206, "bytes 0-999/1000", 0, 1000 }, read("bytes=-5000"))
  end)

  it("is refused where nothing lies in it", function()
    assert.same({ 416, "bytes */1000" }, read("bytes=1000-"))
    assert.same({ 416, "bytes */1000" }, read("bytes=1000-1001"))
    assert.same({ 416, "bytes */1000" }, read("bytes=-0"))
  end)

  it("may have numbers of any length", function()
    local nines = ("9"):rep(100000)

    assert.same({ 416, "bytes */1000" }, read("bytes=" .. nines .. "-" .. nines))
    assert.same({ 206, "bytes 0-999/1000", 0, 1000 }, read("bytes=0-" .. nines))
    assert.same({ 206, "bytes 0-999/1000", 0, 1000 }, read("bytes=-" .. nines))
  end)

  it("of a large file is exact", function()
    assert.same({ 206, "bytes 4294967296-4294967297/8589934592", 4294967296, 2 },
      read("bytes=4294967296-4294967297", 8589934592))
  end)

  it("is written in either case, with spaces around", function()
    assert.same({ 206, "bytes 0-1/1000", 0, 2 }, read("Bytes= 0-1 "))
  end)
end)

describe("the whole is served", function()
  it("without a range", function()
    assert.same({ 200 }, read(nil))
  end)

  it("for several ranges", function()
    assert.same({ 200 }, read("bytes=0-1,5-9"))
    assert.same({ 200 }, read("bytes=" .. ("0-,"):rep(100000) .. "0-"))
  end)

  it("for what is no range of bytes", function()
    for _, bad in ipairs({ "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "bytes=9-5",
      "bytes=0x1-5", "bytes=-1-5", "bytes=1.5-9", "items=0-5", "bytes 0-5", "bytes=0-5x",
      "bytes=" .. (" "):rep(100000) .. "x" }) do
      assert.same({ 200 }, read(bad), bad:sub(1, 60))
    end
  end)

  it("when it is empty", function()
    assert.same({ 200 }, read("bytes=0-", 0))
    assert.same({ 200 }, read("bytes=-5", 0))
  end)
end)
