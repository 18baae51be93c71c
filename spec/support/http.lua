--- A client that sends exactly the bytes it is told, and reads what comes back.
---
---     local c = http.connect(port)
---     c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
---     local r = c:response()          -- { status, headers, body }
---     assert.equal("", c:rest())      -- until the other side closes
local posix = require("posix")
local socket = require("posix.sys.socket")

local http = {}

posix.signal(posix.SIGPIPE, posix.SIG_IGN)  -- what is sent to who is gone: send gives false

local DEADLINE_MS = 1000 * tonumber(os.getenv("SPEC_DEADLINE") or 120)

local Client = {}
Client.__index = Client

local open = {}

--- Connects to 127.0.0.1; raises if nobody listens.
---@param port integer
function http.connect(port)
  local fd = assert(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
  local ok, err = socket.connect(fd, { family = socket.AF_INET, addr = "127.0.0.1", port = port })
  if not ok then
    posix.close(fd)
    error("cannot connect to port " .. port .. ": " .. tostring(err), 2)
  end
  local self = setmetatable({ fd = fd, seen = "" }, Client)
  open[#open + 1] = self
  return self
end

--- Sends all of it; false if the other side is gone.
function Client:send(text)
  local at = 1
  while at <= #text do
    local n = socket.send(self.fd, text:sub(at, at + 65535))
    if not n then return false end
    at = at + n
  end
  return true
end

--- Says that nothing more is sent.
function Client:finish()
  socket.shutdown(self.fd, socket.SHUT_WR)
end

function Client:close()
  if self.fd then posix.close(self.fd) end
  self.fd = nil
end

local function wait_readable(fd)
  local ready = posix.rpoll(fd, DEADLINE_MS)
  if ready ~= 1 then error("the server sent nothing for too long", 0) end
end

--- Whether there is something to be read, or the end; within `ms`, if given.
function Client:is_readable(ms)
  return self.seen ~= "" or posix.rpoll(self.fd, ms or 0) == 1
end

local function receive(self)
  wait_readable(self.fd)
  local text, problem = socket.recv(self.fd, 65536)
  self.problem = problem
  return text ~= "" and text or nil
end

--- Reads more; false at the end.
local function more(self)
  local text = receive(self)
  if text then self.seen = self.seen .. text end
  return text ~= nil
end

--- Everything until the other side closes; and the problem, if it was no orderly end.
function Client:rest()
  local parts = { self.seen }
  for text in receive, self do parts[#parts + 1] = text end
  self.seen = ""
  return table.concat(parts), self.problem
end

local function need(self, found)
  while true do
    local value = found(self.seen)
    if value then return value end
    if not more(self) then
      error(("the connection ended in mid-response; so far: %q"):format(self.seen:sub(1, 400)), 0)
    end
  end
end

--- Waits until at least `n` bytes have come; they stay to be read.
function Client:read(n)
  local parts, size = { self.seen }, #self.seen
  while size < n do
    local text = receive(self)
    if not text then error(("the connection ended after %d of %d bytes"):format(size, n), 0) end
    parts[#parts + 1], size = text, size + #text
  end
  self.seen = table.concat(parts)
end

--- Reads `n` bytes and forgets them.
function Client:skip(n)
  while n > 0 do
    if self.seen == "" and not more(self) then
      error(("the connection ended %d bytes too early"):format(n), 0)
    end
    local some = math.min(n, #self.seen)
    self.seen, n = self.seen:sub(some + 1), n - some
  end
end

local function take(self, n)
  self:read(n)
  local text = self.seen:sub(1, n)
  self.seen = self.seen:sub(n + 1)
  return text
end

local function take_line(self)
  local at = need(self, function(seen) return seen:find("\r\n", 1, true) end)
  local line = self.seen:sub(1, at - 1)
  self.seen = self.seen:sub(at + 2)
  return line
end

local function read_chunks(self)
  local parts = {}
  while true do
    local size = tonumber(take_line(self), 16)
    local part = take(self, size)
    assert(take_line(self) == "", "a chunk ends with a line break")
    if size == 0 then return table.concat(parts), #parts end
    parts[#parts + 1] = part
  end
end

local function read_head(self)
  local line = take_line(self)
  local status = tonumber(line:match("^HTTP/1%.1 (%d%d%d) "))
  assert(status, "no status line: " .. line)
  local headers = {}
  while true do
    line = take_line(self)
    if line == "" then return { status = status, headers = headers } end
    local name, value = line:match("^([^:]+): (.*)$")
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
end

local EMPTY = { [204] = true, [304] = true }

--- The next response. `head`: it answers a HEAD request.
---@return { status: integer, headers: table, body: string, chunks: integer? }
function Client:response(head)
  local r = read_head(self)
  if r.status < 200 or head or EMPTY[r.status] then
    r.body = ""
  elseif r.headers["transfer-encoding"] then
    r.body, r.chunks = read_chunks(self)
  elseif r.headers["content-length"] then
    r.body = take(self, tonumber(r.headers["content-length"]))
  else
    r.body = self:rest()
  end
  return r
end

--- The status and headers alone, of a response whose body nobody will read.
function Client:response_head()
  return read_head(self)
end

--- Sends a request on this connection and gives its response. `options`: headers (a list of
--- lines), body.
function Client:ask(method, path, options)
  options = options or {}
  local lines = { method .. " " .. path .. " HTTP/1.1", "Host: spec" }
  for _, line in ipairs(options.headers or {}) do lines[#lines + 1] = line end
  if options.body then lines[#lines + 1] = "Content-Length: " .. #options.body end
  self:send(table.concat(lines, "\r\n") .. "\r\n\r\n" .. (options.body or ""))
  return self:response(method == "HEAD")
end

--- One request on a connection of its own.
function http.ask(port, method, path, options)
  local c = http.connect(port)
  local r = c:ask(method, path, options)
  c:close()
  return r
end

--- The port of a node that logged http.listen.
function http.port_of(n)
  n:eventually("http.listen")
  return tonumber(n:output():match("http%.listen[^\n]*port=(%d+)"))
end

--- A port that was free just now.
function http.free_port()
  local fd = assert(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
  assert(socket.bind(fd, { family = socket.AF_INET, addr = "127.0.0.1", port = 0 }))
  local port = assert(socket.getsockname(fd)).port
  posix.close(fd)
  return port
end

--- Closes what a test left open. For after_each.
function http.cleanup()
  for _, self in ipairs(open) do self:close() end
  open = {}
end

return http
