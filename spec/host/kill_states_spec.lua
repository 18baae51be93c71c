--- neap.kill ends a process whatever it does; spec/bench/kill_latency.lua says how soon.
local cjson = require("cjson")
local http = require("spec.support.http")
local node = require("spec.support.node")

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local FILES = {
  ["kill_states.lua"] = read("spec/bench/kill_states.lua"),
  ["kill_slow.lua"] = read("spec/bench/kill_slow.lua"),
}

--- Kills in each state, several times, and says which end was another than "killed".
local KILLS = [[
  local neap, states = require("neap"), require("kill_states")
  for _, one in ipairs(states) do
    for round = 1, 3 do
      local pid, ref, other = states.start(one)
      neap.kill(pid)
      local down = neap.receive({ "DOWN", ref }, "60s")
      print(("%s %d: %s"):format(one.name, round, down and neap.reason(down[4]) or "it lives"))
      if other then
        ref = neap.monitor(other)
        neap.kill(other)
        neap.receive({ "DOWN", ref })
      end
    end
  end
  repeat until not neap.receive(0)       -- calls of who was killed in one
  print(("states: %d"):format(#states))
  neap.receive("never") ]]

--- What is left when main alone is left.
local function is_clean(n)
  local seen = cjson.decode((n:cli("info", "--json")))
  return seen.processes == 1 and seen.handles.monitors == 0 and seen.handles.timers == 0
    and seen.handles.links == 0 and seen.handles.children == 0 and seen.mail.messages == 0
    and seen.files.in_flight == 0
end

describe("neap.kill", function()
  after_each(function() http.cleanup() node.cleanup() end)

  for _, workers in ipairs({ 1, 2 }) do
    it("SIG-18 NEAP-12 ends a process in any state, workers: " .. workers, function()
      local n = node.script(KILLS, { files = FILES, options = { "-w", tostring(workers) } })
      n:eventually("states: ")
      local printed = n:output()
      local count = tonumber(printed:match("states: (%d+)"))
      assert.equal(3 * count, select(2, printed:gsub(" %d: killed\n", "")), printed)
      n:until_true("the end of all", function() return is_clean(n) end)
      assert.equal(0, n:stop())
    end)
  end

  it("ends a process that is at rest", function()
    local n = node.script([[
      local neap = require("neap")
      local pid, ref = neap.spawn_monitor({ run = function() neap.receive() end, name = "idle" })
      print("it waits")
      neap.receive({ "DOWN", ref })
      print("it is gone") neap.receive() ]], { options = { "--rest-after", "50ms" } })
    n:eventually("it waits")
    n:until_true("the rest", function()
      return cjson.decode((n:cli("info", "--json"))).resting >= 1
    end)

    n:cli("kill", "idle")

    n:eventually("it is gone")
  end)

  it("ends a service in its init: its start fails", function()
    node.check([[
      local slow = service.define({ init = function() neap.sleep("1h") return {} end })
      neap.spawn(function()
        while not neap.whereis("slow") do neap.sleep(1) end
        neap.kill(neap.whereis("slow"))
      end)
      local pid, reason = service.start({ run = slow, name = "slow" })
      expect.equal(nil, pid)
      expect.equal("killed", reason)
      expect.equal(nil, neap.whereis("slow")) ]])
  end)

  it("ends a handler that writes to a client that does not read", function()
    local n = node.app({
      ["app.lua"] = [[return { children = { { id = "web", start = { "neap.http", { handler = "web",
        listen = "127.0.0.1:0", request_timeout = "1h" } } } } }]],
      ["web.lua"] = [[local neap = require("neap")
        return function(_, res)
          neap.register("writer")
          res:start(200)
          while true do assert(res:write(("x"):rep(100000))) end
        end]],
    })
    n:eventually("http.listen")
    local client = http.connect(tonumber(n:output():match("port=(%d+)")))
    client:send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    n:until_true("the writer", function()
      return n:cli("info", "writer"):find("waiting", 1, true)
    end)

    n:cli("kill", "writer")

    n:until_true("its end", function() return select(2, n:cli("info", "writer")) ~= 0 end)
    assert.equal(0, n:stop())
  end)
end)
