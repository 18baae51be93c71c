local node = require("spec.support.node")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("README.md", function()
  after_each(node.cleanup)

  it("shows a program that does what is said of it", function()
    local program = read("README.md"):match("```lua\n(.-)```")

    local n = node.script(program)

    assert.equal(0, n:wait())
    for _, text in ipairs({ "total 12", "process.crash id=adder", "refused: main.lua:7: attempt to perform",
      "child.restart id=adder", "total 5" }) do
      assert.truthy(n:output():find(text, 1, true), n:output())
    end
  end)
end)
