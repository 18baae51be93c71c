--- The limits of a script, in both arenas.
local LIMITS = { cpu = "50ms", memory = "8MB", message = "1MB", handles = 100 }

local SLOWNESS = math.max(1, tonumber(os.getenv("SPEC_DEADLINE") or 120) / 120)

--- What is to end at its memory limit may take its time: the machine may be slow to give it. What
--- is to end at its CPU limit need not take long: code is compiled after 10 ms.
local DEFAULT_CPU = { memory = "5s", cpu = 15 * SLOWNESS }

--- A case's own win.
return function(case)
  local limits = {}
  for key, value in pairs(LIMITS) do limits[key] = value end
  limits.cpu = DEFAULT_CPU[case.ends] or limits.cpu
  for key, value in pairs(case.limits or {}) do limits[key] = value end
  return limits
end
