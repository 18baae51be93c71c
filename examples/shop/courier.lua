--- Delivers orders, one after the other; customers do not wait for it.
local neap, service = require("neap"), require("neap.service")

local PAUSE = neap.config.pause

return service.define({
  init = function() return { delivered = 0 } end,
  cast = {
    deliver = function(state, order)
      neap.sleep(PAUSE)
      state.delivered = state.delivered + 1
      print(("delivered %d %s"):format(order.count, order.what))
    end,
  },
  call = {
    delivered = function(state) return state.delivered end,
  },
})
