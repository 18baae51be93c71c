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

--- Where the application's code was, innermost: "web.lua:12", or nil.
local function place_in(trace)
  for place in (trace or ""):gmatch("([^:\n]-%.lua:%d+): in ") do
    if not place:find("^neap/") then return place end
  end
end

--- The line; a message that does not begin with its place gets that of the innermost level of
--- `trace` that is the application's, and so does one that begins with a place of the library.
---@param value any      What was raised.
---@param trace? string  One line per level: "web.lua:12: in handler".
---@return string
function problem.line(value, trace)
  local line = text.line(message(value), BYTES)
  local place, rest = place_in(trace), line:match("^neap/[^:]-%.lua:%d+: (.*)$")
  if line:find("^[^:]-%.lua:%d+: ") and not (place and rest) then return line end
  return place and place .. ": " .. (rest or line) or line
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
