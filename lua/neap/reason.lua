--- Exit reasons for people: one readable line for any of them. Pure.
local text = require("neap.text")

local reason = {}

--- The kinds whose message already says what they are.
local PLAIN = { error = true, limit = true, fault = true }

local function with_kind(value)
  local message = rawget(value, "message")
  if message == nil then return text.of(value) end
  message = text.line(tostring(message))
  return PLAIN[value.kind] and message or value.kind .. ": " .. message
end

local line

local function of_table(value)
  if type(rawget(value, "kind")) == "string" then return with_kind(value) end
  local first = rawget(value, 1)
  if first == "shutdown" and value[2] ~= nil then return "shutdown: " .. line(value[2]) end
  if first == "failed_to_start_child" then
    return ("child %s did not start: %s"):format(tostring(value[2]), line(value[3]))
  end
  return text.of(value)
end

function line(value)
  if type(value) == "string" then return text.line(value) end
  if type(value) == "table" then return of_table(value) end
  return text.of(value)
end

--- One readable line for any exit reason or error object.
---@param value any
---@return string
function reason.line(value)
  return text.line(line(value))
end

--- True for the reasons of a process that ended in order: no crash, no transient restart.
---@param value any
---@return boolean
function reason.is_orderly(value)
  if value == "normal" or value == "shutdown" then return true end
  return type(value) == "table" and rawget(value, 1) == "shutdown"
end

return reason
