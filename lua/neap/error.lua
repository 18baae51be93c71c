--- Error objects: what functions give after nil when something expected went wrong. Pure.
local neap_error = {}

--- The closed list of kinds.
---@alias neap.ErrorKind
---| "already_present" | "already_started" | "closed" | "deadlock" | "error" | "exit" | "fault"
---| "file" | "full" | "ignore" | "invalid" | "limit" | "max_children" | "memory"
---| "no_such_call" | "noproc" | "not_found" | "restarting" | "running" | "start_failed"
---| "system" | "taken" | "timeout"

---@class neap.Error
---@field kind neap.ErrorKind
---@field message string  A sentence for people.
---@field reason? any     Why the other process ended.
---@field code? string    Of kind "file": the system's name of the error, "ENOENT".
---@field path? any       Of kind "file": the path as it was given. Of "deadlock": who waits.
---@field traceback? string

--- A field as text. A script can put what it likes there, also the object itself.
local function shown(field)
  return type(field) == "table" and "{...}" or tostring(field)
end

--- The metatable of every error object; a message keeps it.
neap_error.metatable = {
  __tostring = function(self)
    return shown(self.kind) .. ": " .. shown(self.message or "")
  end,
  __concat = function(a, b) return tostring(a) .. tostring(b) end,
}

--- Makes an error object.
---@param kind neap.ErrorKind
---@param message string
---@param details? table  Its fields become fields of the object.
---@return neap.Error
---Example: `return nil, neap_error.new("full", "no room", { max = 10 })`
function neap_error.new(kind, message, details)
  local object = setmetatable({ kind = kind, message = message }, neap_error.metatable)
  for key, value in next, details or {} do object[key] = value end
  return object
end

---@param value any
---@return boolean
function neap_error.is(value)
  return type(value) == "table" and getmetatable(value) == neap_error.metatable
end

--- The exit reason of a process that raised `value`.
---@param value any
---@param traceback? string
---@return neap.Error
function neap_error.raised(value, traceback)
  local message = neap_error.is(value) and value.message or tostring(value)
  return neap_error.new("error", message, { value = value, traceback = traceback })
end

return neap_error
