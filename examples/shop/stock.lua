--- How much of what is left. Asking for less than one of something is more than it can take.
local service = require("neap.service")

return service.define({
  version = 1,
  init = function(goods) return { left = goods, sold = 0 } end,
  call = {
    list = function(state) return state.left end,
    sell = function(state, what, count)
      local left = state.left[what]
      if not left then return nil, "unknown" end
      if count > left then return nil, "sold out" end
      assert(count > 0, "nobody can buy less than one")
      state.left[what], state.sold = left - count, state.sold + count
      return left - count
    end,
    sold = function(state) return state.sold end,
  },
})
