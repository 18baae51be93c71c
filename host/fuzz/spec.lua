--- Reads what an input means (values.lua) as an application's spec, as a child of a running
--- supervisor and as the options of an HTTP server: either there are problems, each a line of
--- text and not too many of them, or what was read is fit for what runs it.

-- Looking for the word that was meant takes three quarters of the time; web.lua tests it.
package.loaded["neap.suggest"] = { hint = function() return ': did you mean "x"?' end }

local http_options = require("neap.http.options")
local spec = require("neap.supervisor.spec")
local values = dofile("host/fuzz/values.lua")

local KEYS = { a = "auto_shutdown", b = "shutdown", c = "children", d = "idle_timeout",
  e = "memory", f = "fresh", g = "strategy", h = "handler", i = "id", j = "instructions",
  k = "handles", l = "limits", m = "mailbox", n = "name", o = "policy", p = "path", q = "pool",
  r = "restart", s = "start", t = "start_timeout", u = "cpu", v = "supervisor", w = "listen",
  x = "max", y = "messages", z = "intensity" }
local WORDS = { A = "a", B = "b", C = "brutal_kill", D = "drop_new", E = "", F = "one_for_all",
  G = "5s", H = "64KB", I = "infinity", J = "block", K = "127.0.0.1:8080", L = "[::1]:0",
  M = "shop.web", N = "shop.web:start", O = "one_for_one", P = "permanent", Q = "n",
  R = "rest_for_one", S = "neap.http", T = "temporary", U = "1e9 h", V = ("v"):rep(300),
  W = "a\nb", X = "transient", Y = "childrn", Z = "99999999999999999999MB" }

local PROBLEMS = 400       -- three tables of the options of a server have a hundred each
local BYTES = 300 * 1000

local function expect(holds, what)
  if not holds then error(what, 0) end
end

local function check_problems(problems)
  local bytes = 0
  expect(#problems <= PROBLEMS, "too many problems")
  for _, problem in ipairs(problems) do
    expect(type(problem) == "string" and not problem:find("[\n%z]"), "a problem is a line")
    bytes = bytes + #problem
  end
  expect(bytes <= BYTES, "the problems are too long")
end

local function is_count(value, below)
  return type(value) == "number" and value >= 0 and value < below and value % 1 == 0
end

--- A limit may be infinite.
local function is_limit(value)
  return value == nil or type(value) == "number" and value >= 0
end

local check_supervisor

local function check_child(child)
  expect(type(child.id) == "string" and child.id ~= "", "an id")
  expect(type(child.args) == "table" and is_count(child.args.n, 10000), "a number of arguments")
  expect(is_limit(child.shutdown) or child.shutdown == "brutal_kill", "a shutdown")
  expect(type(child.start_timeout) == "number" and is_limit(child.start_timeout), "a timeout")
  for _, key in ipairs({ "memory", "cpu", "instructions", "message", "handles",
    "mailbox_messages", "mailbox_bytes" }) do
    expect(is_limit(child.options[key]), key)
  end
  if child.supervisor then check_supervisor(child.supervisor) end
end

function check_supervisor(read)
  local ids = {}
  expect(is_limit(read.intensity) and type(read.intensity) == "number", "an intensity")
  expect(type(read.period) == "number" and read.period > 0, "a period")
  for i = 1, #read.children do
    local child = read.children[i]
    check_child(child)
    expect(not ids[child.id], "an id twice")
    ids[child.id] = true
  end
  for key in pairs(read.children) do expect(is_count(key, math.huge), "a list of children") end
end

local function examine(path, start, problems)
  if start.what ~= "neap.http" then return end
  local _, found = http_options.read(start.args[1], path)
  for _, problem in ipairs(found) do problems[#problems + 1] = problem end
end

local function no_module(path, what)
  if #what > 10 then return path .. " is not there" end
end

return function(text)
  local given = values.read(text, KEYS, WORDS)
  local read, problems = spec.read("root", given,
    { is_root = true, resolve = no_module, examine = examine })
  check_problems(problems)
  if #problems == 0 then check_supervisor(read) end
  local child, of_child = spec.read_child("child", given)
  check_problems(of_child)
  expect((child ~= nil) == (#of_child == 0), "a child, or problems")
  if child then check_child(child) end
  local options, of_options = http_options.read(given)
  check_problems(of_options)
  if options then expect(is_count(options.port, 65536) and is_count(options.max_body, 2 ^ 53)) end
end
