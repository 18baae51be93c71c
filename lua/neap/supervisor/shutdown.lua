--- Ends one child: asks, waits, kills. The wait is on a monitor, so that a child that
--- unlinked itself can not hang its supervisor.
local host = require("neap.host")
local launch = require("neap.launch")
local reasons = require("neap.reason")

local shutdown = {}

local function await(ref, timeout)
  if timeout == math.huge then return host.receive({ "DOWN", ref }) end
  return host.receive({ "DOWN", ref }, timeout)
end

local function ask(pid, ref, timeout)
  host.exit(pid, "shutdown")
  local down = await(ref, timeout)
  if down then return down[4], true end
  host.kill(pid)
  return host.receive({ "DOWN", ref })[4], false
end

local function kill(pid, ref)
  host.kill(pid)
  local reason = host.receive({ "DOWN", ref })[4]
  return reason, reason == "killed"
end

--- Ends the process; returns when it is gone.
---@param pid userdata
---@param how number|"brutal_kill"  ms, or math.huge.
---@return any reason        Why it ended.
---@return boolean as_asked  False: with a reason of its own, or it had to be killed.
function shutdown.run(pid, how)
  local ref = host.monitor(pid)
  host.unlink(pid)
  local earlier = launch.flush_exit(pid)
  if earlier ~= nil then
    host.demonitor(ref, { flush = true })
    return earlier, reasons.is_orderly(earlier)
  end
  if how == "brutal_kill" then return kill(pid, ref) end
  local reason, in_time = ask(pid, ref, how)
  return reason, in_time and reasons.is_orderly(reason)
end

return shutdown
