--- Runs an example as its readers do, and gives the lines that its scripts printed.
local node = require("spec.support.node")

local example = {}

local function printed_lines(n)
  local lines = {}
  for line in n:output():gmatch("[^\n]+") do
    local text = line:match("^%S+ %S+ info  %d+%.%d+ (.*)$")
    if text then lines[#lines + 1] = text end
  end
  return lines
end

--- Runs it to its end, which must be exit code 0.
---@param file string
---@return string[] lines   What `print` wrote, without time and pid.
---@return string output    Everything.
function example.run(file)
  local n = node.start({ "run", "examples/" .. file })
  local code = n:wait()
  if code ~= 0 then error(("exit code %s:\n%s"):format(code, n:output()), 2) end
  return printed_lines(n), n:output()
end

--- How often `text` (plain) is in `output`.
function example.count(output, text)
  local _, seen = output:gsub(text:gsub("%p", "%%%0"), "")
  return seen
end

return example
