--- Customers come one after the other; every fifth wants to pay with a fish.
local neap = require("neap")

local PAUSE = neap.config.pause

local function pay(price)
  local total, err = neap.call("till", "sell", price)
  if total then return neap.cast("printer", "receipt", price, total) end
  print(("no sale of %s: %s"):format(tostring(price), err.kind))
end

return function()
  for customer = 1, math.huge do
    pay(customer % 5 == 0 and "a fish" or customer)
    neap.sleep(PAUSE)
  end
end
