local node = require("spec.support.node")

--- Each script with the line that its trace begins with, or nil where none can be read.
local SCRIPTS = [[
  local function spin() while true do local f = function() return 1 end f() end end
  local function grow() local t = {} while true do t[#t + 1] = { #t } end end
  local scripts = {
    { "a loop", "cpu", "in spin", function() spin() end },
    { "arithmetic", "cpu", "main.lua:", function() local x = 0 while true do x = x + 1 end end },
    { "pcall", "cpu", "", function() while true do pcall(error, "x") end end },
    { "a handler", "cpu", "main.lua:",
      function() xpcall(function() error("a") end, function() while true do end end) end },
    { "a comparator", "cpu", "main.lua:", function()
      table.sort({ 1, 2, 3 }, function() while true do end end)
    end },
    { "host calls", "cpu", "", function() while true do neap.self() end end },
    { "a coroutine", "cpu", "main.lua:1: in .*resumed by\nmain.lua:",
      function() coroutine.wrap(spin)() end },
    { "tables", "memory", "in grow", function() grow() end },
    { "a string", "memory", "main.lua:",
      function() local s = "x" while true do s = s .. s end end },
    { "one string", "memory", "in .-\nmain.lua:", function() return #("x"):rep(1e9) end },
    { "a coroutine that grows", "memory", "main.lua:2: in .*resumed by\nmain.lua:",
      function() coroutine.wrap(grow)() end },
    { "counted", "instructions", "in spin", function() spin() end, { instructions = 100000 } },
  }
]]

local JUDGE = [[
  local function reason_of(run, jit, limits)
    local _, ref = neap.spawn_monitor({ run = run, jit = jit,
      limits = limits or { cpu = "50ms", memory = "8MB" } })
    return neap.receive({ "DOWN", ref })[4]
  end
]]

describe("the reason of a limit", function()
  after_each(node.cleanup)

  it("says where the script stood", function()
    local printed = node.check(SCRIPTS .. JUDGE .. [[
      for _, script in ipairs(scripts) do
        local name, limit, expected, run, limits = unpack(script, 1, 5)
        local reason = reason_of(run, false, limits)
        expect.equal(limit, reason.limit, name)
        expect.truthy((reason.traceback or "none"):find(expected), name .. ": "
          .. tostring(reason.traceback))
        expect.truthy(reason.traceback:find("in function <main.lua:%d+>$"), name .. ": its end: "
          .. tostring(reason.traceback))
      end ]])
    assert.truthy(printed:find("main.lua:%d+: in spin\n"), "the log shows it: " .. printed)
  end)

  it("says of compiled code the truth, or nothing", function()
    node.check(SCRIPTS .. JUDGE .. [[
      for _, script in ipairs(scripts) do
        local name, limit, _, run, limits = unpack(script, 1, 5)
        if limit ~= "instructions" then
          local trace = reason_of(run, true, limits).traceback
          for line in (trace or ""):gmatch("[^\n]+") do
            expect.truthy(line:find("^main.lua:%d+: in ") or line:find("^%[C%]: in ")
              or line == "resumed by", name .. ": " .. trace)
          end
        end
      end
      local trace = reason_of(function() grow() end, true).traceback
      expect.truthy(trace:find("^main.lua:2: in compiled function <main.lua:2>\n"), trace) ]])
  end)

  it("says nothing of one long call of a C function", function()
    node.check(JUDGE .. [[
      local reason = reason_of(function() local s = ("a"):rep(3000) s:find(".-.-.-b") end, false)
      expect.equal("cpu", reason.limit)
      expect.equal(nil, reason.traceback) ]])
  end)
end)
