--- `require`: modules of the library and of the application, in a table of its own.
---
--- Scripts may require the public modules of the library; the library may require all.
local loader = {}

local concat, ipairs, next, pcall, type, error = table.concat, ipairs, next, pcall, type, error
local find, sub = string.find, string.sub

--- Written in C and part of the program. Their names are taken: a file of the application that
--- is called cjson.lua is not looked at.
local NATIVE = { ["cjson"] = true, ["cjson.safe"] = true, ["lpeg"] = true }

local PUBLIC = { ["neap"] = true, ["neap.service"] = true, ["neap.supervisor"] = true,
  ["neap.http"] = true, ["neap.http.router"] = true, ["neap.fs"] = true }

local Loader = {}
Loader.__index = Loader

local function is_library(name)
  return name == "neap" or sub(name, 1, 5) == "neap."
end

local function is_name(name)
  return find(name, "^[%w_%-][%w_%-.]*$") and sub(name, -1) ~= "." and not find(name, "..", 1, true)
end

local function keys_of(t, keys)
  keys = keys or {}
  for key in next, t do keys[#keys + 1] = key end
  return keys
end

function Loader:_hint(name, words)
  return self.require_any("neap.suggest").hint(name, words)
end

function Loader:_missing(name, searched)
  local hint = self:_hint(name, is_library(name) and keys_of(PUBLIC)
    or keys_of(NATIVE, keys_of(self.loaded)))
  error(("there is no module %q%s%s"):format(name, searched and " (searched " .. searched .. ")"
    or "", hint), 0)
end

function Loader:_check(name, any)
  if type(name) ~= "string" then
    error("require: the name is a " .. type(name) .. "; expected a string", 0)
  end
  if not is_name(name) then
    error(("require: %q is not a module name; expected parts of letters, digits, _ and -, "
      .. "joined by dots"):format(name), 0)
  end
  if any or PUBLIC[name] or not is_library(name) then return end
  if self.library(name) or self.loaded[name] then
    error(("module %q is internal to neap"):format(name), 0)
  end
  self:_missing(name)
end

--- What makes the module of that name, which is none of the library's; or nil and what was
--- searched.
---@param name string
---@return function? chunk
---@return any code     The number of its code, if it is the application's.
---@return string? source  What its code is called in stacks.
function Loader:source(name)
  if NATIVE[name] then return self.host.native(name) end
  return self.host.source(name)
end

--- The chunk of a module. One of the library runs in the environment of the library.
function Loader:_chunk(name)
  if not is_library(name) then
    local chunk, code, source = self:source(name)
    if not chunk then self:_missing(name, code) end
    if source then self.codes[name], self.sources[source] = code, name end
    return chunk
  end
  local chunk = self.library(name) or self:_missing(name)
  if self.private then self.setfenv(chunk, self.private) end
  return chunk
end

--- Names the circle, if `name` is being loaded already.
function Loader:_check_circle(name)
  local chain = self.loading
  for i = 1, #chain do
    if chain[i] == name then
      error(("module %q requires itself: %s -> %s"):format(name, concat(chain, " -> ", i),
        name), 0)
    end
  end
end

--- Not protected with xpcall: what goes wrong is raised again as it is, and a module that
--- failed may be tried again.
function Loader:_run(name, chunk)
  local chain = self.loading
  local depth = #chain + 1
  chain[depth] = name
  local ok, value = self.call(chunk, name)
  for i = #chain, depth, -1 do chain[i] = nil end
  if not ok then error(value, 0) end
  return value
end

--- What modules hold has changed: what was known by name is looked up anew.
function Loader:note_change()
  self.changes = self.changes + 1
end

--- Modules that are loaded again when they are asked for again; those that hold them keep them.
---@param names string[]
function Loader:forget(names)
  for _, name in ipairs(names) do self.loaded[name] = nil end
  local order = {}
  for _, name in ipairs(self.order) do
    if self.loaded[name] ~= nil then order[#order + 1] = name end
  end
  self.order = order
  self:note_change()
end

function Loader:_load(name)
  self:_check_circle(name)
  local value = self:_run(name, self:_chunk(name))
  if value == nil then value = true end
  self.loaded[name] = value
  self.order[#self.order + 1] = name
  self:note_change()
  return value
end

--- Tells the node, once, that `from` needs `to`.
function Loader:_note_edge(from, to)
  local known = self.edges[from] or {}
  self.edges[from] = known
  if known[to] or from == to then return end
  known[to] = true
  self.host.note_require(from, to)
end

--- Who required `name`: the module that is being loaded, and the one whose code called, which
--- can be another, or long loaded. Where no module called, it is the process's own.
function Loader:_note(name)
  local loading = self.loading[#self.loading]
  local caller = self.sources[self.host.caller()]
  if loading then self:_note_edge(loading, name) end
  if caller then self:_note_edge(caller, name) end
  if not loading and not caller and self.entry then self:_note_edge(self.entry, name) end
end

--- A name that was loaded is a good one; those of the library are not for everybody.
function Loader:_require(name, any)
  local value = self.loaded[name]
  if value ~= nil and any then return value end
  if value == nil or not self.codes[name] then self:_check(name, any) end
  if value == nil then value = self:_load(name) end
  if not any and self.codes[name] then self:_note(name) end
  return value
end

--- Makes a loader; `require` is for scripts, `require_any` for the library.
---@param host table     source, native, caller, note_require.
---@param library fun(name: string): function?  The embedded modules.
---@return table
function loader.new(host, library)
  local self = setmetatable({
    host = host,
    library = library,
    loaded = { ["neap.host"] = host },
    order = {},
    loading = {},
    codes = {},     -- by module: the number of its code; of the application's only
    sources = {},   -- what the code of a module is called in stacks -> the module
    edges = {},     -- what the node knows already of who requires whom
    changes = 0,    -- of `loaded`
    call = pcall,   -- runs a module; the trial of a reload wants to know more
  }, Loader)
  self.loaded["neap.loader"] = self
  self.require = function(name) return self:_require(name, false) end
  self.require_any = function(name) return self:_require(name, true) end
  return self
end

return loader
