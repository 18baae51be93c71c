--- The service that must answer all the time, in the tree of the second arena.
local service = require("neap.service")

return service.define({
  init = function() return { taken = 0 } end,
  call = {
    next = function(state, n)
      state.taken = state.taken + 1
      return n + 1
    end,
    taken = function(state) return state.taken end,
  },
})
