--- A service that says it is up and ends with an error at the first message: what the bench
--- `restart` starts again.
local neap, service = require("neap"), require("neap.service")

return service.define({
  init = function(to)
    neap.send(to, { "up", neap.self() })
    return {}
  end,
  info = function() neap.exit("crashed") end,
})
