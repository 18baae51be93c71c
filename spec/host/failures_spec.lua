--- Each call that the host makes of the system may fail: of a start, of spawns, of requests. The
--- node goes on, or says what the system refused and ends; it does not hang or go astray.
--- spec/support/failing.c makes the n-th call of a function fail, for each n until there is none.
local http = require("spec.support.http")
local node = require("spec.support.node")

local ENOMEM, EAGAIN, EACCES, EMFILE, EPIPE = 12, 11, 13, 24, 32
local ECONNRESET, EADDRINUSE, ENOBUFS, EIO = 104, 98, 105, 5

--- `step`: not every n is tried, where there are many. `ends`: what the host needs for itself is
--- refused, and it says so and aborts (base/alloc.h). Not here: epoll_ctl, as libuv ends the
--- program where that is refused.
local FUNCTIONS = {
  { "mmap", ENOMEM, ends = true },
  { "mprotect", ENOMEM, ends = true },
  { "munmap", ENOMEM },
  { "madvise", ENOMEM },
  { "malloc", ENOMEM, ends = true, step = 41 },
  { "pthread_create", EAGAIN, ends = true },
  { "timerfd_create", EMFILE, ends = true },
  { "epoll_create1", EMFILE, ends = true },
  { "eventfd", EMFILE, ends = true },
  { "open", EMFILE, step = 4 },
  { "openat2", EMFILE },
  { "socket", EMFILE },
  { "bind", EADDRINUSE },
  { "listen", EADDRINUSE },
  { "setsockopt", ENOBUFS },
  { "accept4", EMFILE },
  { "read", ECONNRESET },
  { "pread", EIO },
  { "write", EPIPE },
  { "mkdir", EACCES },
  { "chmod", EACCES },
}

local FILES = {
  ["app.lua"] = [[return { children = {
    { id = "web", start = { "neap.http", { listen = "127.0.0.1:0", handler = "web" } } },
    { id = "work", start = { "work" }, restart = "temporary" } } }]],
  ["web.lua"] = 'return function() return { file = "web.lua" } end',
  ["work.lua"] = [[
    local neap = require("neap")
    local function small() return #("x"):rep(200000) end
    local function compiled() local x = 0 for i = 1, 1e6 do x = x + i end return x end
    return function()
      for _ = 1, 10 do neap.receive({ "DOWN", select(2, neap.spawn_monitor(small)) }) end
      neap.receive({ "DOWN", select(2, neap.spawn_monitor({ run = compiled, jit = true })) })
      print("worked")
    end]],
}

local function library()
  return (os.getenv("NEAP") or "build/neap"):gsub("neap$", "failing.so")
end

--- Waits until all is up, or the node has ended. What a failed write was to log is not there.
local function come_up(n, name)
  n:until_true("the work", function()
    local printed = n:output()
    if name == "write" and n:cli("ps"):find("web", 1, true) then return true end
    return not n:is_running()
      or printed:find("worked", 1, true) and printed:find("http.listen", 1, true)
      or printed:find("start_failed", 1, true) or printed:find("log.dropped", 1, true)
  end)
end

--- Two requests, which may be refused, or cut off.
local function ask(n)
  local port = n:output():match("http%.listen[^\n]*port=(%d+)")
  for _ = 1, port and 2 or 0 do pcall(http.ask, tonumber(port), "GET", "/") end
end

--- One run: what it printed, how it ended, and whether there was such a call.
local function run(name, at, errno)
  local told = os.tmpname()
  os.remove(told)
  local env = { LD_PRELOAD = library(), NEAP_FAIL = ("%s:%d:%d"):format(name, at, errno),
    NEAP_FAIL_TOLD = told }
  local n = node.app(FILES, { options = { "-w", "2" }, no_core = true, env = env })
  come_up(n, name)
  ask(n)
  local code, printed = n:stop(), n:output()
  http.cleanup()
  node.cleanup()
  return printed, code, os.remove(told)
end

--- What is wrong with how it ended, if anything.
local function problem(one, printed, code)
  if code == 0 then return nil end
  local says = printed:gsub("[^\n]* info [^\n]*\n", "")
  if code == 1 or code == 2 or code == 3 then return says == "" and "no word about it" or nil end
  local told = printed:find("neap: the system refused ", 1, true)
    or printed:find("neap: SIGABRT outside of any process's code", 1, true)
  if one.ends and tostring(code):find("signal 6", 1, true) and told then return nil end
  return "it ended by " .. tostring(code)
end

describe("where the system refuses", function()
  if node.is_sanitized() then return end
  after_each(function() http.cleanup() node.cleanup() end)

  for _, one in ipairs(FUNCTIONS) do
    local name, errno = one[1], one[2]
    it(("any call of %s, a node goes on, or says so and ends"):format(name), function()
      local at, tried, found = 1, 0
      repeat
        local printed, code, was_there = run(name, at, errno)
        found = problem(one, printed, code)
        assert.equal(nil, found and ("%s, call %d: %s; it printed: %s"):format(name, at, found,
          printed))
        tried, at = tried + (was_there and 1 or 0), at + (one.step or 1)
      until not was_there
      assert.truthy(tried > 0, "it was never called")
    end)
  end
end)
