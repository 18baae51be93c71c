--- Runs in the node: counts for each client, and is reloaded meanwhile. A count that is lost, or
--- done twice, is seen by the client it belongs to.
local service = require("neap.service")

local VERSION = 1

return service.define({
  version = VERSION,
  init = function() return { counts = {}, upgrades = 0 } end,
  call = {
    next = function(state, client)
      local n = (state.counts[client] or 0) + 1
      state.counts[client] = n
      return n, VERSION, state.upgrades
    end,
    look = function(state, client) return state.counts[client] or 0 end,
  },
  upgrade = function(state)
    local counts = {}
    for client, n in pairs(state.counts) do counts[client] = n end
    return { counts = counts, upgrades = state.upgrades + 1 }
  end,
})
