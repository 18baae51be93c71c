--- Prints receipts, numbered from 1 since its start.
local service = require("neap.service")

return service.define({
  init = function() return { number = 0 } end,
  cast = {
    receipt = function(state, price, total)
      state.number = state.number + 1
      print(("receipt %d: %d, %d in all"):format(state.number, price, total))
    end,
  },
})
