--- Makes the specs of one collection of hostile scripts as handlers of HTTP requests: each must
--- be answered, with 500 if the script is ended, while other requests are served.
local http = require("spec.support.http")
local node = require("spec.support.node")
local busted = require("busted")
local assert = require("luassert")

local describe, it, setup, teardown = busted.describe, busted.it, busted.setup, busted.teardown

local second = {}

local COPIES = { 1, 4, 1 }      -- at once; what ends well has its process used again
local WORKERS = "2"

local function read(name)
  local file = assert(io.open("spec/hostile/" .. name .. ".lua"))
  local text = file:read("*a")
  file:close()
  return text
end

local function start(name, extra)
  local files = {
    ["app.lua"] = read("tree"),
    ["handlers.lua"] = read("handlers"),
    ["limits.lua"] = read("limits"),
    ["victim.lua"] = read("victim"),
    [name .. ".lua"] = read(name),
  }
  for path, text in pairs(extra or {}) do files[path] = text end
  return node.app(files, { args = { name },
    options = { "--workers", WORKERS, "--log-level", "info" } })
end

--- Asks the victim on a connection that is kept, and on a new one.
local function ask(arena)
  arena.count = arena.count + 1
  local path, expected = "/next/" .. arena.count, tostring(arena.count + 1)
  assert.equal(expected, arena.kept:ask("GET", path).body)
  assert.equal(expected, http.ask(arena.port, "GET", path).body)
end

--- What a request for the script may be answered with: its `status`, one or several, or what
--- follows from how it ends.
local function statuses(case)
  local allowed, ends, status = {}, case.ends, case.status
  for _, one in ipairs(type(status) == "table" and status or { status }) do allowed[one] = true end
  if status then return allowed end
  for _, word in ipairs(type(ends) == "table" and ends or { ends }) do
    allowed[word == "normal" and 200 or 500] = true
  end
  return allowed
end

--- `cut`: the answer begins and is never complete: its client goes away when it has begun.
local function run(arena, case, index, copies)
  local port = tonumber(arena.kept:ask("GET", "/port/case" .. index).body)
  local clients, allowed = {}, statuses(case)
  for copy = 1, copies do
    clients[copy] = http.connect(port)
    clients[copy]:send(("GET /%d/%d HTTP/1.1\r\nHost: x\r\n\r\n"):format(index, copy))
  end
  for _, c in ipairs(clients) do
    repeat ask(arena) until c:is_readable(2)
    local r = case.cut and c:response_head() or c:response()
    assert.is_true(allowed[r.status], ("status %d: %s"):format(r.status, arena.n:output()))
    c:close()
  end
end

--- Processes that are neither the root, nor its children, nor handlers, which are theirs: what
--- a script left behind.
local function strangers(n)
  local text, parents, roots, left = n:cli("ps", "--json"), {}, {}, {}
  for pid, parent in text:gmatch('"pid":"([%d.]+)","parent":"?([%w.]+)') do
    parents[pid] = parent
    if parent == "null" then roots[pid] = true end
  end
  for pid, parent in pairs(parents) do
    local is_ours = roots[pid] or roots[parent] or roots[parents[parent]]
    if not is_ours then left[#left + 1] = pid end
  end
  return #left, text
end

---@param name string   The file in this folder.
---@param title string
function second.of(name, title)
  local cases = dofile("spec/hostile/" .. name .. ".lua")
  local arena = { count = 0 }

  describe("hostile handlers: " .. title, function()
    setup(function()
      arena.n = start(name, cases.files)
      arena.n:eventually("http.listen", #cases + 1)
      local port = arena.n:output():match("http%.listen[^\n]*port=(%d+)")
      arena.port = tonumber(port)
      arena.kept = http.connect(arena.port)
    end)
    teardown(function() http.cleanup() node.cleanup() end)

    for index, case in ipairs(cases) do
      it(case.name, function()
        for _, copies in ipairs(COPIES) do
          run(arena, case, index, math.min(copies, case.copies or copies))
        end
      end)
    end

    it("NEAP-12 leave nothing behind", function()
      local left
      local done = pcall(arena.n.until_true, arena.n, "the end of the rest", function()
        local count, text = strangers(arena.n)
        left = text
        return count == 0
      end)
      if not done then error(left, 0) end
    end)

    it("leave a node that stops in order, and no call lost", function()
      local taken = tonumber(arena.kept:ask("GET", "/taken/0").body)
      assert.equal(2 * arena.count, taken)
      assert.equal(0, arena.n:stop())
    end)
  end)
end

return second
