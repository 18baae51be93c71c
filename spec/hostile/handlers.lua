--- What runs in the tree of the second arena.
local neap = require("neap")

local handlers = {}

--- "/next/7" is 8, if the victim is well; "/taken/0" is how often it was; "/port/case3" tells
--- where a server listens.
function handlers.ask(req)
  local what, which = req.path:match("^/(%a+)/(.*)$")
  if what == "port" then return (neap.info(which).listen:match("%d+$")) end
  return tostring(neap.call("victim", what, tonumber(which), neap.timeout(30000)))
end

--- "/3/1" runs the third script, as the first of several at once.
function handlers.run(req)
  local index, copy = req.path:match("^/(%d+)/(%d+)$")
  local case = require(neap.args[1])[tonumber(index)]
  case.run(neap.whereis("victim"), index .. "." .. copy)
  return "normal"
end

return handlers
