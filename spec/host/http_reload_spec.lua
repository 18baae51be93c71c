local http = require("spec.support.http")
local node = require("spec.support.node")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- The example, in a folder of its own, so that it can be changed.
local function open_shop()
  local files = {}
  for _, name in ipairs({ "app", "config", "web", "stock", "courier", "hints" }) do
    files[name .. ".lua"] = read("examples/shop/" .. name .. ".lua")
  end
  return node.app(files, { options = { "--set", "listen=127.0.0.1:0", "--set", "pause=1" } })
end

--- Sends many requests on many connections before it reads an answer; gives how many.
local function crowd(clients)
  local text = ("GET /stock HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"):rep(10)
  for _, c in ipairs(clients) do c:send(text) end
  for _, c in ipairs(clients) do
    for _ = 1, 20 do assert.equal(200, c:response().status) end
  end
  return 20 * #clients
end

describe("a server whose code is replaced", function()
  after_each(function() http.cleanup() node.cleanup() end)

  it("fails no request meanwhile, and then answers with the new code", function()
    local n = open_shop()
    local port = http.port_of(n)
    local c, served, clients = http.connect(port), 0, {}
    for i = 1, 8 do clients[i] = http.connect(port) end
    local web, stock = n.app_dir .. "/web.lua", n.app_dir .. "/stock.lua"
    assert.equal(201, c:ask("POST", "/orders/apples?count=7").status)

    for round = 1, 5 do
      write(web, (read(web):gsub('"a shop[^:]*:', ('"a shop, %d:'):format(round))))
      write(stock, (read(stock):gsub("version = %d+", "version = " .. round + 1)))
      local reload = node.start({ "reload" }, { dir = n.dir })
      repeat
        assert.equal(200, c:ask("GET", "/").status)
        assert.equal(200, http.ask(port, "GET", "/stock").status)
        served = served + 2 + crowd(clients)
      until not reload:is_running()
      assert.equal(0, reload:wait(), reload:output())
      assert.truthy(c:ask("GET", "/").body:find("a shop, " .. round .. ":", 1, true))
    end

    assert.truthy(served >= 5 * 162)
    assert.truthy(c:ask("GET", "/stock").body:find('"apples":93', 1, true)) -- the state stayed
    assert.equal(0, n:stop())
    assert.is_nil(n:output():find("process.crash", 1, true))
  end)

  it("goes on with the old code when the new one has a mistake", function()
    local n = open_shop()
    local port = http.port_of(n)
    local web = n.app_dir .. "/web.lua"

    write(web, read(web) .. "\nthis is no Lua")
    local output, code = n:cli("reload")

    assert.equal(1, code)
    assert.truthy(output:find("web.lua:", 1, true), output)
    assert.equal(200, http.ask(port, "GET", "/").status)
  end)

  it("says that requests get the new code, not that handlers keep the old", function()
    local n = open_shop()
    local port = http.port_of(n)
    local web = n.app_dir .. "/web.lua"
    http.ask(port, "GET", "/")

    write(web, read(web) .. "\n-- changed\n")
    local output = n:cli("reload")

    assert.truthy(output:find("web: requests from now on get it\n", 1, true), output)
    assert.is_nil(output:find("no service", 1, true), output)
  end)
end)
