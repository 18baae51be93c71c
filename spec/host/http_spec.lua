local http = require("spec.support.http")
local node = require("spec.support.node")

--- A server whose handler module is `source`; gives the node and its port.
local function serve(source, options)
  options = options or {}
  local given = options.http or ""
  local files = {
    ["app.lua"] = [[return { intensity = 1000, children = {
      ]] .. (options.children or "") .. [[
      { id = "web", start = { "neap.http", { listen = "127.0.0.1:]] .. (options.port or 0)
      .. [[", handler = "web", ]] .. given
      .. [[ } } } } }]],
    ["web.lua"] = source,
  }
  for name, text in pairs(options.files or {}) do files[name] = text end
  local n = node.app(files, { options = options.args, open_files = options.open_files })
  return n, http.port_of(n)
end

local ECHO = [[
  return function(req)
    return table.concat({ req.method, req.path, req:body() }, " ")
  end
]]

describe("an HTTP server", function()
  after_each(function() http.cleanup() node.cleanup() end)

  describe("on one connection", function()
    it("answers request after request", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)

      for i = 1, 50 do
        assert.equal("GET /" .. i .. " ", c:ask("GET", "/" .. i).body)
      end
    end)

    it("answers pipelined requests in their order", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)
      local text = {}

      for i = 1, 100 do
        text[i] = ("POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n%03d"):format(i, i)
      end
      c:send(table.concat(text))

      for i = 1, 100 do
        assert.equal(("POST /%d %03d"):format(i, i), c:response().body)
      end
    end)

    it("takes a request that comes byte by byte", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)
      local text = "POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        .. "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"

      for i = 1, #text do c:send(text:sub(i, i)) end

      assert.equal("POST /slow abcde", c:response().body)
    end)

    it("closes it when the client asks to", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)

      local r = c:ask("GET", "/", { headers = { "Connection: close" } })

      assert.equal("close", r.headers.connection)
      assert.equal("", c:rest())
    end)

    it("does not destroy the last answer when more was sent behind its request", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)

      assert.is_true(c:send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        .. ("x"):rep(5e6)))

      local text, problem = c:rest()
      assert.truthy(text:find("GET / $"))
      assert.is_nil(problem)
    end)

    it("closes it behind an HTTP/1.0 request, unless it is to be kept", function()
      local _, port = serve(ECHO)
      local c, d = http.connect(port), http.connect(port)

      c:send("GET /old HTTP/1.0\r\n\r\n")
      d:send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

      assert.equal("close", c:response().headers.connection)
      assert.equal("", c:rest())
      assert.equal("keep-alive", d:response().headers.connection)
      assert.equal("GET /again ", d:ask("GET", "/again").body)
    end)

    it("answers a client that has finished sending", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)

      c:send("GET /last HTTP/1.1\r\nHost: x\r\n\r\n")
      c:finish()

      assert.equal("GET /last ", c:response().body)
      assert.equal("", c:rest())
    end)

    it("answers all that was sent before the end, however slowly the answers are read", function()
      local _, port = serve("return function(req) return req.path:rep(10e6) end",
        { http = 'limits = { memory = "256MB" }' })
      local c = http.connect(port)

      c:send(("GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"):rep(3):format(1, 2, 3))
      c:read(1)                        -- the first is answered, and too large to be sent yet
      c:finish()

      for i = 1, 3 do assert.is_true(("/" .. i):rep(10e6) == c:response().body) end
      assert.equal("", c:rest())
    end)

    it("takes the bytes of a request in their order while an answer is still being sent", function()
      local _, port = serve([[
        return function(req)
          return req.query.n and ("x"):rep(tonumber(req.query.n)) or req.headers.x
        end]], { http = 'limits = { memory = "64MB" }' })
      local text = "GET / HTTP/1.1\r\nHost: x\r\nX: 0123456789abcdefghijklmnopqrstuvwxyz\r\n\r\n"

      for round = 1, 16 do                -- what is in the system's buffers is a matter of luck
        local c, step = http.connect(port), 125000 + round * 1000
        c:send(("GET /?n=%d HTTP/1.1\r\nHost: x\r\n\r\n"):format(step * #text))
        c:response_head()
        for i = 1, #text do
          c:skip(step)
          c:send(text:sub(i, i))
        end
        assert.equal("0123456789abcdefghijklmnopqrstuvwxyz", c:response().body)
        c:close()
      end
    end)

    it("is closed at once when a request ends in its middle, behind what is due", function()
      local _, port = serve([[
        return function(req)
          if req.path == "/wait" then require("neap").sleep(50) end
          return ("x"):rep(20e6)
        end]], { http = 'request_timeout = "1h", idle_timeout = "1h"' })

      for _, text in ipairs({ "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n" }) do
        local c = http.connect(port)
        c:send(text .. "GET / HTT")
        c:finish()
        assert.equal(20e6, #c:response().body)
        assert.equal("", c:rest())
      end
    end)

    it("says 100 Continue to who waits for it", function()
      local _, port = serve(ECHO)
      local c = http.connect(port)

      c:send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      assert.equal(100, c:response().status)
      c:send("ok")

      assert.equal("POST / ok", c:response().body)
    end)
  end)

  describe("a request", function()
    it("whose body does not come is a 408, whether some of it came or none", function()
      local _, port = serve(ECHO, { http = 'request_timeout = "50ms"' })
      local HEAD = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"

      for _, text in ipairs({ HEAD, HEAD .. "ab" }) do
        local c = http.connect(port)
        c:send(text)
        assert.equal(408, c:response().status)
        assert.equal("", c:rest())
      end
    end)

    it("has its parts decoded when they are asked for", function()
      local _, port = serve([[
        return function(req)
          local h = req.headers
          return table.concat({ req.query.a, req.query_all.a[2], req.query.b or "none", h["X-One"],
            h["x-one"], req.peer.address, type(req.peer.port), type(req.id) }, "|")
        end]])

      local r = http.ask(port, "GET", "/?a=1%202&a=x+y", { headers = { "X-ONE: p", "x-one:  q " } })

      assert.equal("1 2|x y|none|p, q|p, q|127.0.0.1|number|number", r.body)
    end)

    it("has an id that no other has, however many workers there are", function()
      local _, port = serve("return function(req) return ('%.0f'):format(req.id) end",
        { args = { "-w", "40" } })
      local seen = {}

      for _ = 1, 30 do
        local c = http.connect(port)
        for _ = 1, 3 do
          local id = c:ask("GET", "/").body
          assert.is_nil(seen[id])
          seen[id] = true
        end
      end
    end)

    it("has a body that is JSON or a form, or neither", function()
      local _, port = serve([[
        return function(req)
          if req.path == "/form" then return req:form().name end
          local value, err = req:json()
          return value and tostring(value.list[2]) or err.kind
        end]])
      local c = http.connect(port)

      assert.equal("7", c:ask("POST", "/", { body = '{"list":[5,7]}' }).body)
      assert.equal("invalid", c:ask("POST", "/", { body = "{" }).body)
      assert.equal("a b", c:ask("POST", "/form", { body = "name=a+b&x=1" }).body)
    end)

    it("is gone with its answer: what a script keeps of it raises", function()
      local n, port = serve([[
        local kept
        return function(req, res)
          if not kept then kept = { req, res } return "first" end
          if req.path == "/req" then return tostring(kept[1].headers.host) end
          kept[2]:start(200)
          return "never"
        end]], { args = { "-w", "1" } })

      assert.equal("first", http.ask(port, "GET", "/").body)
      assert.equal(500, http.ask(port, "GET", "/req").status)
      n:eventually("its request has been answered")
      assert.equal("first", http.ask(port, "GET", "/").body)
      assert.equal(500, http.ask(port, "GET", "/res").status)
    end)
  end)

  describe("an answer", function()
    it("may be a table, with headers of several lines", function()
      local _, port = serve([[
        return function()
          return { status = 202, headers = { ["X-A"] = { "1", "2" }, ["x-n"] = 5 }, json = { ok = true } }
        end]])

      local r = http.ask(port, "GET", "/")

      assert.equal(202, r.status)
      assert.equal("1, 2", r.headers["x-a"])
      assert.equal("5", r.headers["x-n"])
      assert.equal("application/json", r.headers["content-type"])
      assert.equal('{"ok":true}', r.body)
    end)

    it("to HEAD has the head of GET, and no body", function()
      local _, port = serve("return function() return 'four' end")
      local c = http.connect(port)

      local r = c:ask("HEAD", "/")

      assert.equal("4", r.headers["content-length"])
      assert.equal("four", c:ask("GET", "/").body)
    end)

    it("with 204 has neither body nor length", function()
      local _, port = serve("return function() return { status = 204 } end")
      local c = http.connect(port)

      assert.is_nil(c:ask("GET", "/").headers["content-length"])
      assert.equal(204, c:ask("GET", "/").status)
    end)

    it("may be a buffer", function()
      local _, port = serve([[
        local neap = require("neap")
        return function() return { body = neap.buffer(("x"):rep(300000)) } end]])

      assert.equal(300000, #http.ask(port, "GET", "/").body)
    end)

    it("that is none is a 500, and the log says what it was", function()
      local n, port = serve([[
        local bad = { ["/true"] = true, ["/status"] = { status = 42 }, ["/key"] = { stauts = 200 },
          ["/header"] = { headers = { a = "b\r\nc: d" } } }
        return function(req) return bad[req.path] end]])
      local c = http.connect(port)

      for _, path in ipairs({ "/true", "/status", "/key", "/header", "/nil" }) do
        assert.equal(500, c:ask("GET", path).status)
      end

      n:eventually("http.bad_response", 5)
      n:eventually('did you mean \\"status\\"')
    end)

    it("of many megabytes reaches a client that reads slowly", function()
      local _, port = serve("return function() return ('0123456789'):rep(1000000) end")
      local c = http.connect(port)

      local r = c:ask("GET", "/")

      assert.equal(10000000, #r.body)
      assert.equal(("0123456789"):rep(1000000), r.body)
    end)
  end)

  describe("a streamed answer", function()
    local COUNT = [[
      return function(req, res)
        res:start(200, { ["content-type"] = "text/plain" })
        for i = 1, tonumber(req.query.n) do
          local ok, err = res:write(("%08d"):format(i):rep(tonumber(req.query.times or 1)))
          if not ok then print("stopped: " .. err.kind) return end
        end
      end]]

    it("comes in chunks", function()
      local _, port = serve(COUNT)
      local c = http.connect(port)

      local r = c:ask("GET", "/?n=3")

      assert.equal("000000010000000200000003", r.body)
      assert.equal(3, r.chunks)
      assert.equal("00000001", c:ask("GET", "/?n=1").body)
    end)

    it("ends with the connection for HTTP/1.0", function()
      local _, port = serve(COUNT)
      local c = http.connect(port)

      c:send("GET /?n=2 HTTP/1.0\r\n\r\n")

      assert.equal("0000000100000002", c:response().body)
    end)

    it("waits for a slow client, and arrives whole", function()
      local _, port = serve(COUNT)
      local c = http.connect(port)

      local r = c:ask("GET", "/?n=1000&times=1000")

      assert.equal(8000000, #r.body)
      assert.equal("00001000", r.body:sub(-8))
    end)

    it("may take longer than request_timeout, as long as the client takes some of it", function()
      local _, port = serve([[return function(_, res) res:start(200) res:write(("x"):rep(24e6)) end]],
        { http = ("request_timeout = %d"):format(2000 * node.SLOWNESS) })
      local _, pacer = serve([[return function() require("neap").sleep(100) return "go on" end]])
      local c, pace = http.connect(port), http.connect(pacer)

      c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      for mb = 1, 24 do
        c:read(mb * 1e6)
        pace:ask("GET", "/")
      end

      assert.equal(24e6, #c:response().body)
    end)

    it("is not cut off at its end, where the client takes a rest longer than one behind errors",
      function()
        local _, port = serve([[return function() return ("x"):rep(24e6) end]])
        local _, pacer = serve([[return function() require("neap").sleep(100) return "go on" end]])
        local c, pace = http.connect(port), http.connect(pacer)

        c:send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        c:read(1)
        for _ = 1, 25 do pace:ask("GET", "/") end

        assert.equal(24e6, #c:response().body)
      end)

    it("is no long turn, however fast the client reads", function()
      local _, port = serve([[
        local now = require("neap").now
        return function(_, res)
          res:start(200)
          for _ = 1, 400 do
            local until_then = now() + 2
            while now() < until_then do end
            res:write("x")
          end
        end]], { http = 'limits = { cpu = "200ms" }' })

      assert.equal(400, #http.ask(port, "GET", "/").body)
    end)

    it("that nobody reads any more holds up nobody", function()
      local _, port = serve([[
        return function(req, res)
          if req.path ~= "/stream" then return "quick" end
          res:start(200)
          while true do res:write(("x"):rep(1e5)) end
        end]], { http = 'request_timeout = "1h", limits = { cpu = "1h" }', args = { "-w", "1" } })
      local c, other = http.connect(port), http.connect(port)

      c:send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
      c:read(1e6)
      c:close()

      for _ = 1, 10 do assert.equal("quick", other:ask("GET", "/").body) end
    end)

    it("learns that the client has gone", function()
      local n, port = serve(COUNT)
      local c = http.connect(port)

      c:send("GET /?n=100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
      c:response_head()
      c:close()

      n:eventually("stopped: closed")
    end)

    it("is a 500 or cut off when a script tampers with what is behind it", function()
      local _, port = serve([[
        return function(req, res)
          if req.path == "/never" then res._started = true return end
          res:start(200)
          res:write("half")
          res._started = false
          return "HTTP/1.1 200 OK"
        end]])
      local c = http.connect(port)

      assert.equal(500, http.ask(port, "GET", "/never").status)
      c:send("GET /twice HTTP/1.1\r\nHost: x\r\n\r\n")
      assert.truthy(c:rest():find("\r\n\r\n4\r\nhalf\r\n$"))
    end)

    it("is cut off when its handler crashes", function()
      local _, port = serve([[
        return function(_, res)
          res:start(200)
          res:write("half")
          error("no more")
        end]])
      local c = http.connect(port)

      c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")

      assert.is_nil(c:rest():find("0\r\n\r\n", 1, true))
    end)

    it("is cut off for HTTP/1.0, too, which must not take it for its end", function()
      local _, port = serve([[
        return function(req, res)
          res:start(200)
          res:write("half")
          if req.path == "/crash" then error("no more") end
        end]])
      local c, d = http.connect(port), http.connect(port)

      c:send("GET / HTTP/1.0\r\n\r\n")
      d:send("GET /crash HTTP/1.0\r\n\r\n")

      assert.is_nil(select(2, c:rest()))
      assert.equal("Connection reset by peer", select(2, d:rest()))
    end)
  end)

  describe("a handler", function()
    it("that crashes is a 500 of its request alone", function()
      local n, port = serve([[
        return function(req)
          if req.path == "/crash" then error("broken") end
          return "fine"
        end]])
      local c = http.connect(port)

      for _ = 1, 20 do
        assert.equal("500 internal server error\n", http.ask(port, "GET", "/crash").body)
        assert.equal("fine", c:ask("GET", "/").body)
      end

      n:eventually('process.crash module=web reason="web.lua:2: broken"', 10)  -- others summed up
    end)

    it("that waits holds up nobody", function()
      local _, port = serve([[
        local neap = require("neap")
        return function(req)
          if req.path == "/wait" then neap.receive() end
          return "quick"
        end]], { args = { "-w", "1" } })

      for _ = 1, 30 do
        http.connect(port):send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        assert.equal("quick", http.ask(port, "GET", "/").body)
      end
    end)

    it("keeps its variables, and is new each time with fresh", function()
      local SOURCE = "local n = 0 return function() n = n + 1 return tostring(n) end"
      local _, warm = serve(SOURCE, { args = { "-w", "1" } })
      local _, fresh = serve(SOURCE, { args = { "-w", "1" }, http = "fresh = true" })

      for i = 1, 3 do
        assert.equal(tostring(i), http.ask(warm, "GET", "/").body)
        assert.equal("1", http.ask(fresh, "GET", "/").body)
      end
    end)

    it("is replaced after max_requests", function()
      local _, port = serve("local n = 0 return function() n = n + 1 return tostring(n) end",
        { args = { "-w", "1" }, http = "max_requests = 2" })
      local c = http.connect(port)

      local seen = {}
      for i = 1, 5 do seen[i] = c:ask("GET", "/").body end

      assert.equal("1 2 1 2 1", table.concat(seen, " "))
    end)

    it("begins each request without what the former one left behind", function()
      local _, port = serve([[
        local neap = require("neap")
        local left = {}
        return function(req)
          if req.path == "/leave" then
            neap.register("mine")
            neap.trap_exit(true)
            left.timer = neap.send_after("1h", neap.self(), "late")
            neap.send(neap.self(), "old mail")
            neap.monitor(neap.whereis("web"))
            left.linked = neap.spawn_link(function() require("neap").receive() end)
            return "left"
          end
          local info = neap.info()
          local mail = neap.receive(0)
          while neap.info(left.linked) do neap.sleep(1) end   -- it was told to end
          return table.concat({ tostring(neap.whereis("mine")), tostring(info.trap_exit), info.timers,
            info.monitors, info.links, tostring(mail), tostring(neap.info(left.linked)) }, " ")
        end]], { http = "pool = { max = 1 }", args = { "-w", "1" } })
      local c = http.connect(port)

      assert.equal("left", c:ask("GET", "/leave").body)

      assert.equal("nil false 0 0 0 nil nil", c:ask("GET", "/look").body)
    end)

    it("calls services of the tree", function()
      local _, port = serve([[
        local neap = require("neap")
        return function() return tostring(neap.call("counter", "next")) end]], {
        children = '{ id = "counter", start = { "counter" } },',
        files = { ["counter.lua"] = [[
          return require("neap.service").define({ init = function() return { n = 0 } end,
            call = { next = function(s) s.n = s.n + 1 return s.n end } })]] },
      })
      local c = http.connect(port)

      for i = 1, 10 do assert.equal(tostring(i), c:ask("GET", "/").body) end
    end)

    it("that takes longer than request_timeout is ended, and answered for", function()
      local n, port = serve([[
        local neap = require("neap")
        return function(req)
          if req.path == "/long" then neap.sleep("1h") end
          return "in time"
        end]], { http = 'request_timeout = "100ms"' })

      assert.equal(500, http.ask(port, "GET", "/long").status)
      assert.equal("in time", http.ask(port, "GET", "/").body)
      n:eventually("the request took longer than 100 ms")
    end)

    it("that does not come to its start is ended, and others are made", function()
      local n, port = serve([[
        local neap = require("neap")
        local is_server = neap.whereis("web") == neap.self()
        local function wait() require("neap").receive() end
        if not is_server and neap.spawn({ run = wait, name = "tried" }) then wait() end
        return function() return "started" end]],
        { http = 'request_timeout = "500ms"', args = { "-w", "1" } })
      local c = http.connect(port)

      c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      n:eventually("http.expired")
      c:close()

      n:eventually("the start of the handler took longer than 500 ms")
      assert.equal("started", http.ask(port, "GET", "/").body)
    end)

    it("that idles on one worker leaves its place to requests on another", function()
      local _, port = serve(ECHO,
        { http = 'pool = { max = 1 }, request_timeout = "3s"', args = { "-w", "4" } })

      for i = 1, 60 do assert.equal("GET /" .. i .. " ", http.ask(port, "GET", "/" .. i).body) end
    end)

    it("that is always busy on one worker leaves its place to requests on another", function()
      local _, port = serve(ECHO,
        { http = 'pool = { max = 2 }, request_timeout = "3s"', args = { "-w", "4" } })
      local clients = {}
      local text = ("GET / HTTP/1.1\r\nHost: x\r\n\r\n"):rep(50)

      for i = 1, 20 do clients[i] = http.connect(port) end
      for _, c in ipairs(clients) do c:send(text) end

      for _, c in ipairs(clients) do
        for _ = 1, 50 do assert.equal(200, c:response().status) end
      end
    end)

    it("is not to be had when the pool is full: 503", function()
      local n, port = serve([[
        local neap = require("neap")
        return function(_, res)
          res:start(200)
          print("begun")
          while res:write("still here\n") do neap.sleep(5) end
        end]], { http = 'pool = { max = 1 }, request_timeout = "500ms"', args = { "-w", "1" } })
      local busy, late = http.connect(port), http.connect(port)

      busy:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      n:eventually("begun")

      assert.equal(503, late:ask("GET", "/").status)
    end)
  end)

  describe("without descriptors for more connections", function()
    local SOURCE = [[
      return function(req)
        if req.path == "/wait" then require("neap").sleep(300) end
        return "served"
      end]]

    it("closes idle ones for new ones, and says what to do", function()
      local n, port = serve(SOURCE, { open_files = 60, args = { "-w", "4" } })

      for _ = 1, 200 do http.connect(port) end

      for _ = 1, 20 do
        n:until_true("an answer", function()
          local ok, r = pcall(http.ask, port, "GET", "/")
          return ok and r.body == "served"
        end)
      end
      n:eventually("too many open files; raise the limit (ulimit -n)")
      assert.equal(0, n:stop())
    end)

    it("lets new ones wait until others are done", function()
      local n, port = serve(SOURCE, { open_files = 60, args = { "-w", "2" } })
      local clients = {}

      for i = 1, 100 do
        clients[i] = http.connect(port)
        clients[i]:send("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      end

      for _, c in ipairs(clients) do assert.equal("served", c:response().body) end
      n:eventually("http.full")
    end)
  end)

  describe("at its end", function()
    it("lets requests come to theirs, and takes no more", function()
      local n, port = serve([[
        local neap = require("neap")
        return function() print("begun") neap.sleep(300) return "done" end]])
      local busy, idle = http.connect(port), http.connect(port)
      idle:ask("GET", "/")
      busy:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      n:eventually("begun", 2)

      n:signal("TERM")

      assert.equal("", idle:rest())
      local r = busy:response()
      assert.equal("done", r.body)
      assert.equal("close", r.headers.connection)
      assert.equal(0, n:wait())
      assert.has_error(function() http.connect(port) end)
    end)

    it("closes behind an answer that had begun before", function()
      local n, port = serve([[
        return function(_, res)
          res:start(200)
          res:write("begun, ")
          print("begun")
          require("neap").sleep(300)
          res:write("done")
        end]])
      local c = http.connect(port)
      c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      n:eventually("begun")

      n:signal("TERM")

      assert.equal("begun, done", c:response().body)
      assert.equal("", c:rest())
      assert.equal(0, n:wait())
      assert.is_nil(n:output():find("shutdown_error", 1, true), n:output())
    end)

    it("sends what it has answered to clients that read slowly", function()
      local n, port = serve("return function() return ('x'):rep(20e6) end")
      local c = http.connect(port)
      c:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      c:response_head()

      n:signal("TERM")
      n:eventually("signal=SIGTERM")
      n:until_true("no more connections", function() return not pcall(http.connect, port) end)

      assert.equal(20e6, #c:rest())
      assert.equal(0, n:wait())
    end)

    it("is started anew by its supervisor on the same port, however busy other workers are", function()
      local free = http.free_port()
      local n, port = serve([[
        local neap = require("neap")
        return function()
          local until_then = neap.now() + 100
          neap.kill(neap.whereis("web"))
          while neap.now() < until_then do end
          return "last words"
        end]], { port = free, args = { "-w", "4" } })

      for i = 1, 8 do
        pcall(http.ask, port, "GET", "/")
        n:eventually("http.listen", i + 1)
      end

      assert.is_nil(n:output():find("start_failed"))
      assert.equal(0, n:stop())
    end)

    it("may have hardly begun, on workers that have much else to do", function()
      local n, port = serve([[
        return function() require("neap").spawn("busy") return "" end]], { args = { "-w", "4" },
        files = { ["busy.lua"] = [[
          local neap = require("neap")

          local function compute()
            neap.send_after(1000000, neap.self(), "never") -- with a timer it keeps its worker
            while true do
              local until_then = neap.now() + 40
              while neap.now() < until_then do end
              neap.sleep(1)
            end
          end

          return function()
            for _ = 1, 7 do neap.spawn(compute) end
            for i = 1, 80 do
              local web = neap.whereis("web")
              if web then neap.kill(web) end
              neap.sleep(i % 7)
            end
            neap.log.info("busy.done")
          end]] } })

      pcall(http.ask, port, "GET", "/")

      n:eventually("busy.done")

      assert.equal(0, n:stop())
    end)
  end)

  it("takes times of any length", function()
    local _, port = serve(ECHO,
      { http = "idle_timeout = 18446744073710, request_timeout = 18446744073710" })
    local c = http.connect(port)

    for _ = 1, 3 do assert.equal("GET / ", c:ask("GET", "/").body) end
  end)

  describe("that cannot start says so in one line", function()
    local function fails(files, code)
      local n = node.app(files)
      assert.equal(code, n:wait())
      return n:output()
    end

    local function app(options)
      return ('return { children = { { id = "web", start = { "neap.http", %s } } } }'):format(options)
    end

    it("when the port is taken", function()
      local _, port = serve(ECHO)

      local output = fails({ ["web.lua"] = ECHO,
        ["app.lua"] = app('{ listen = "127.0.0.1:' .. port .. '", handler = "web" }') }, 1)

      assert.truthy(output:find("127.0.0.1:" .. port .. " is in use", 1, true), output)
    end)

    it("when the address is none of this machine", function()
      local output = fails({ ["web.lua"] = ECHO,
        ["app.lua"] = app('{ listen = "192.0.2.1:80", handler = "web" }') }, 1)

      assert.truthy(output:find("192.0.2.1:80 is no address of this machine", 1, true), output)
    end)

    it("when an option is wrong", function()
      local output = fails({ ["web.lua"] = ECHO,
        ["app.lua"] = app('{ listen = "here", handlr = "web" }') }, 2)

      assert.equal('root.children[1].start[2]: unknown key "handlr": did you mean "handler"?\n'
        .. 'root.children[1].start[2].listen is "here"; expected "ADDRESS:PORT", such as'
        .. ' "127.0.0.1:8080"\nroot.children[1].start[2].handler is missing; expected a module name,'
        .. ' "module:function" or a function\n', output)
    end)

    it("when there is no handler module, or it can not be compiled", function()
      for source, problem in pairs({
        ["return 1"] = 'root.children[1].start[2].handler is "wbe"; there is no such module',
        ["x ="] = "root.children[1].start[2].handler: wbe.lua:1: ",
      }) do
        local output = fails({ [source == "x =" and "wbe.lua" or "web.lua"] = source,
          ["app.lua"] = app('{ listen = "127.0.0.1:0", handler = "wbe" }') }, 2)

        assert.equal(problem, output:sub(1, #problem))
        assert.truthy(output:find("^[^\n]+\n$"), output)
      end
    end)

    it("to neap check as well, which loads the handler", function()
      for source, problem in pairs({
        ["return 42"] = 'root.children[1].start[2].handler: module "web" returns 42; expected a'
          .. " router or a function(req, res)\n",
        ["error('not today')"] = "root.children[1].start[2].handler: web.lua:1: not today\n",
      }) do
        local output, code = node.run({ "check", node.folder({ ["web.lua"] = source,
          ["app.lua"] = app('{ listen = "127.0.0.1:0", handler = "web" }') }) })

        assert.equal(problem, output)
        assert.equal(2, code)
      end
    end)

    it("when the handler module returns rubbish", function()
      local output = fails({ ["web.lua"] = "return 42",
        ["app.lua"] = app('{ listen = "127.0.0.1:0", handler = "web" }') }, 1)

      assert.truthy(output:find('module "web" returns 42; expected a router', 1, true), output)
    end)

    it("when the handler module does not load", function()
      local output = fails({ ["web.lua"] = "error('not today')",
        ["app.lua"] = app('{ listen = "127.0.0.1:0", handler = "web" }') }, 1)

      assert.truthy(output:find("web.lua:1: not today", 1, true), output)
    end)
  end)

  it("tells where it listens", function()
    local _, port = serve([[
      local neap = require("neap")
      return function() return neap.info("web").listen end]])

    assert.equal("127.0.0.1:" .. port, http.ask(port, "GET", "/").body)
  end)
end)
