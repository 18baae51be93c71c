--- The values by which handlers and the loop of a service understand each other. Pure.
local marks = {}

--- The name of the call that service.stop makes; no script can define a handler of it.
marks.STOP = "$neap.stop"

--- Returned by a call handler that replies later.
marks.noreply = { "service.noreply" }

--- Returned by init: no process, and no failure.
marks.ignore = { "service.ignore" }

--- The metatable of what service.exit gives.
marks.Exit = {}

--- The metatable by which the definition of a service is known; a snapshot names it.
marks.Service = {}

--- True for what service.define gives.
function marks.is_service(value)
  return type(value) == "table" and getmetatable(value) == marks.Service
end

--- Ends the service: { reason, n, reply values... }.
function marks.exit(reason, ...)
  return setmetatable({ reason = reason, n = select("#", ...), ... }, marks.Exit)
end

local from

--- Says whose call is being handled; nil: none. One process has one.
function marks.set_from(value)
  from = value
end

--- Whose call is being handled.
function marks.from()
  return from
end

return marks
