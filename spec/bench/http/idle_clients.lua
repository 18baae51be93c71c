-- luajit idle_clients.lua PORT COUNT: opens connections, has each answered once, says "open",
-- and keeps them until its standard input ends.
local posix = require("posix")
local socket = require("posix.sys.socket")

local port, count = tonumber(arg[1]), tonumber(arg[2])
local REQUEST = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"

local function open()
  local fd = assert(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
  -- 28,000 ports of one address are enough for one server
  assert(socket.connect(fd, { family = socket.AF_INET, addr = "127.0.0.1", port = port }))
  assert(socket.send(fd, REQUEST))
  posix.rpoll(fd, 10000)
  assert(#socket.recv(fd, 4096) > 0)
end

for _ = 1, count do open() end
io.stdout:write("open\n")
io.stdout:flush()
io.stdin:read("*a")
