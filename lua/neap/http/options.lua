--- The options of a server: reads the table in `start = { "neap.http", { ... } }`. Pure.
local check = require("neap.check")
local limits = require("neap.limits")
local program = require("neap.program")
local units = require("neap.units")

local options = {}

---@class neap.HttpOptions
---@field listen string         "ADDRESS:PORT", such as "127.0.0.1:8080" or "[::1]:8080"; port 0
--- is any that is free.
---@field handler string|function  A module that returns a router or a function(req, res);
--- "module:function"; a function.
---@field pool? { max?: integer }  How many requests are handled at once. Default 1000.
---@field limits? neap.Limits      Of the processes that handle requests.
---@field max_body? number|string  Bytes of a request's body. Default "8MB".
---@field idle_timeout? number|string     Of a connection between requests. Default "60s".
---@field request_timeout? number|string  From the request to the response. Default "30s".
---@field max_requests? integer    Requests until a process is replaced. Default 10000.
---@field fresh? boolean           Each request has a new process. Default false.

local POOL_MAX = 1000
local DEFAULTS = {
  max_body = 8 * 1024 ^ 2,
  idle_timeout = 60 * 1000,
  request_timeout = 30 * 1000,
  max_requests = 10000,
  fresh = false,
}

-- Addresses --------------------------------------------------------------------------------

local function is_ip4(text)
  local count = 0
  for part in (text .. "."):gmatch("(.-)%.") do
    count = count + 1
    if not part:find("^%d%d?%d?$") or tonumber(part) > 255 then return false end
    if #part > 1 and part:sub(1, 1) == "0" then return false end
  end
  return count == 4
end

--- How many of the eight groups of an IPv6 address the text has; nil if it has something else.
local function count_groups(text)
  local count = 0
  if text == "" then return 0 end
  for group in (text .. ":"):gmatch("(.-):") do
    if not group:find("^%x%x?%x?%x?$") then return nil end
    count = count + 1
  end
  return count
end

local function is_ip6(text)
  local head, last = text:match("^(.*:)([^:]*%.[^:]*)$")
  if head then                                  -- "::ffff:127.0.0.1": the last two groups
    if not is_ip4(last) then return false end
    text = head .. "0:0"
  end
  local before, after = text:match("^(.-)::(.*)$")
  if not before then return count_groups(text) == 8 end
  local a, b = count_groups(before), count_groups(after)
  return a ~= nil and b ~= nil and a + b < 8
end

--- The host and the port of "127.0.0.1:8080" or "[::1]:8080"; nil if it is neither.
local function split_address(value)
  if type(value) ~= "string" or #value > 100 then return nil end
  local host, port = value:match("^([%d.]+):(%d+)$")
  local valid = host and is_ip4(host)
  if not host then
    host, port = value:match("^%[([%x:.]+)%]:(%d+)$")
    valid = host and is_ip6(host)
  end
  if not valid or #port > 5 or tonumber(port) > 65535 then return nil end
  return { host = host, port = tonumber(port) }
end

local ADDRESS = '"ADDRESS:PORT", such as "127.0.0.1:8080"'
local read_address = check.reader(ADDRESS, split_address)

local function read_listen(path, value, problems)
  local port = type(value) == "string" and value:match("^:(%d+)$")
  if not port then return read_address(path, value, problems) end
  check.fault(problems, path, value, ('%s; "0.0.0.0:%s" is all addresses'):format(ADDRESS, port))
end

-- Fields -----------------------------------------------------------------------------------

local read_handler = check.reader('a module name, "module:function" or a function',
  function(value)
    local kind = program.kind(value)
    return (kind == "module" or kind == "function") and value or nil
  end)

local positive = check.reader("a whole number above 0", function(value)
  if type(value) == "number" and value >= 1 and value < 2 ^ 31 and value % 1 == 0 then
    return value
  end
end)

local bytes = check.reader('bytes, such as 65536 or "64KB"', function(value)
  local count = units.bytes(value)
  return count and count < 2 ^ 53 and count or nil
end)

local POOL = { max = positive }

local FIELDS = {
  listen = read_listen,
  handler = read_handler,
  pool = function(path, value, problems) return check.fields(path, value, POOL, problems) end,
  limits = limits.read,
  max_body = bytes,
  idle_timeout = check.period,
  request_timeout = check.period,
  max_requests = positive,
  fresh = check.boolean,
}

local function completed(read)
  for key, default in next, DEFAULTS do
    if read[key] == nil then read[key] = default end
  end
  return {
    host = read.listen.host,
    port = read.listen.port,
    handler = read.handler,
    pool = { max = read.pool and read.pool.max or POOL_MAX },
    limits = read.limits or {},
    max_body = read.max_body,
    idle_timeout = read.idle_timeout,
    request_timeout = read.request_timeout,
    max_requests = read.max_requests,
    fresh = read.fresh,
  }
end

--- Reads the options; for `check.raise("neap.http", problems)`.
---@param given any
---@param path? string        Where it is, for the problems. Default: they name the keys alone.
---@return table? options     { host, port, handler, pool = { max }, limits, max_body,
--- idle_timeout, request_timeout, max_requests, fresh }: bytes and ms. nil if it has problems.
---@return string[] problems  "listen is ...; expected ..."
function options.read(given, path)
  local problems, prefix = {}, path and path .. "." or ""
  if type(given) ~= "table" then
    check.fault(problems, path or "the argument", given,
      "a table: { listen = ..., handler = ... }")
    return nil, problems
  end
  local read = check.fields(path or "", given, FIELDS, problems)
  if given.listen == nil then read_listen(prefix .. "listen", nil, problems) end
  if given.handler == nil then read_handler(prefix .. "handler", nil, problems) end
  if #problems > 0 then return nil, problems end
  return completed(read), problems
end

return options
