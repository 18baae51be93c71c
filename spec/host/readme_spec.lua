local node = require("spec.support.node")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

--- The pattern of a line of output in the README, where "..." stands for what was cut.
local function pattern_of(line)
  local plain = line:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".*")
  return "\n%d+%-%d+%-%d+ [%d:.]+ " .. plain .. "\n"
end

describe("README.md", function()
  after_each(node.cleanup)

  it("shows a program, and what it really prints", function()
    local program, shown = read("README.md"):match("```lua\n(.-)```%s+```\n(.-)```")
    local dir = node.folder({ ["adder.lua"] = program })

    local printed, code = node.run({ "run", dir .. "/adder.lua" })

    assert.equal(0, code)
    for line in shown:gmatch("[^\n]+") do
      assert.truthy(("\n" .. printed):find(pattern_of(line)), line .. "\nis not in\n" .. printed)
    end
    assert.equal(select(2, shown:gsub("\n", "\n")) + 2, select(2, printed:gsub("\n", "\n")))
  end)
end)
