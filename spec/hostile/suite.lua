--- Makes the specs of one collection of hostile scripts: one node runs them all, so that what
--- one leaves behind would meet the next; each script has its `it`.
---
---     require("spec.hostile.suite").of("loops", "endless loops")
---
--- A collection returns a list of { name, run = function(victim, tag), ends, says, limits }.
--- `ends` is how the process must end, or a list of what is allowed: "cpu" or "memory" (the
--- limits), "error" (with `says` in its message), "normal", or another reason.
local node = require("spec.support.node")
local busted = require("busted")
local assert = require("luassert")

local describe, it, setup, teardown = busted.describe, busted.it, busted.setup, busted.teardown

local suite = {}

local WORKERS = "2"
local STAFF = 2      -- processes of the arena that are there at the end: main and the victim

local function read(name)
  local file = assert(io.open("spec/hostile/" .. name .. ".lua"))
  local text = file:read("*a")
  file:close()
  return text
end

local function start(name)
  return node.script(read("arena"), {
    files = { [name .. ".lua"] = read(name) },
    args = { name },
    options = { "--workers", WORKERS, "--log-level", "info" },
  })
end

--- What the arena printed: { [index] = "ok" or the problem }, and its last line's fields.
local function results(output)
  local cases, fields = {}, {}
  for index, found in output:gmatch("case (%d+) ([^\n]*)") do cases[tonumber(index)] = found end
  for key, value in (output:match("arena (calls=[^\n]*)") or ""):gmatch("(%w+)=(%S+)") do
    fields[key] = value
  end
  return cases, fields
end

--- Processes that are there now, besides the kinds that the arena itself has.
local function census(n)
  local out = n:cli("ps", "--json")
  local _, count = out:gsub('"pid"', "")
  return count, out
end

--- Raises with the processes that are left: what was cut loose may take a moment to end.
local function settled(n)
  local left
  local done = pcall(n.until_true, n, "the end of the rest", function()
    local count, text = census(n)
    left = text
    return count == STAFF
  end)
  if not done then error(left, 0) end
end

local function finish(seen, name)
  local n = start(name)
  n:eventually("arena calls=")
  seen.cases, seen.arena = results(n:output())
  seen.tidy, seen.census = pcall(settled, n)
  seen.code = n:stop()
end

---@param name string   The file in this folder.
---@param title string
function suite.of(name, title)
  local cases = dofile("spec/hostile/" .. name .. ".lua")
  local seen = {}

  describe("hostile: " .. title, function()
    setup(function() finish(seen, name) end)
    teardown(node.cleanup)

    for index, case in ipairs(cases) do
      it(case.name, function() assert.equal("ok", seen.cases[index] or "it was not run") end)
    end

    it("NEAP-10 leave a service answering: no call is lost, none is wrong", function()
      assert.equal("0", seen.arena.lost)
      assert.equal(seen.arena.calls, seen.arena.taken)
    end)

    it("NEAP-12 leave nothing behind", function()
      assert.equal("true", seen.arena.tidy)
      assert.is_true(seen.tidy, seen.census)
    end)

    it("leave a node that stops in order", function()
      assert.equal(0, seen.code)
    end)
  end)
end

return suite
