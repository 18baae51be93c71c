--- What the benches share: how a figure is printed, and processes with room for many handles.
local neap = require("neap")

local lib = {}

--- The workers the node runs with, as the first part of `cfg`.
lib.workers = neap.config.workers or "1"

--- Prints one figure; the run script finds it by its mark.
function lib.emit(bench, variant, metric, value, unit)
  local cfg = "s" .. lib.workers .. (variant and "/" .. variant or "")
  print(('FIGURE {"bench":"%s","cfg":"%s","metric":"%s","value":%.4f,"unit":"%s"}'):format(
    bench, cfg, metric, value, unit))
end

--- Prints a mark, and waits long enough for the run script to look at the node from outside.
function lib.mark(name)
  print("MARK " .. name)
  neap.sleep("1s")
end

--- The size of a bench: N, when the run script was given one.
function lib.size(default)
  return tonumber(neap.config.n) or default
end

--- Runs `work(...)` in a process that may hold many handles, and waits for it.
function lib.drive(work, ...)
  local _, ref = neap.spawn_monitor({ run = work, args = { ... },
    limits = { handles = 1000000, cpu = math.huge } })
  local reason = neap.receive({ "DOWN", ref })[4]
  if reason ~= "normal" then error(neap.reason(reason), 0) end
end

--- The value below which the share `p` of the sorted list lies.
function lib.percentile(sorted, p)
  return sorted[math.max(1, math.ceil(#sorted * p))]
end

return lib
