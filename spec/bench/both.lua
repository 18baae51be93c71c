--- For benches that also run in plain luajit, which their figures are held against.
local both = {}

local FIGURE = 'FIGURE {"bench":"%s","cfg":"plain","metric":"%s","value":%.4f,"unit":"%s"}'

local plain = arg ~= nil                      -- the standalone interpreter has it, a node has not

--- Prints one figure, with `cfg` as everywhere, or "plain".
function both.emit(bench, metric, value, unit)
  if plain then return print(FIGURE:format(bench, metric, value, unit)) end
  require("lib").emit(bench, nil, metric, value, unit)
end

--- Runs `work(size)`; the size is `default` unless the run script was given one.
function both.drive(work, default)
  if plain then return work(tonumber(arg[1]) or default) end
  local lib = require("lib")
  lib.drive(work, lib.size(default))
end

return both
