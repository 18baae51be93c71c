--- Runs the first arena: one node for a collection, asked over HTTP while the scripts are loose,
--- and a census of what it holds before and after.
---
--- It prints how late the victim's answers were, as spec/bench does: figures, not judged here.
local cjson = require("cjson")
local http = require("spec.support.http")
local node = require("spec.support.node")
local posix = require("posix")

local first = {}

local WORKERS = "2"

--- What may be more afterwards: of malloc, what the most processes and threads that there ever
--- were took; libuv's descriptor in reserve, of each loop that has had a connection.
local SLACK = { host = 3 * 1024 * 1024, files = tonumber(WORKERS) }

local function read(name)
  local file = assert(io.open("spec/hostile/" .. name .. ".lua"))
  local text = file:read("*a")
  file:close()
  return text
end

local function start(name, files)
  local all = {}
  for _, module in ipairs({ "arena", "gate", "handlers", "limits", "victim", name }) do
    all[module .. ".lua"] = read(module)
  end
  for path, text in pairs(files or {}) do all[path] = text end
  return node.script(read("stage"), { files = all, args = { name },
    options = { "--workers", WORKERS, "--log-level", os.getenv("HOSTILE_LOG") or "info" } })
end

-- The census -------------------------------------------------------------------------------

local function census(n)
  local printed = n:cli("info", "--json")
  local seen = cjson.decode(printed)
  return { processes = seen.processes, links = seen.handles.links, names = seen.handles.names,
    monitors = seen.handles.monitors, timers = seen.handles.timers,
    children = seen.handles.children, messages = seen.mail.messages, bytes = seen.mail.bytes,
    files = seen.files.open, in_flight = seen.files.in_flight, code = seen.code.used,
    spans = seen.memory.spans, memory = seen.memory.used, host = seen.memory.host }
end

--- What of `seen` is more than it was.
local function excess(before, seen)
  local more = {}
  for key, value in pairs(seen) do
    if value > before[key] + (SLACK[key] or 0) then
      more[#more + 1] = ("%s: %d, before %d"):format(key, value, before[key])
    end
  end
  table.sort(more)
  return table.concat(more, "; ")
end

--- What the system or other threads give back a little later is waited for.
local function settle(n, before)
  local more
  local done = pcall(n.until_true, n, "the census", function()
    more = excess(before, census(n))
    return more == ""
  end)
  return done, more
end

--- The census of an empty stage: when it is the same twice, nothing is being built any more.
local function first_census(n)
  local last, now = "", nil
  n:until_true("an empty stage", function()
    now = census(n)
    local text = cjson.encode({ now.processes, now.spans, now.memory, now.files })
    local same = text == last
    last = text
    return same and now.processes == 2
  end)
  return now
end

-- The requests -------------------------------------------------------------------------------

local function now_ms()
  local s, ns = posix.clock_gettime("monotonic")
  if type(s) == "table" then s, ns = s.tv_sec, s.tv_nsec end
  return s * 1000 + ns / 1e6
end

--- One request on a connection that is kept, or on a new one.
local function ask(seen, client)
  seen.asked = seen.asked + 1
  local began = now_ms()
  local answer = client:ask("GET", "/next/" .. seen.asked)
  seen.times[#seen.times + 1] = now_ms() - began
  if answer.status ~= 200 or answer.body ~= tostring(seen.asked + 1) then
    seen.wrong[#seen.wrong + 1] = ("request %d: %d %s"):format(seen.asked, answer.status,
      answer.body)
  end
end

--- Asks all the time, until all scripts have run.
local function ask_all(n, seen)
  n:eventually("web at", 2)
  local port = tonumber(n:output():match(".*web at [%d.]+:(%d+)"))
  local kept = http.connect(port)
  n:eventually(function(output)
    for _ = 1, 5 do
      local new = http.connect(port)
      ask(seen, kept)
      ask(seen, new)
      new:close()
    end
    return output:find("gate ran", 1, true)
  end)
  kept:close()
end

local function figure(name, metric, value)
  io.write(('{"bench":"hostile","cfg":"s%s/%s","metric":"%s","value":%.1f,"unit":"ms"}\n'):format(
    WORKERS, name, metric, value))
end

local function print_figures(name, seen)
  table.sort(seen.times)
  figure(name, "call_p50", tonumber(seen.arena.p50))
  figure(name, "call_p99", tonumber(seen.arena.p99))
  figure(name, "call_max", tonumber(seen.arena.worst))
  figure(name, "http_p99", seen.times[math.ceil(#seen.times * 0.99)])
end

-- All ----------------------------------------------------------------------------------------

--- What the arena printed: { [index] = "ok" or the problem }, and its last line's fields.
local function results(output)
  local cases, fields = {}, {}
  for index, found in output:gmatch("case (%d+) ([^\n]*)") do cases[tonumber(index)] = found end
  for key, value in (output:match(".*arena (calls=[^\n]*)") or ""):gmatch("(%w+)=(%S+)") do
    fields[key] = value
  end
  return cases, fields
end

--- Runs a collection: `cases`, `arena` (its fields), `asked` and `wrong` requests, `settled`,
--- `census` (what is left), `code` (of the node's exit).
---@param name string
---@param files? table  What else lies beside it.
function first.run(name, files)
  local seen = { asked = 0, wrong = {}, times = {} }
  local n = start(name, files)
  n:eventually("gate empty")
  local before = first_census(n)
  n:cli("kill", "empty")
  local ok, problem = pcall(ask_all, n, seen)
  if not ok then error(("%s; the node printed:\n%s"):format(problem, n:output()), 0) end
  n:cli("kill", "ran")
  n:eventually("gate empty", 2)
  seen.cases, seen.arena = results(n:output())
  seen.settled, seen.census = settle(n, before)
  print_figures(name, seen)
  if os.getenv("HOSTILE_LOG") then io.stderr:write(n:output()) end
  seen.code = n:stop()
  return seen
end

function first.cleanup()
  http.cleanup()
  node.cleanup()
end

return first
