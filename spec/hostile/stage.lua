--- The program of the first arena: an empty stage, the arena, and the stage as it was before. A
--- rehearsal without scripts comes first, for what is made once and kept: images, bytecode.
local neap = require("neap")
local pass_gate = require("gate")

local function play(...)
  local _, ref = neap.spawn_monitor({ run = "arena", args = { ... },
    limits = { cpu = math.huge, handles = 10000 } })
  local reason = neap.receive({ "DOWN", ref })[4]
  assert(reason == "normal", neap.reason(reason))
end

play(neap.args[1], true)
pass_gate("empty")
play(neap.args[1], false)
pass_gate("empty")
