--- Runs in busted: a node with the app of this folder, rounds of its drivers with HTTP traffic and
--- reloads beside them, and after each round the counters, which must be what they were before.
local cjson = require("cjson")
local http = require("spec.support.http")
local node = require("spec.support.node")
local traffic = require("spec.soak.traffic")

local soak = {}

local FILES = { "actor", "dice", "director", "driver", "episode", "ledger", "model", "operations",
  "web" }
local POOL = 4
local STAFF = 4                      -- the root, the ledger, the director, the server
local KILLS_AT_ONCE = 8
local EPISODES = 12                  -- of each driver, in a round
local ROUNDS_TO_COMPARE = 60
local GROWTH = 0.01

local function read(name)
  local file = assert(io.open("spec/soak/" .. name .. ".lua"))
  local text = file:read("*a")
  file:close()
  return text
end

local Soak = {}
Soak.__index = Soak

--- A node that does nothing yet.
local function start(seed)
  local files = { ["app.lua"] = read("tree") }
  for _, name in ipairs(FILES) do files[name .. ".lua"] = read(name) end
  local n = node.app(files, { args = { node.SLOWNESS, POOL }, options = { "--workers", "2" } })
  local port = http.port_of(n)
  return setmetatable({ node = n, port = port, seed = seed, version = 1, rounds = 0, steps = 0,
    ends = 0, memory = {}, traffic = traffic.new(port, seed) }, Soak)
end

function Soak:get(path)
  local r = http.ask(self.port, "GET", path)
  if r.status ~= 200 then error(path .. " answers " .. r.status .. ": " .. r.body, 0) end
  return r.body
end

-- Reloads ----------------------------------------------------------------------------------

local function source(name, version)
  return (read(name):gsub("VERSION = 1", "VERSION = " .. version))
end

--- Code that can not be loaded changes nothing.
function Soak:reload_nonsense()
  self.node:write("ledger.lua", "return {")
  local printed, code = self.node:cli("reload")
  if code ~= 1 then error("soak: WRONG, neap reload took nonsense: " .. printed, 0) end
end

--- New code for the ledger, which is called all the time, and for the handlers.
function Soak:reload()
  self.version = self.version + 1
  for _, name in ipairs({ "ledger", "web" }) do
    self.node:write(name .. ".lua", source(name, self.version))
  end
  local printed, code = self.node:cli("reload")
  if code ~= 0 then error("neap reload: " .. printed, 0) end
  local counted = self:get("/next/reload"):match("^%d+ (%d+)")
  for what, seen in pairs({ ledger = counted, handler = self:get("/version") }) do
    if tonumber(seen) ~= self.version then
      error(("soak: WRONG, after a reload the %s has version %s; expected %d"):format(what, seen,
        self.version), 0)
    end
  end
end

-- Rounds -----------------------------------------------------------------------------------

local function traffic_until_done(self)
  local state
  repeat
    for _ = 1, 40 do self.traffic:step() end
    if self.traffic.dice:once_in(60) then self:reload_nonsense() end
    if self.traffic.dice:once_in(20) then self:reload() end
    state = cjson.decode(self:get("/state"))
  until state.running == 0
  return state
end

--- Runs all drivers once; their decisions follow from `seed` alone. Gives what they came to.
function Soak:round(seed, episodes)
  self:get(("/start/%d/%d"):format(seed, episodes or EPISODES))
  local state = traffic_until_done(self)
  self.rounds, self.steps, self.ends = self.rounds + 1, self.steps + state.steps,
    self.ends + state.ends
  return state
end

-- Counters ---------------------------------------------------------------------------------

--- What is resident of a node, in MB: `processes`, the one large reservation they live in, with
--- what is kept of it for the next ones (host/base/slots.h); `host`, all else; `all`.
local function memory_of(n)
  local size, largest, seen = 0, 0, { all = 0, processes = 0 }
  for line in io.lines("/proc/" .. n.pid .. "/smaps") do
    local key, kb = line:match("^(%w+): *(%d+) kB")
    if key == "Size" then size = tonumber(kb) end
    if key == "Rss" then
      local mb = kb * 1024 / 1e6
      seen.all = seen.all + mb
      if size > largest then largest, seen.processes = size, mb end
    end
  end
  seen.host = seen.all - seen.processes
  return seen
end

--- Whether the host holds more than it did: what that is, or nil. What the processes' part keeps
--- goes up and down with what they did, within its bounds.
function soak.growth(before, after)
  if node.is_sanitized() or after.host - before.host <= GROWTH * before.all then return nil end
  return ("%.2f MB resident without the processes, %.2f before"):format(after.host, before.host)
end

local function flat(value)
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for k, v in pairs(value) do parts[#parts + 1] = k .. "=" .. flat(v) end
  table.sort(parts)
  return "{" .. table.concat(parts, " ") .. "}"
end

--- What is there when nothing goes on: it does not depend on what went on before.
function Soak:counters()
  local printed, code = self.node:cli("info", "--json")
  if code ~= 0 then error("neap info: " .. printed, 0) end
  local seen = cjson.decode(printed)
  return { processes = seen.processes, handles = seen.handles, mail = seen.mail, files = seen.files,
    faults = seen.faults }
end

--- Closes all connections and has all handler processes there. Gives the counters then.
function Soak:rest()
  local seen
  self.traffic:rest()
  self.node:until_true("all handler processes", function()
    self.traffic:fill_pool(POOL)
    seen = self:counters()
    return seen.processes == STAFF + POOL
  end)
  return seen
end

--- Waits until the counters are `expected`: what was cut off may take a moment to end.
function Soak:settled(expected)
  local seen
  local done = pcall(self.node.until_true, self.node, "the counters", function()
    seen = self:rest()
    return flat(seen) == flat(expected)
  end)
  if not done then
    error(("soak: WRONG, left over after %d rounds:\n%s\nexpected:\n%s"):format(self.rounds,
      flat(seen or self:counters()), flat(expected)), 0)
  end
  self.memory[#self.memory + 1] = memory_of(self.node)
end

local function by_host(a, b) return a.host < b.host end

--- The one in the middle of those rounds.
local function median(list, from, to)
  local part = { unpack(list, math.floor(from) + 1, math.floor(to)) }
  table.sort(part, by_host)
  return part[math.ceil(#part / 2)]
end

--- As soak.growth, between the second and the last quarter.
function Soak:growth()
  local n = #self.memory
  if n < ROUNDS_TO_COMPARE then return nil end
  return soak.growth(median(self.memory, n / 4, n / 2), median(self.memory, 3 * n / 4, n))
end

--- One line about all of it.
function Soak:figures()
  local first, last = self.memory[1], self.memory[#self.memory]
  local done = ("seed %d: %d rounds, %d operations, %d ends, %d requests, %d reloads"):format(
    self.seed, self.rounds, self.steps, self.ends, self.traffic.requests, self.version - 1)
  return ("%s; resident %.1f MB after the second round, at last %.1f; the host's part %.2f, %.2f")
    :format(done, first.all, last.all, first.host, last.host)
end

--- `spec/hostile/kills.lua`: many kills, and what was resident when each tenth was done. The counts
--- at the end as { started, downs, again, text }, with `peak`, the most that processes had, in MB.
function soak.kills(count)
  local file = assert(io.open("spec/hostile/kills.lua"))
  local n = node.script(file:read("*a"), { args = { count, KILLS_AT_ONCE },
    options = { "--workers", "2" } })
  file:close()
  local memory = {}
  for part = 1, 100 do
    n:eventually("kills part " .. part .. " of")
    if part % 10 == 0 then memory[part / 10] = memory_of(n) end
  end
  n:eventually("kills sent=")
  local counts = { text = n:output():match("kills sent=[^\n]*"),
    peak = cjson.decode((n:cli("info", "--json"))).memory.peak / 1e6 }
  for key, value in counts.text:gmatch("(%w+)=(%d+)") do counts[key] = tonumber(value) end
  n:stop()
  return counts, memory
end

--- Repeats `work` for about that long, at least once. The only clock here: it decides how much is
--- done, not whether it was right.
function soak.for_seconds(seconds, work)
  local began = os.time()
  repeat work() until os.time() - began >= seconds
end

--- What a sanitizer or the drivers said, or else the end of what was printed.
local function last_words(n)
  local output, lines = n:output(), {}
  local report = output:find("[^\n]*: %w+Sanitizer: ")
  if report then return output:sub(report, report + 8000) end
  for line in output:gmatch("[^\n]*soak: [^\n]*") do lines[#lines + 1] = line end
  return #lines > 0 and table.concat(lines, "\n") or output:sub(-4000)
end

--- Starts a node, does `work(soak)`, and stops the node, which must be in order. A driver that saw
--- something wrong ends the node: then what it said counts, not what broke off here.
function soak.run(seed, work)
  local self = start(seed)
  local done, problem = pcall(work, self)
  local ends_itself = self.node:output():find("soak: WRONG", 1, true)
  local code = ends_itself and self.node:wait() or self.node:stop()
  if not done or code ~= 0 then
    error(("%s\n%s\nexit code %s"):format(done and "" or problem, last_words(self.node), code), 0)
  end
end

return soak
