--- A request as a handler sees it. What takes work is done when it is asked for.
local host = require("neap.host")
local neap_error = require("neap.error")
local url = require("neap.http.url")

local request = {}

local gmatch, lower, rawset, setmetatable, type = string.gmatch, string.lower, rawset,
  setmetatable, type

---@class neap.Request
---@field method string    "GET".
---@field path string      As it was sent, without the query: "/users/7".
---@field params table     What the route's pattern matched: { id = "7" }.
---@field query table      The first value of each name, decoded.
---@field query_all table  A list of values for each name.
---@field headers table    By name, in any case; repeated ones are joined with ", ".
---@field peer { address: string, port: integer }
---@field id number        No other request of the node has it.
local Request = {}

local Headers = {
  __index = function(headers, name)
    if type(name) ~= "string" then return nil end
    local small = lower(name)
    if small ~= name then return headers[small] end
  end,
}

local lazy = {}

function lazy.headers(self)
  return setmetatable(host.http_headers(self.id), Headers)
end

function lazy.query_all(self)
  local first, all = url.parse_query(self._query or "")
  self.query = first
  return all
end

function lazy.query(self)
  local first, all = url.parse_query(self._query or "")
  self.query_all = all
  return first
end

function lazy.peer(self)
  local address, port = host.http_peer(self.id)
  return { address = address, port = port }
end

function lazy.params() return {} end

function Request.__index(self, key)
  local method = Request[key]
  if method then return method end
  local make = lazy[key]
  if not make then return nil end
  local value = make(self)
  rawset(self, key, value)
  return value
end

--- The body, as a string.
---@return string
function Request:body()
  local body = self._body
  if not body then
    body = host.http_body(self.id)
    self._body = body
  end
  return body
end

--- The body as JSON.
---@return any value  nil and an error of kind "invalid" if it is none.
---@return neap.Error?
function Request:json()
  local ok, value = pcall(require("cjson").decode, self:body())
  if ok then return value end
  return nil, neap_error.new("invalid", "the body is no JSON: " .. tostring(value))
end

--- The body as a form (application/x-www-form-urlencoded).
---@return table? first  The first value of each name; nil and an error if it has too many.
---@return table|neap.Error all  A list of values for each name.
function Request:form()
  return url.parse_form(self:body())
end

local PAIRS_MAX = 1000

--- Only a long one can have too many, and is worth the look.
local function has_too_many(query)
  if #query <= PAIRS_MAX then return false end
  local count = 0
  for _ in gmatch(query, "&") do count = count + 1 end
  return count >= PAIRS_MAX
end

--- Makes a request; nil if its query is no query.
function request.new(id, method, path, query)
  if query and has_too_many(query) then return nil end
  return setmetatable({ id = id, method = method, path = path, _query = query }, Request)
end

return request
