-- Shows:  a queue that gives each job a process of its own, watches it, and tries again later.
-- Run:    build/neap run examples/job_queue.lua
-- Prints: which try of which job failed or was done; the hopeless job is given up

local neap = require("neap")
local service = require("neap.service")

local TRIES, DELAY = 3, 20

local function work(job, try)
  if try <= job.failures then error(job.name .. " is not ready", 0) end
end

local function start(state, job, try)
  local _, ref = neap.spawn_monitor({ run = work, args = { job, try }, limits = { cpu = "1s" } })
  state.running[ref] = { job = job, try = try }
end

local function finish(state, name, outcome)
  print(name .. " " .. outcome)
  neap.send(state.client, { "finished", name })
end

local function ended(state, task, reason)
  local name, try = task.job.name, task.try
  if reason == "normal" then return finish(state, name, "done on try " .. try) end
  if try == TRIES then return finish(state, name, "given up: " .. neap.reason(reason)) end
  print(("%s failed on try %d, again in %d ms"):format(name, try, DELAY))
  neap.send_after(DELAY, neap.self(), { "retry", task.job, try + 1 })
end

local queue = service.define({
  init = function(client) return { client = client, running = {} } end,
  cast = { add = function(state, job) start(state, job, 1) end },
  info = function(state, message)
    if message[1] == "retry" then return start(state, message[2], message[3]) end
    local ref, reason = message[2], message[4] -- { "DOWN", ref, pid, reason }
    local task = state.running[ref]
    state.running[ref] = nil
    ended(state, task, reason)
  end,
})

local pid = service.start(queue, neap.self())
for _, job in ipairs({ { "report", 0 }, { "upload", 2 }, { "hopeless", 99 } }) do
  neap.cast(pid, "add", { name = job[1], failures = job[2] })
  neap.receive({ "finished", job[1] }, "5s")
end
