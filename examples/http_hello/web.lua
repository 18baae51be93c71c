--- The routes. Each request runs in a process of its own: what happens there stays there.
local router = require("neap.http.router").new()

router:get("/", function()
  return "hello\n"
end)

router:get("/hello/:name", function(req)
  return { json = { hello = req.params.name } }
end)

router:post("/echo", function(req)
  return { status = 201, headers = { ["x-length"] = #req:body() }, body = req:body() }
end)

router:get("/count/:n", function(req, res)
  res:start(200, { ["content-type"] = "text/plain" })
  for i = 1, tonumber(req.params.n) do res:write(i .. "\n") end
end)

router:get("/crash", function()
  error("this request is lost, and no other")
end)

return router
