--- An HTTP server as a child: `start = { "neap.http", { listen = ..., handler = ... } }`.
---
--- The sockets are the host's. This process opens the port, owns the handler processes, and
--- at its end lets the requests that are being handled come to theirs.
local host = require("neap.host")
local handler = require("neap.http.handler")
local limits = require("neap.limits")
local options = require("neap.http.options")
local service = require("neap.service")

local function flat(read)
  return limits.flatten({
    host = read.host,
    port = read.port,
    pool_max = read.pool.max,
    max_body = read.max_body,
    idle_timeout = read.idle_timeout,
    request_timeout = read.request_timeout,
  }, read.limits)
end

--- A handler that does not load fails the start, not each request.
local function open(given)
  local read, problems = options.read(given)
  if not read then error("neap.http: " .. table.concat(problems, "; "), 0) end
  handler.load(read.handler)
  local address, err = host.http_open(flat(read), read.handler, {
    max_requests = read.fresh and 1 or read.max_requests,
  })
  if not address then return nil, err end
  local ip, port = address:match("^(.*):(%d+)$")
  host.log("info", "http.listen", { addr = ip, port = tonumber(port) })
  return { listen = address }
end

return service.define({
  init = open,
  call = {
    --- The address as it was bound: "127.0.0.1:8080".
    listen = function(state) return state.listen end,
  },
  terminate = function() host.http_drain() end,
})
