--- Runs inside the node: lets each script of a collection loose, alone and four at once, while
--- a caller calls a victim service without a pause; then says how each ended.
---
--- Prints `case N ok` or `case N PROBLEM`, and at the end `arena ...`; suite.lua reads that.
local neap = require("neap")
local service = require("neap.service")

local LIMITS = { cpu = "50ms", memory = "8MB", message = "1MB", handles = 100 }
local COPIES = { 1, 4 }
local PATIENCE = 60000       -- ms; far more than anything here may take
-- NEAP-10 allows 20 ms. With as many loops as cores, the system may keep the monitor thread off
-- them for longer, and that is not ours to assert: spec/host/limits_spec.lua has the 20 ms.
-- Under a sanitizer, what can not be left takes longer too: encoding 30,000 tables did 256 ms.
local CPU_SLACK = 250 * tonumber(os.getenv("SPEC_DEADLINE") or 120) / 120
local MEMORY_SLACK = 1.125   -- NEAP-09

local cases = require(neap.args[1])

local victim = service.define({
  init = function() return { taken = 0 } end,
  call = {
    next = function(state, n)
      state.taken = state.taken + 1
      return n + 1
    end,
    taken = function(state) return state.taken end,
  },
})

--- Calls the victim until it is told to stop; tells its boss what it saw.
local function caller(boss)
  local host = require("neap")
  local seen = { calls = 0, lost = 0, worst = 0 }
  repeat
    local began = host.now()
    local answer = host.call("victim", "next", seen.calls, host.timeout(30000))
    seen.worst = math.max(seen.worst, host.now() - began)
    seen.lost = seen.lost + (answer == seen.calls + 1 and 0 or 1)
    seen.calls = seen.calls + 1
  until host.receive("stop", 0)
  host.send(boss, { "seen", seen })
end

-- One case ---------------------------------------------------------------------------------

--- What is to end at its memory limit may take its time: the machine may be slow to give it.
local function limits_of(case)
  local limits = {}
  for key, value in pairs(LIMITS) do limits[key] = value end
  if case.ends == "memory" then limits.cpu = "5s" end
  for key, value in pairs(case.limits or {}) do limits[key] = value end
  return limits
end

local function start(case, index, copy)
  return neap.spawn_monitor({
    run = case.run,
    args = { neap.whereis("victim"), index .. "." .. copy },
    limits = limits_of(case),
    sandbox = case.sandbox,
  })
end

--- How it ended, in the words of a case's `ends`.
local function ending(reason)
  if type(reason) ~= "table" then return tostring(reason) end
  return reason.limit or reason.kind or "value"
end

local function contains(list, word)
  for _, one in ipairs(type(list) == "table" and list or { list }) do
    if one == word then return true end
  end
  return false
end

local function over(reason)
  if reason.limit == "cpu" then return reason.used > reason.max + CPU_SLACK end
  if reason.limit == "memory" then return reason.used > reason.max * MEMORY_SLACK end
  return false
end

local function problem(case, reason)
  local word = ending(reason)
  if not contains(case.ends, word) then return "ended with " .. neap.reason(reason) end
  if type(reason) ~= "table" then return nil end
  if over(reason) then return ("used %s of %s"):format(reason.used, reason.max) end
  local message = tostring(reason.message)
  if case.says and not message:find(case.says, 1, true) then return "said " .. message end
  return nil
end

local function await(pid, ref)
  local down = neap.receive({ "DOWN", ref }, PATIENCE)
  if down then return down[4] end
  neap.kill(pid)
  return "still running after " .. PATIENCE .. " ms"
end

local function run(case, index, copies)
  local started, found = {}, nil
  for copy = 1, copies do
    local pid, ref = start(case, index, copy)
    started[copy] = { pid, ref }
  end
  for _, one in ipairs(started) do
    found = problem(case, await(one[1], one[2])) or found
  end
  return found and ("%d at once: %s"):format(copies, found)
end

-- All --------------------------------------------------------------------------------------

local function end_of(witness)
  neap.send(witness, { "stop" })
  local message = neap.receive("seen", PATIENCE)
  return message and message[2]
end

local function clean()
  local info = neap.info()
  return info.links == 2 and info.monitors == 0 and info.mailbox.messages == 0
end

local function main()
  assert(service.start_link({ run = victim, name = "victim" }))
  local witness = neap.spawn_link(caller, neap.self())
  for index, case in ipairs(cases) do
    local found
    for _, copies in ipairs(COPIES) do
      found = found or run(case, index, math.min(copies, case.copies or copies))
    end
    print(("case %d %s"):format(index, found or "ok"))
  end
  local tidy = clean()
  local seen = end_of(witness) or {}
  local taken = neap.call("victim", "taken")
  print(("arena calls=%s taken=%s lost=%s tidy=%s worst=%.1f"):format(seen.calls, taken,
    seen.lost, tostring(tidy), seen.worst or -1))
  neap.receive("never")
end

main()
