--- The options of neap.fs: reads them, with their defaults. Pure.
local check = require("neap.check")

local options = {}

--- The longest string there can be.
local STRING_MAX = 0x7fffff00

local READ = { max = check.bytes, offset = check.bytes, length = check.bytes }
local LIST = { max = check.count }
local STAT = { follow = check.boolean }

---@class neap.ReadOptions
---@field max? number|string     More than this is refused. Default "16MB".
---@field offset? number|string  Where to begin, in bytes from the start. Default 0.
---@field length? number|string  How many bytes at most. Default: up to the end.

---@class neap.ListOptions
---@field max? number  More names than this are refused. Default 100000.

---@class neap.StatOptions
---@field follow? boolean  Tell of what a link leads to. Default true.

local function read(where, given, fields)
  if given == nil then return {} end
  local problems = {}
  local made = check.fields("options", given, fields, problems)
  check.raise(where, problems, 5)
  return made
end

--- The functions below raise in the caller of the public function, which must not tail-call
--- them.
---@param given? neap.ReadOptions
---@return number max
---@return number offset
---@return number length
function options.of_read(given)
  local made = read("neap.fs.read", given, READ)
  return math.min(made.max or 16 * 1024 ^ 2, STRING_MAX), made.offset or 0,
    made.length or math.huge
end

---@param given? neap.ListOptions
---@return number max
function options.of_list(given)
  local made = read("neap.fs.list", given, LIST)
  return math.min(made.max or 100000, STRING_MAX)
end

---@param given? neap.StatOptions
---@return boolean follow
function options.of_stat(given)
  local made = read("neap.fs.stat", given, STAT)
  return made.follow ~= false
end

return options
