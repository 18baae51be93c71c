--- Says, once, what to try; then it is done.
local neap = require("neap")

return function()
  local url = "http://" .. neap.info("web").listen
  print("the shop is open; try, in another terminal:")
  print("  curl " .. url .. "/stock")
  print("  curl -X POST '" .. url .. "/orders/apples?count=2'")
  print("  curl " .. url .. "/crash      (500: that handler is gone, the shop is not)")
  print("  curl " .. url .. "/spin       (500 after 500 ms of CPU)")
  print("  curl " .. url .. "/eat        (500 at 16 MB)")
  print("  curl -X POST '" .. url .. "/orders/pears?count=0'  (crashes the stock)")
end
