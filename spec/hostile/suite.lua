--- Makes the specs of one collection of hostile scripts: one node runs them all, so that what
--- one leaves behind would meet the next; each script has its `it`.
---
---     require("spec.hostile.suite").of("loops", "endless loops")
---
--- A collection returns a list of { name, run = function(victim, tag), ends, says, limits }, and
--- perhaps `files`, which lie beside it. `ends` is how the process must end, or a list of what is
--- allowed: "cpu" or "memory" (the limits), "error" (with `says` in its message), "normal", or
--- another reason.
local arena = require("spec.hostile.first")
local busted = require("busted")
local assert = require("luassert")

local describe, it, setup, teardown = busted.describe, busted.it, busted.setup, busted.teardown

local suite = {}

---@param name string   The file in this folder.
---@param title string
function suite.of(name, title)
  local cases = dofile("spec/hostile/" .. name .. ".lua")
  local seen = {}

  describe("hostile: " .. title, function()
    setup(function() seen = arena.run(name, cases.files) end)
    teardown(arena.cleanup)

    for index, case in ipairs(cases) do
      it(case.name, function() assert.equal("ok", seen.cases[index] or "it was not run") end)
    end

    it("NEAP-10 leave a service answering: no call is lost, none is wrong", function()
      assert.equal("0", seen.arena.lost)
      assert.same({}, seen.wrong)
      assert.equal(tonumber(seen.arena.calls) + seen.asked, tonumber(seen.arena.taken))
    end)

    it("NEAP-12 leave nothing behind", function()
      assert.equal("true", seen.arena.tidy)
      assert.is_true(seen.settled, seen.census)
    end)

    it("leave a node that stops in order", function()
      assert.equal(0, seen.code)
    end)
  end)
end

return suite
