--- Starts a process and waits until it is up: what services and supervised children share.
local host = require("neap.host")
local neap_error = require("neap.error")

local launch = {}

--- Drops the EXIT of `pid` if it is in the mailbox; gives its reason, or nil. A message that
--- only looks like one is dropped too.
---@param pid userdata
---@return any reason
function launch.flush_exit(pid)
  repeat
    local msg = host.receive({ "EXIT", pid }, 0)
    if msg ~= nil and host.is_signal(msg) then return msg[3] end
  until msg == nil
end

--- Kills `pid` and returns when it is gone, with its name and all; no EXIT of it is left.
---@param pid userdata
function launch.kill(pid)
  local ref = host.monitor(pid)
  host.unlink(pid)
  host.kill(pid)
  host.receive({ "DOWN", ref })
  launch.flush_exit(pid)
end

local answered = {}

function answered.up(pid)
  return pid
end

--- The child answered and is about to end: its name must be free when we return.
function answered.failed(pid, reason)
  host.receive({ "DOWN", host.monitor(pid) })
  return nil, reason
end

function answered.exit(_, reason)
  return nil, reason
end

function answered.timeout(pid, _, timeout)
  launch.kill(pid)
  return nil, neap_error.new("timeout", ("the start took longer than %d ms"):format(timeout))
end

--- Starts a process and waits for it.
---@param kind "module"|"function"|"service"
---@param what any
---@param args table       With `n`.
---@param options table    Of host.spawn; gets `ack`.
---@param timeout? number  ms; nil or math.huge: none.
---@return userdata? pid
---@return any reason  Why it did not start.
---Example: `launch.start("module", "counter", { n = 1, 10 }, { link = true }, 60000)`
function launch.start(kind, what, args, options, timeout)
  options.ack = true
  local pid, ref = host.spawn(kind, what, args, options)
  if pid == nil then return nil, ref end
  if timeout == math.huge then timeout = nil end
  local answer, reason = host.wait_ack(ref, timeout)
  return answered[answer](pid, reason, timeout)
end

return launch
