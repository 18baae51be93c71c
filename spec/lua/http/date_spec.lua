local date = require("neap.http.date")

describe("date.format", function()
  it("writes the form that is sent", function()
    assert.equal("Sun, 06 Nov 1994 08:49:37 GMT", date.format(784111777))
    assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", date.format(0))
  end)

  it("knows leap years", function()
    assert.equal("Tue, 29 Feb 2000 23:59:59 GMT", date.format(951868799))
    assert.equal("Wed, 01 Mar 2000 00:00:00 GMT", date.format(951868800))
    assert.equal("Sun, 28 Feb 2100 23:59:59 GMT", date.format(4107542399))
    assert.equal("Mon, 01 Mar 2100 00:00:00 GMT", date.format(4107542400))
  end)

  it("leaves fractions out", function()
    assert.equal("Sun, 06 Nov 1994 08:49:37 GMT", date.format(784111777.999))
  end)

  it("stays within the years that have four digits", function()
    assert.equal("Fri, 31 Dec 9999 23:59:59 GMT", date.format(1e300))
    assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", date.format(-1))
  end)

  it("agrees with the system's calendar, day by day", function()
    for day = 0, 100000, 13 do
      local seconds = day * 86400 + day % 86400
      assert.equal(os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds), date.format(seconds))
    end
  end)
end)

describe("date.parse", function()
  it("reads the three forms", function()
    assert.equal(784111777, date.parse("Sun, 06 Nov 1994 08:49:37 GMT"))
    assert.equal(784111777, date.parse("Sunday, 06-Nov-94 08:49:37 GMT"))
    assert.equal(784111777, date.parse("Sun Nov  6 08:49:37 1994"))
  end)

  it("is the other way of format, day by day", function()
    for day = 0, 2932896, 997 do
      local seconds = day * 86400 + day % 86400
      assert.equal(seconds, date.parse(date.format(seconds)))
    end
  end)

  it("takes years of two digits from 1970 on", function()
    assert.equal(date.parse("Thu, 01 Jan 1970 00:00:00 GMT"),
      date.parse("Thursday, 01-Jan-70 00:00:00 GMT"))
    assert.equal(date.parse("Tue, 31 Dec 2069 00:00:00 GMT"),
      date.parse("Tuesday, 31-Dec-69 00:00:00 GMT"))
  end)

  it("takes a leap second as the one after", function()
    assert.equal(date.parse("Sun, 01 Jan 2017 00:00:00 GMT"),
      date.parse("Sat, 31 Dec 2016 23:59:60 GMT"))
  end)

  it("gives nil for what is no date", function()
    for _, bad in ipairs({ "", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 29 Feb 2100 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
      "784111777", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
      "Sun, 06 Nov 1994 08:49:37 GMT\0", ("a"):rep(1048576) }) do
      assert.is_nil(date.parse(bad), bad:sub(1, 60))
    end
  end)
end)
