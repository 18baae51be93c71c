--- Runs in the node: what the traffic from outside asks for, and how the outside steers a soak.
local neap = require("neap")
local router = require("neap.http.router").new()

local VERSION = 1

--- What the request before left in this process must be gone (api.md: between two requests).
local function is_clean()
  local info = neap.info()
  return neap.receive(0) == nil and info.links <= 1 and info.monitors == 0 and not info.trap_exit
end

router:get("/next/:client", function(req)
  assert(is_clean(), "something is left of the request before")
  local n, version, upgrades = neap.call("ledger", "next", req.params.client)
  return ("%d %d %d"):format(n, version, upgrades)
end)

router:post("/echo", function(req) return req:body() end)
router:get("/version", function() return tostring(VERSION) end)
router:get("/crash", function() error("as it was asked to") end)

--- Leaves as much as it can: mail, a timer, a name, a monitor, a link, the trap.
router:get("/mess", function()
  neap.trap_exit(true)
  neap.register("mess" .. tostring(neap.self()):gsub("%W", "_"))
  neap.send(neap.self(), "never read")
  neap.send_after(1, neap.self(), "nor this")
  neap.send_after(1e6, neap.self(), "nor that")
  neap.monitor("director")
  neap.spawn_link(function() require("neap").receive() end)
  return "done"
end)

--- Keeps its process for as long as it takes until all of a crowd is there.
router:get("/hold", function()
  neap.sleep(20)
  return "held"
end)

router:get("/start/:seed/:episodes", function(req)
  neap.call("director", "start", tonumber(req.params.seed), tonumber(req.params.episodes))
  return "started"
end)

router:get("/state", function() return { json = neap.call("director", "state") } end)

return router
