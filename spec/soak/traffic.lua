--- Runs in busted: HTTP from outside, whose answers are known: counts of the ledger, echoes,
--- crashes, clients that go away. Raises at the first wrong answer.
local dice = require("spec.soak.dice")
local http = require("spec.support.http")

local traffic = {}

local KEPT, CROWD = 3, 8

local Traffic = {}
Traffic.__index = Traffic

function traffic.new(port, seed)
  return setmetatable({ port = port, dice = dice.new(seed), kept = {}, counts = {}, requests = 0,
    version = 0 }, Traffic)
end

local function check(what, expected, seen)
  if expected ~= seen then
    error(("soak: WRONG, %s: expected %s, saw %s"):format(what, tostring(expected),
      tostring(seen)), 0)
  end
end

--- A connection that is used again and again.
function Traffic:connection()
  local at = self.dice:roll(KEPT)
  self.kept[at] = self.kept[at] or http.connect(self.port)
  return self.kept[at]
end

function Traffic:ok(response)
  self.requests = self.requests + 1
  check("a status", 200, response.status)
  return response.body
end

--- The count of `client` goes up by one, whatever is reloaded.
function Traffic:counted(client, body)
  local n, version = body:match("^(%d+) (%d+) %d+$")
  check("the count of " .. client, (self.counts[client] or 0) + 1, tonumber(n))
  self.counts[client] = tonumber(n)
  if tonumber(version) < self.version then check("a version", self.version, version) end
  self.version = tonumber(version)
end

local NEXT = "GET /next/%s HTTP/1.1\r\nHost: x\r\n\r\n"

local does = {}

function does.count(self)
  local client = "kept" .. self.dice:roll(2)
  self:counted(client, self:ok(self:connection():ask("GET", "/next/" .. client)))
end

function does.echo(self)
  local body = ("echo %d "):format(self.requests):rep(self.dice:roll(2000))
  check("an echo", body, self:ok(self:connection():ask("POST", "/echo", { body = body })))
end

function does.pipeline(self)
  local c = self:connection()
  c:send(NEXT:format("pipe"):rep(3))
  for _ = 1, 3 do self:counted("pipe", self:ok(c:response())) end
end

function does.crash(self)
  self.requests = self.requests + 1
  check("the status of a crash", 500, http.ask(self.port, "GET", "/crash").status)
end

function does.mess(self)
  check("a mess", "done", self:ok(self:connection():ask("GET", "/mess")))
end

--- Goes away in mid-request, or before the answer.
function does.leave(self)
  local c = http.connect(self.port)
  c:send(self.dice:once_in(2) and "POST /echo HTTP/1.1\r\nContent-Length: 99\r\n\r\nno mo"
    or "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
  c:close()
end

--- As many at once as there are processes to answer.
function does.crowd(self)
  local clients = {}
  for i = 1, CROWD do
    clients[i] = http.connect(self.port)
    clients[i]:send(NEXT:format("crowd" .. i))
  end
  for i, c in ipairs(clients) do
    self:counted("crowd" .. i, self:ok(c:response()))
    c:close()
  end
end

local DECK = { "count", "count", "count", "count", "echo", "echo", "pipeline", "crash", "mess",
  "leave", "crowd" }

function Traffic:step()
  does[self.dice:pick(DECK)](self)
end

--- Every handler process that there may be is there, and has forgotten its last request.
function Traffic:fill_pool(size)
  local clients = {}
  for i = 1, size do
    clients[i] = http.connect(self.port)
    clients[i]:send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
  end
  for _, c in ipairs(clients) do
    self:ok(c:response())
    c:close()
  end
end

--- Closes what is kept open.
function Traffic:rest()
  for _, c in pairs(self.kept) do c:close() end
  self.kept = {}
end

return traffic
