--- The second arena, as app.lua: each script of a collection is the handler of a server of its
--- own, with the limits of the script; another server asks the victim, for all who want to know.
local neap = require("neap")

local limits_of = require("limits")

local function server(id, handler, limits)
  return { id = id, start = { "neap.http",
    { listen = "127.0.0.1:0", handler = handler, request_timeout = "60s", limits = limits } } }
end

local children = {
  { id = "victim", start = { "victim" }, mailbox = { messages = 1000 } },
  server("asked", "handlers:ask"),
}

for index, case in ipairs(require(neap.args[1])) do
  children[#children + 1] = server("case" .. index, "handlers:run", limits_of(case))
end

return { children = children, intensity = 0 }
