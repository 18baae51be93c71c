local coroutines = require("neap.prelude.coroutines")

local WAIT = {}

-- PUC Lua 5.1 has no isyieldable; here everything is.
local raw = setmetatable({ isyieldable = function() return true end }, { __index = coroutine })

--- Runs `body` as the host would: each WAIT is answered with `answers` in turn.
local function host_runs(body, answers)
  local co = coroutine.create(body)
  local ok, value = coroutine.resume(co)
  while value == WAIT do
    ok, value = coroutine.resume(co, table.remove(answers, 1))
  end
  return ok, value
end

describe("coroutines of scripts", function()
  local function take_kept() return WAIT end
  local made = coroutines.make(raw, { WAIT = WAIT, take_kept = take_kept })
  local function blocking() return coroutine.yield(WAIT) end

  it("pass a blocking call up, and its result down", function()
    local _, result = host_runs(function()
      local step = made.wrap(function()
        made.yield(blocking())
        return "end"
      end)
      return { step(), step() }
    end, { "answer" })

    assert.same({ "answer", "end" }, result)
  end)

  it("pass it through coroutines within coroutines", function()
    local _, result = host_runs(function()
      return made.wrap(function() return made.wrap(blocking)() .. "!" end)()
    end, { "deep" })

    assert.equal("deep!", result)
  end)

  it("are otherwise Lua's own", function()
    local co = made.create(function(a) return made.yield(a + 1), nil end)

    assert.same({ true, 2 }, { made.resume(co, 1) })
    assert.equal(3, select("#", made.resume(co, "x")))
    assert.equal("dead", made.status(co))
    assert.is_false((made.resume(co)))
  end)

  it("raise out of wrap what was raised inside", function()
    assert.has_error(function() made.wrap(function() error("boom", 0) end)() end, "boom")
  end)
end)
