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

--- Returns when `pid` is gone, its name with it. At the limit of its handles the caller can not
--- monitor, and does not wait.
local function await_end(pid)
  local ref = host.monitor(pid)
  if ref then host.receive({ "DOWN", ref }) end
end

local answered = {}

function answered.up(pid)
  return pid
end

--- The child answered and is about to end: its name must be free when we return.
function answered.failed(pid, reason)
  await_end(pid)
  return nil, reason
end

--- It ended; or the caller is a supervisor that its own parent told to end: it does not wait
--- any longer, and the child is as far as it is.
function answered.exit(pid, reason)
  if host.info(pid) == nil then return nil, reason end
  return pid, reason
end

--- Unlinked first: the kill must not reach the caller.
function answered.timeout(pid, _, timeout)
  host.unlink(pid)
  host.kill(pid)
  await_end(pid)
  launch.flush_exit(pid)
  return nil, neap_error.new("timeout", ("the start took longer than %d ms"):format(timeout))
end

--- Waits until a process that was spawned with `ack` is up.
---@param timeout? number  ms; nil or math.huge: none.
---@param pid? userdata    What host.spawn gave: pid and ref, or nil and the error.
---@param ref any
---@return userdata? pid
---@return any reason  Why it did not start; with a pid: the caller is told to end.
---Example: `launch.wait(60000, host.spawn("module", "counter", args, { ack = true }))`
function launch.wait(timeout, pid, ref)
  if pid == nil then return nil, ref end
  if timeout == math.huge then timeout = nil end
  local answer, reason = host.wait_ack(ref, timeout)
  return answered[answer](pid, reason, timeout)
end

return launch
