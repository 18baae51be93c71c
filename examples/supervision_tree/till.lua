--- Adds up what is sold. A price that is no number is more than it can take.
local neap, service = require("neap"), require("neap.service")

return service.define({
  init = function()
    print("the till opens with 0")
    return { total = 0 }
  end,
  call = {
    sell = function(state, price)
      state.total = state.total + price
      return state.total
    end,
  },
  terminate = function(state, reason)
    print(("the till closes with %d (%s)"):format(state.total, neap.reason(reason)))
  end,
})
