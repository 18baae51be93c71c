--- Exit reasons for people: one readable line for any of them. Pure.
local text = require("neap.text")

local reason = {}

--- Supervisors below each other in one reason: a table can hold itself.
local DEPTH = 20

--- The kinds whose message already says what they are.
local PLAIN = { error = true, limit = true, fault = true }

local function with_kind(value)
  local message = rawget(value, "message")
  if message == nil then return text.of(value) end
  message = text.line(tostring(message))
  return PLAIN[value.kind] and message or value.kind .. ": " .. message
end

local function item(value, i)
  return type(value) == "table" and rawget(value, i) or nil
end

--- What a supervisor ends with when a child does not start: { "failed_to_start_child", id,
--- reason }, alone or behind "shutdown"; else nil.
local function failed_start(value)
  if item(value, 1) == "shutdown" then value = item(value, 2) end
  return item(value, 1) == "failed_to_start_child" and value or nil
end

local line

--- From supervisor to supervisor down to the child itself, as a path of ids.
local function of_failed_start(failed)
  local path, why = {}, nil
  while failed and #path < DEPTH do
    path[#path + 1], why = tostring(item(failed, 2)), item(failed, 3)
    failed = failed_start(why)
  end
  return ("child %s did not start: %s"):format(table.concat(path, "/"),
    failed and "..." or line(why))
end

local function of_table(value)
  if type(rawget(value, "kind")) == "string" then return with_kind(value) end
  local failed = failed_start(value)
  if failed then return of_failed_start(failed) end
  local cause = item(value, 1) == "shutdown" and item(value, 2) or nil
  if cause ~= nil and item(cause, 1) ~= "shutdown" then return "shutdown: " .. line(cause) end
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
