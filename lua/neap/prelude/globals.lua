--- The globals that scripts see: an allow-list.
---
--- The libraries that stay whole are the state's own tables (strings find theirs through
--- their metatable); what is cut down is a new table.
local globals = {}

local error, getmetatable, rawget, select, tostring, type =
  error, getmetatable, rawget, select, tostring, type
local byte, concat, find = string.byte, table.concat, string.find

local KEPT = {
  "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pcall",
  "rawequal", "rawget", "rawset", "select", "setmetatable", "tonumber", "tostring", "type",
  "unpack", "xpcall", "string", "table", "math", "bit",
}

local OS = { "difftime" }

--- What they tell is another each time: the host has to know that they were asked.
local CLOCKS = { "time", "date", "clock" }

local function picked(from, keys)
  local result = {}
  for _, key in ipairs(keys) do result[key] = from[key] end
  return result
end

--- The text that `load` was given, as a string or piece by piece.
local function text_of(source)
  if type(source) ~= "function" then return source end
  local pieces = {}
  for piece in source do
    if piece == "" then break end
    pieces[#pieces + 1] = piece
  end
  return concat(pieces)
end

--- `load` of text only: bytecode can break out of the VM.
local function load_text(load, forget_ffi)
  local function loaded(...)
    forget_ffi()                             -- a literal such as 1LL registers it
    return ...
  end
  return function(source, name, mode, env)
    if type(source) ~= "string" and type(source) ~= "function" then
      error("load: the source is a " .. type(source) .. "; expected a string or function", 2)
    end
    if mode ~= nil and not find(tostring(mode), "t", 1, true) then
      return nil, "attempt to load bytecode; only text can be loaded"
    end
    local code = text_of(source)
    if byte(code, 1) == 27 then
      return nil, "attempt to load bytecode; only text can be loaded"
    end
    name = name or type(source) == "string" and code or "=(load)"
    if env == nil then return loaded(load(code, name, "t")) end
    return loaded(load(code, name, "t", env))
  end
end

local function collector(collectgarbage)
  return function(option)
    if option == nil or option == "collect" then return collectgarbage("collect") end
    if option == "count" then return collectgarbage("count") end
    error('collectgarbage: "' .. tostring(option) .. '" is not allowed; expected "collect"'
      .. ' or "count"', 2)
  end
end

local function printer(host)
  local print_line = host.print
  return function(...)
    local parts = { ... }
    for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
    print_line(concat(parts, "\t"))
  end
end

--- `pairs` that also looks through `__pairs`, as Lua 5.2's does (read-only views have it).
local function pairs_of(pairs)
  return function(t)
    local metatable = getmetatable(t)
    local custom = type(metatable) == "table" and rawget(metatable, "__pairs")
    if custom then return custom(t) end
    return pairs(t)
  end
end

--- Makes the globals out of those of a fresh state, which it changes: `string` loses `dump`,
--- and the metatable of strings is hidden.
---@param raw table   The globals that LuaJIT made.
---@param host table
---@return table
function globals.make(raw, host)
  local made = picked(raw, KEPT)
  raw.string.dump = nil
  raw.getmetatable("").__metatable = false
  made.os = picked(raw.os, OS)
  for _, key in ipairs(CLOCKS) do made.os[key] = host.of_os(raw.os[key]) end
  made.os.getenv = host.getenv
  made.debug = { traceback = host.traceback }
  made.load = load_text(raw.load, host.forget_ffi)
  local load = made.load
  made.loadstring = function(source, name) return load(source, name) end
  made.collectgarbage = collector(raw.collectgarbage)
  made.print = printer(host)
  made.pairs = pairs_of(raw.pairs)
  return made
end

return globals
