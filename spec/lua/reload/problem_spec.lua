local neap_error = require("neap.error")
local problem = require("neap.reload.problem")

local TRACE = "[C]: in error\nweb.lua:12: in helper\nweb.lua:20: in main chunk"

describe("a problem with new code", function()
  it("is its message, which says where", function()
    assert.equal("web.lua:3: boom", problem.line("web.lua:3: boom", TRACE))
    assert.equal("lib/web.lua:3: boom", problem.line("lib/web.lua:3: boom"))
  end)

  it("has the place of the innermost level, if the message has none", function()
    assert.equal("web.lua:12: boom", problem.line("boom", TRACE))
    assert.equal("boom", problem.line("boom"))
  end)

  it("has a place of the application's, not the library's", function()
    local trace = "[C]: in error\nneap/prelude/loader.lua:43: in require\nweb.lua:3: in main chunk"

    assert.equal("web.lua:3: no module", problem.line("neap/prelude/loader.lua:43: no module", trace))
    assert.equal("web.lua:3: no module", problem.line("no module", trace))
    assert.equal("neap/x.lua:4: bug", problem.line("neap/x.lua:4: bug", "neap/x.lua:4: in f"))
  end)

  it("shows what was raised, if that is no text", function()
    assert.equal("web.lua:12: raised {code = 7}", problem.line({ code = 7 }, TRACE))
    assert.equal("web.lua:12: raised nil", problem.line(nil, TRACE))
  end)

  it("is the message of an error object", function()
    assert.equal("web.lua:12: no disk", problem.line(neap_error.new("closed", "no disk"), TRACE))
  end)

  it("has the stack from the application's code on", function()
    assert.equal("web.lua:12: in helper\nweb.lua:20: in main chunk", problem.stack(TRACE))
    assert.equal("web.lua:3: in f\n[C]: in sort", problem.stack(
      "[C]: in error\nneap/guard.lua:18: in spawn\nweb.lua:3: in f\n[C]: in sort"))
    assert.is_nil(problem.stack("[C]: in error"))
    assert.is_nil(problem.stack(nil))
  end)

  it("is one line", function()
    assert.equal("web.lua:3: a", problem.line("web.lua:3: a\nb"))
  end)
end)
