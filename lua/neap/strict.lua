--- Globals that must have been set before they are read: `strict = true` in app.lua. Pure.
local suggest = require("neap.suggest")
local text = require("neap.text")

local strict = {}

local error, type = error, type

--- Raises where a global is read that is not there: also one that was set to nil.
local function unknown(globals, name)
  local shown = type(name) == "string" and text.of(name, 60) or text.of(name)
  local hint = suggest.hint(name, text.keys(globals, 1000))
  error("undefined global " .. shown .. hint, 2)
end

--- For the table of globals. A script may take it away again: it keeps from slips, not from harm.
strict.metatable = { __index = unknown }

return strict
