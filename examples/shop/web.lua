--- The routes. The last three go wrong, each in its own way, and alone.
local neap = require("neap")
local router = require("neap.http.router").new()

--- What a service answered, or 503 while it is away.
local function ask(...)
  local answer, err = neap.call(...)
  if answer ~= nil or type(err) == "string" then return answer, err end
  return nil, { status = 503, json = { error = tostring(err) } }
end

router:get("/", function()
  return "a shop: GET /stock, POST /orders/apples?count=2, GET /crash, /spin, /eat\n"
end)

router:get("/stock", function()
  local list, problem = ask("stock", "list")
  return problem or { json = list }
end)

router:post("/orders/:what", function(req)
  local what, count = req.params.what, tonumber(req.query.count or 1)
  if not count then return { status = 400, json = { error = "count is no number" } } end
  local left, problem = ask("stock", "sell", what, count)
  if type(problem) == "table" then return problem end
  if not left then return { status = 409, json = { error = problem } } end
  neap.cast("courier", "deliver", { what = what, count = count })
  return { status = 201, json = { what = what, count = count, left = left } }
end)

router:get("/crash", function()
  error("a handler with a mistake")
end)

router:get("/spin", function()
  while true do end
end)

router:get("/eat", function()
  local eaten = {}
  while true do eaten[#eaten + 1] = ("x"):rep(1000) .. #eaten end
end)

return router
