--- What went wrong with new code, for people: one line that says where. Pure.
local neap_error = require("neap.error")
local reasons = require("neap.reason")
local text = require("neap.text")

local problem = {}

local BYTES = 2000

local function message(value)
  if neap_error.is(value) and value.message then return tostring(value.message) end
  if type(value) == "string" or type(value) == "number" then return tostring(value) end
  return "raised " .. reasons.line(value)
end

--- The line; a message that does not begin with its place gets that of the innermost level of
--- `trace`.
---@param value any      What was raised.
---@param trace? string  One line per level: "web.lua:12: in handler".
---@return string
function problem.line(value, trace)
  local line = text.line(message(value), BYTES)
  if line:find("^[^:]-%.lua:%d+: ") then return line end
  local place = trace and trace:match("([^:\n]-%.lua:%d+): in ")
  return place and place .. ": " .. line or line
end

--- The levels of a trace from the first one on that is the application's, or nil.
---@param trace? string
---@return string?
function problem.stack(trace)
  local lines = {}
  for line in (trace or ""):gmatch("[^\n]+") do
    local is_ours = line:find("^%[") or line:find("^neap/")
    if #lines > 0 or not is_ours then lines[#lines + 1] = line end
  end
  return #lines > 0 and table.concat(lines, "\n") or nil
end

return problem
