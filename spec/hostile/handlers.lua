--- What runs in the tree of the second arena.
local neap = require("neap")

local handlers = {}

--- "/next/7" is 8, if the victim is well; "/taken/0" is how often it was; "/port/case3" tells
--- where a server listens, and "/get/c3" what the service of that name answers.
function handlers.ask(req)
  local what, which = req.path:match("^/(%a+)/(.*)$")
  if what == "port" then return (neap.info(which).listen:match("%d+$")) end
  if what == "get" then return tostring(neap.call(which, "get")) end
  return tostring(neap.call("victim", what, tonumber(which), neap.timeout(30000)))
end

--- "/3/1" runs the third script, as the first of several at once. One that `answers` is asked for
--- the answer, and given the request.
function handlers.run(req, res)
  local index, copy = req.path:match("^/(%d+)/(%d+)$")
  local case = require(neap.args[1])[tonumber(index)]
  local victim, tag = neap.whereis("victim"), index .. "." .. copy
  if case.answers then return case.run(victim, tag, req, res) end
  case.run(victim, tag, req, res)
  return "normal"
end

return handlers
