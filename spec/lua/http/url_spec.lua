local url = require("neap.http.url")

describe("decode", function()
  it("reads two hexadecimal digits of either case", function()
    assert.equal("a/b c/ü", url.decode("a%2Fb%20c%2f%C3%bc"))
    assert.equal("plain", url.decode("plain"))
    assert.equal("", url.decode(""))
  end)

  it("leaves a plus alone", function()
    assert.equal("a+b", url.decode("a+b"))
  end)

  it("decodes once", function()
    assert.equal("%41", url.decode("%2541"))
  end)

  it("keeps any bytes: zeros, overlong forms, what is not UTF-8", function()
    assert.equal("a\0b", url.decode("a%00b"))
    assert.equal("\192\175", url.decode("%C0%AF"))
    assert.equal("\255\254", url.decode("%FF%fe"))
    assert.equal("\255", url.decode("\255"))
  end)

  it("refuses a bad escape anywhere", function()
    for _, bad in ipairs({ "%", "a%", "%4", "%4G", "%G4", "%%41", "%41%", "%u0041", "% 41",
      "%4%41", "%-1", "%\0001", "%0x41%" }) do
      assert.is_nil(url.decode(bad), bad)
    end
  end)

  it("decodes a megabyte", function()
    assert.equal(("/"):rep(349525), url.decode(("%2F"):rep(349525)))
    assert.is_nil(url.decode(("%2F"):rep(349525) .. "%2"))
  end)
end)

describe("encode", function()
  it("leaves letters, digits and four signs", function()
    assert.equal("aZ09-._~", url.encode("aZ09-._~"))
    assert.equal("a%2Fb%20c%2B%25%00%C3%BC", url.encode("a/b c+%\0ü"))
  end)

  it("is undone by decode, for every byte", function()
    local all = {}
    for byte = 0, 255 do all[#all + 1] = string.char(byte) end
    all = table.concat(all)

    assert.equal(all, url.decode(url.encode(all)))
  end)
end)

describe("parse_query", function()
  it("gives the first value of each name, and all", function()
    local first, all = url.parse_query("a=1&b=2&a=3")

    assert.same({ a = "1", b = "2" }, first)
    assert.same({ a = { "1", "3" }, b = { "2" } }, all)
  end)

  it("reads plus as a space, and decodes names", function()
    assert.same({ ["a b"] = "c d", e = "+" }, (url.parse_query("a+b=c%20d&e=%2B")))
  end)

  it("takes what is not quite a pair", function()
    assert.same({ a = "", b = "", [""] = "c", d = "e=f" },
      (url.parse_query("a&b=&=c&&d=e=f&")))
    assert.same({ a = "", b = "" }, (url.parse_query("a&b")))
    assert.same({}, (url.parse_query("")))
    assert.same({}, (url.parse_query("&&&")))
  end)

  it("leaves a percent sign that begins no escape", function()
    assert.same({ discount = "50%", a = "%zz1", b = "%A" },
      (url.parse_query("discount=50%&a=%zz%31&b=%%41")))
  end)

  it("keeps any bytes", function()
    assert.same({ ["\0"] = "\192\175\255" }, (url.parse_query("%00=%C0%AF%FF")))
  end)

  it("takes names that mean something in Lua", function()
    assert.same({ __index = "1", n = "2", ["1"] = "3" },
      (url.parse_query("__index=1&n=2&1=3")))
  end)

  it("takes 1000 pairs and no more", function()
    local first, all = url.parse_query(("a=1&"):rep(1000))
    local none, err = url.parse_query(("a=1&"):rep(1001))

    assert.equal("1", first.a)
    assert.equal(1000, #all.a)
    assert.is_nil(none)
    assert.equal("limit", err.kind)
    assert.equal("the query has more than 1000 pairs", err.message)
  end)

  it("refuses 100,000 pairs before it has read them", function()
    local pairs_read = {}
    for i = 1, 100000 do pairs_read[i] = "name" .. i .. "=" .. i end
    local before = collectgarbage("count")
    collectgarbage("stop")
    local text = table.concat(pairs_read, "&")
    local between = collectgarbage("count")
    local first = url.parse_query(text)
    local after = collectgarbage("count")
    collectgarbage("restart")

    assert.is_nil(first)
    assert.is_true(after - between < 500, after - between .. " KB, of " .. between - before)
  end)

  it("reads a megabyte in one value", function()
    local first = url.parse_query("a=" .. ("%41+"):rep(262144))

    assert.equal(("A "):rep(262144), first.a)
  end)

  it("reads a megabyte of separators", function()
    assert.same({}, (url.parse_query(("&"):rep(1048576))))
  end)
end)

describe("parse_form", function()
  it("reads what a browser sends", function()
    local first, all = url.parse_form("name=J%C3%BCrgen+M&tag=a&tag=b&empty=")

    assert.same({ name = "Jürgen M", tag = "a", empty = "" }, first)
    assert.same({ "a", "b" }, all.tag)
  end)

  it("is bounded as a query is", function()
    local none, err = url.parse_form(("a&"):rep(1001))

    assert.is_nil(none)
    assert.equal("the form has more than 1000 pairs", err.message)
  end)
end)
