--- Selective receive with a function; all other patterns are the host's.
local host = require("neap.host")

local receive, look_first, look_on, take =
  host.receive, host.look_first, host.look_on, host.take
local type = type

--- Asks `match` about each message once, oldest first; those that do not match stay.
local function receive_if(match, timeout)
  local msg, mark = look_first(timeout)
  while msg ~= nil and not match(msg) do msg, mark = look_on() end
  if msg == nil then return nil, mark end      -- then it is the error
  take(mark)
  return msg
end

--- Watched by the bench `pingpong`: without arguments nothing is looked at twice.
return function(match, timeout)
  if match == nil and timeout == nil then return receive() end
  if type(match) == "function" then return receive_if(match, timeout) end
  return receive(match, timeout)
end
