--- luajit table.lua FILE.jsonl...: Markdown; the medians of what peers/run noted, with ratios and
--- targets. Of quiet runs only; a figure that has none is marked "~".
local cjson = require("cjson")

-- The rows --------------------------------------------------------------------------------

local rows = {}

--- `here` is "BENCH CFG METRIC" of neap, `there` "PEER CFG" of what it is held against.
local function row(title, here, there, target)
  local bench, cfg, metric = here:match("(%S+) (%S+) (%S+)")
  local peer, peer_cfg = there:match("(%S+) (%S+)")
  rows[#rows + 1] = { title = title, peer = peer, target = target,
    here = table.concat({ "neap", bench, cfg, metric }, " "),
    there = table.concat({ peer, bench, peer_cfg, metric }, " ") }
end

--- The ratio neap / peer is to be at least, or at most, `target`; and perhaps `aim`.
local function at_least(title, here, there, target, aim)
  row(title, here, there, { is_ratio = true, sign = 1, must = target, aim = aim })
end

local function at_most(title, here, there, target, aim)
  row(title, here, there, { is_ratio = true, sign = -1, must = target, aim = aim })
end

--- The figure itself is to be at most `target`, in its own unit.
local function bound(title, here, there, target, aim)
  row(title, here, there, { sign = -1, must = target, aim = aim })
end

for _, s in ipairs({ "s1", "s2" }) do
  for _, way in ipairs({ "send", "call" }) do
    local cfg = s .. "/" .. way
    at_least("pingpong " .. cfg, "pingpong " .. cfg .. " roundtrips_per_s", "erlang " .. cfg, 1.5, 2)
  end
end
at_least("ring", "ring s1 hops_per_s", "erlang s1", 1, 1.5)
at_least("fanin", "fanin s1/block10000 msgs_per_s", "erlang s1", 1.2, 2)
at_least("table_msg `table`", "table_msg s1/table roundtrips_per_s", "erlang s1/table", 0.6, 1)
at_least("table_msg `bin4k`, string", "table_msg s1/bin4k roundtrips_per_s", "erlang s1/bin4k", 0.6, 1)
at_least("table_msg `bin4k`, buffer", "table_msg s1/bin4k-buffer roundtrips_per_s",
  "erlang s1/bin4k", 1, 1.5)
at_least("spawn", "spawn s1 spawns_per_s", "erlang s1", 0.15, 0.5)
at_least("spawn", "spawn s1 spawns_per_s", "luajit-raw s1/lean", 8)
at_least("service_spawn", "service_spawn s1 starts_per_s", "erlang s1", 1, 2)
for _, n in ipairs({ 10000, 100000 }) do
  local cfg = "s1/n" .. n
  bound("idle_mem, " .. n, "idle_mem " .. cfg .. " rss_per_proc", "erlang " .. cfg, 36 * 1024, 24 * 1024)
end
at_least("restart, one supervisor", "restart s1/one_sup restarts_per_s", "erlang s1/one_sup")
at_least("restart, 20 supervisors", "restart s1/20_sups restarts_per_s", "erlang s1/20_sups", 1, 2)
at_least("http hello, requests", "http s1/hello req_per_s", "nginx-lua s1", 1, 1.2)
at_most("http hello, CPU by request", "http s1/hello cpu_per_req", "nginx-lua s1", 1, 1 / 1.2)
at_most("http hello, p99", "http s1/hello p99", "nginx-lua s1", 1)
for _, kind in ipairs({ "none", "interpreted", "compiled", "find" }) do
  for _, hogs in ipairs(kind == "none" and { 0 } or { 1, 2, 8 }) do
    local title = ("fairness, %d hog%s"):format(hogs, hogs == 1 and "" or "s")
    local cfg, there = "fairness s1/hog" .. hogs, "erlang s1/hog" .. hogs
    if hogs > 0 then title, cfg = title .. ", " .. kind, cfg .. "/" .. kind end
    local is_slow = kind == "compiled" or kind == "find"
    bound(title .. ", p99", cfg .. " lat_p99", there, is_slow and 5000 or 1000)
    bound(title .. ", max", cfg .. " lat_max", there, 20000)
  end
end
for _, work in ipairs({ "fib32_x60", "sort200k_x20", "objs200k_x4", "mandel400_x120" }) do
  at_most("cpu, " .. work, "cpu s1 " .. work, "luajit plain", 1.03)
end
bound("timers, late by (p99)", "timers s1/procs late_p99", "erlang s1/procs", 2)
at_most("timers, CPU asleep", "timers s1/procs cpu_sleep_phase", "erlang s1/procs", 2, 1)

local OPERATIONS = { "spawn", "send", "timer", "ps" }

-- The figures -----------------------------------------------------------------------------

--- All values of a figure, the quiet ones apart.
local figures, versions = {}, {}

local function note(line)
  if line.bench == "version" then
    local version = line.peer .. ": " .. line.value
    if not versions[version] then versions[#versions + 1] = version end
    versions[version] = true
    return
  end
  if line.value == cjson.null then return end
  -- neap's run script takes the turns with plain luajit, so it names itself
  local peer = line.cfg == "plain" and "luajit" or line.peer
  local key = table.concat({ peer, line.bench, line.cfg, line.metric }, " ")
  local figure = figures[key] or { quiet = {}, noisy = {}, unit = line.unit }
  figures[key] = figure
  table.insert(line.noisy and figure.noisy or figure.quiet, line.value)
end

local function median(values)
  table.sort(values)
  local middle = #values / 2
  return (values[math.floor(middle + 1)] + values[math.ceil(middle)]) / 2
end

local function shown(value)
  if value < 1000 then return ("%.3g"):format(value) end
  local grouped = ("%.0f"):format(value):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return grouped
end

--- The median, and the same as text: with half the spread, where that is over 10 %.
local function read(key)
  local figure = figures[key]
  if not figure then return nil, "" end
  local mark, values = "", figure.quiet
  if #values == 0 then mark, values = "~", figure.noisy end
  local value = median(values)
  local spread = value ~= 0 and (values[#values] - values[1]) / 2 / math.abs(value) or 0
  local text = mark .. shown(value)
  return value, spread > 0.1 and ("%s ±%.0f%%"):format(text, spread * 100) or text, figure.unit
end

-- The tables ------------------------------------------------------------------------------

local function target_text(target, value, unit)
  if not value then return "" end
  local sign = target.sign > 0 and "≥" or "≤"
  return ("%s %s%s"):format(sign, shown(value), target.is_ratio and " x" or " " .. unit)
end

local function verdict(target, value)
  if not value or not target.must then return "" end
  local function holds(want) return want and (value - want) * target.sign >= 0 end
  if holds(target.aim) then return "aim" end
  return holds(target.must) and "met" or "missed"
end

local function row_text(r)
  local here, here_text, unit = read(r.here)
  if not here then return nil end
  local there, there_text = read(r.there)
  local ratio = there and there ~= 0 and here / there or nil
  local judged = here
  if r.target.is_ratio then judged = ratio end
  return ("| %s | %s | %s | %s %s | %s | %s | %s | %s |"):format(r.title, unit, here_text, r.peer,
    there and there_text or "n/a", ratio and ("%.2f"):format(ratio) or "",
    target_text(r.target, r.target.must, unit), target_text(r.target, r.target.aim, unit),
    verdict(r.target, judged))
end

--- The numbers of processes that there are figures for.
local function scales()
  local found = {}
  for key in pairs(figures) do found[#found + 1] = tonumber(key:match("^neap scale s1/n(%d+) spawn$")) end
  table.sort(found)
  return found
end

local function scale_text(n)
  local cells = { tostring(n) }
  for _, operation in ipairs(OPERATIONS) do
    local _, text = read(("neap scale s1/n%d %s"):format(n, operation))
    cells[#cells + 1] = text
  end
  return "| " .. table.concat(cells, " | ") .. " |"
end

local function print_table(head, items, text_of)
  local lines = {}
  for _, item in ipairs(items) do lines[#lines + 1] = text_of(item) end
  if #lines > 0 then print("\n" .. head .. "\n" .. table.concat(lines, "\n")) end
end

for _, path in ipairs(arg) do
  for line in io.lines(path) do note(cjson.decode(line)) end
end
print(table.concat(versions, "; "))
print_table("| bench | unit | neap | peer | neap / peer | at least or most | aim | |\n"
  .. "|---|---|--:|--:|--:|--:|--:|---|", rows, row_text)
print_table("| processes | spawn, ns | send, ns | timer, ns | ps, ns |\n|--:|--:|--:|--:|--:|",
  scales(), scale_text)
