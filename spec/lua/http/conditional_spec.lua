local conditional = require("neap.http.conditional")

local OLD, SAME, NEW = "Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:37 GMT",
  "Sun, 06 Nov 1994 08:49:38 GMT"

--- A GET of what has the tag "a" and changed at SAME, with some headers.
local function evaluate(headers)
  local about = { method = "GET", etag = '"a"', modified = 784111777.25 }
  for key, value in pairs(headers) do about[key] = value end
  return conditional.evaluate(about)
end

local function assert_status(status, headers)
  assert.equal(status, (evaluate(headers)))
end

describe("a request without conditions", function()
  it("goes on", function()
    assert_status(200, {})
  end)
end)

describe("if-none-match", function()
  it("is a 304 for what the client has", function()
    assert_status(304, { if_none_match = '"a"' })
    assert_status(304, { if_none_match = '"b", "a"' })
    assert_status(304, { method = "HEAD", if_none_match = "*" })
    assert_status(200, { if_none_match = '"b"' })
  end)

  it("takes weak tags as equal", function()
    assert_status(304, { if_none_match = 'W/"a"' })
    assert_status(304, { etag = 'W/"a"', if_none_match = '"a"' })
  end)

  it("is a 412 for methods that change something", function()
    assert_status(412, { method = "PUT", if_none_match = "*" })
    assert_status(412, { method = "DELETE", if_none_match = '"a"' })
    assert_status(200, { method = "PUT", if_none_match = '"b"' })
  end)

  it("wins over if-modified-since", function()
    assert_status(200, { if_none_match = '"b"', if_modified_since = NEW })
  end)

  it("finds tags that hold commas", function()
    assert_status(304, { etag = '"a,b"', if_none_match = '"x","a,b"' })
    assert_status(200, { etag = '"b"', if_none_match = '"a,"b","' })
  end)

  it("goes on when it is no list of tags", function()
    for _, bad in ipairs({ "", "a", '"a', 'a"', ",,,", "W/", 'w/"a"', "\0", (","):rep(1048576),
      ('"b",'):rep(100000), ('"'):rep(100001) }) do
      assert_status(200, { if_none_match = bad })
    end
  end)

  it("finds the last of many", function()
    assert_status(304, { if_none_match = ('"b", '):rep(100000) .. '"a"' })
  end)
end)

describe("if-match", function()
  it("is a 412 for what has changed", function()
    assert_status(200, { method = "PUT", if_match = '"a"' })
    assert_status(200, { method = "PUT", if_match = "*" })
    assert_status(412, { method = "PUT", if_match = '"b"' })
    assert_status(412, { if_match = "nonsense" })
  end)

  it("does not take weak tags", function()
    assert_status(412, { if_match = 'W/"a"' })
    assert_status(412, { etag = 'W/"a"', if_match = 'W/"a"' })
  end)

  it("wins over if-unmodified-since", function()
    assert_status(200, { if_match = '"a"', if_unmodified_since = OLD })
  end)

  it("is looked at before if-none-match", function()
    assert_status(412, { if_match = '"b"', if_none_match = '"a"' })
  end)
end)

describe("tags of the client", function()
  it("match nothing where there is no tag", function()
    assert.equal(412, (conditional.evaluate({ method = "GET", if_match = '"a"' })))
    assert.equal(200, (conditional.evaluate({ method = "GET", if_none_match = '"a"' })))
    assert.is_false((select(2, conditional.evaluate({ method = "GET", if_range = '"a"' }))))
  end)
end)

describe("if-modified-since", function()
  it("is a 304 for what has not changed", function()
    assert_status(304, { if_modified_since = SAME })
    assert_status(304, { if_modified_since = NEW })
    assert_status(200, { if_modified_since = OLD })
  end)

  it("is for reading only", function()
    assert_status(200, { method = "POST", if_modified_since = SAME })
  end)

  it("is ignored when it is no date, or nothing is known", function()
    assert_status(200, { if_modified_since = "yesterday" })
    assert.equal(200, (conditional.evaluate({ method = "GET", if_modified_since = SAME })))
  end)
end)

describe("if-unmodified-since", function()
  it("is a 412 for what has changed", function()
    assert_status(412, { if_unmodified_since = OLD })
    assert_status(200, { if_unmodified_since = SAME })
    assert_status(200, { if_unmodified_since = "yesterday" })
  end)
end)

describe("if-range", function()
  local function honours(headers)
    local _, honours_range = evaluate(headers)
    return honours_range
  end

  it("honours a range of what has not changed", function()
    assert.is_true(honours({}))
    assert.is_true(honours({ if_range = '"a"' }))
    assert.is_true(honours({ if_range = SAME }))
  end)

  it("matters only where the request goes on", function()
    assert.is_false(honours({ if_match = '"b"' }))
    assert.is_false(honours({ if_none_match = '"a"' }))
  end)

  it("wants the whole of what has", function()
    for _, header in ipairs({ '"b"', 'W/"a"', OLD, NEW, "nonsense", "" }) do
      assert.is_false(honours({ if_range = header }), header)
    end
  end)
end)

describe("the tag of a file", function()
  it("changes with its size and its time", function()
    local tag = conditional.etag(1000, 784111777.25)

    assert.truthy(tag:find('^"%x+%-%x+"$'))
    assert.not_equal(tag, conditional.etag(1001, 784111777.25))
    assert.not_equal(tag, conditional.etag(1000, 784111777.251))
    assert.equal(tag, conditional.etag(1000, 784111777.25))
  end)
end)
