--- Waits until the spec kills the process of that name.
local neap = require("neap")

return function(name)
  local function waits() require("neap").receive() end
  local _, ref = neap.spawn_monitor({ run = waits, name = name })
  print("gate " .. name)
  neap.receive({ "DOWN", ref })
end
