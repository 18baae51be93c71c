--- The second argument of a handler: an answer in parts.
local host = require("neap.host")
local response = require("neap.http.response")

local stream = {}

---@class neap.Response
local Response = {}
Response.__index = Response

local function misuse(text)
  error(text, 3)
end

--- Begins the answer; its parts follow with `write`, and it ends when the handler returns.
---@param status? integer  Default 200.
---@param headers? table
---@return true?      nil and an error of kind "closed" when the client is gone.
---@return neap.Error?
function Response:start(status, headers)
  local code, fields = response.normalize({ status = status or 200, headers = headers })
  if not code then misuse("res:start: " .. fields) end
  if self._started then misuse("res:start: the response has been started already") end
  self._started = true
  return host.http_start(self._id, code, fields)
end

--- Sends a part; waits while the client is slow.
---@param data string|neap.Buffer
---@return true?      nil and an error of kind "closed" when the client is gone.
---@return neap.Error?
function Response:write(data)
  if not self._started then misuse("res:write: call res:start(status, headers) first") end
  if type(data) == "number" then data = tostring(data) end
  return host.http_write(self._id, data)
end

--- The handler has returned. No method: what scripts make of those does not matter here.
---@param self neap.Response
---@param result any  What it returned.
function stream.finish(self, result)
  self._started = false
  host.http_end()
  if result ~= nil then
    host.log("warn", "http.ignored_response", {
      problem = "the handler returned " .. require("neap.check").shown(result)
        .. " after it had streamed a response",
    }, true)
  end
end

--- A new one for each request: a script that keeps it must not reach the next.
function stream.new(id)
  return setmetatable({ _id = id, _started = false }, Response)
end

return stream
