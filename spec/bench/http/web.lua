--- What is asked for: six bytes; JSON with a path parameter; the body that came.
local router = require("neap.http.router").new()

router:get("/", function() return "hello\n" end)
router:get("/users/:id", function(req)
  return { json = { id = req.params.id, name = "user " .. req.params.id, active = true } }
end)
router:post("/echo", function(req) return { body = req:body() } end)

return router
