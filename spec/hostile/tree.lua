--- The second arena, as app.lua: each script of a collection is the handler of a server of its
--- own, with the limits of the script; another server asks the victim, for all who want to know.
local neap = require("neap")

local LIMITS = { cpu = "50ms", memory = "8MB", message = "1MB", handles = 100 }

local function limits_of(case)
  local limits = {}
  for key, value in pairs(LIMITS) do limits[key] = value end
  for key, value in pairs(case.limits or {}) do limits[key] = value end
  return limits
end

local function server(id, handler, limits)
  return { id = id, start = { "neap.http",
    { listen = "127.0.0.1:0", handler = handler, request_timeout = "60s", limits = limits } } }
end

local children = {
  { id = "victim", start = { "victim" } },
  server("asked", "handlers:ask"),
}

for index, case in ipairs(require(neap.args[1])) do
  children[#children + 1] = server("case" .. index, "handlers:run", limits_of(case))
end

return { children = children, intensity = 0 }
