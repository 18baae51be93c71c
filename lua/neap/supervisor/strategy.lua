--- Decides which children to restart when one exits. Pure: starts nothing.
local strategy = {}

local affected = {}

function affected.one_for_one(_, exited) return { exited } end

function affected.one_for_all(children)
  local all = {}
  for i, child in ipairs(children) do all[i] = child end    -- unpack has a bound
  return all
end

function affected.rest_for_one(children, exited)
  local rest = {}
  for _, child in ipairs(children) do
    if child == exited or rest[1] then rest[#rest + 1] = child end
  end
  return rest
end

strategy.NAMES = { "one_for_one", "one_for_all", "rest_for_one" }

--- The children to stop (last first) and to start again, in start order.
---@param name "one_for_one"|"one_for_all"|"rest_for_one"
---@param children any[]  In start order.
---@param exited any      One of them.
---@return any[]
---Example: `strategy.affected("rest_for_one", { a, b, c }, b)` gives `{ b, c }`.
function strategy.affected(name, children, exited)
  return affected[name](children, exited)
end

return strategy
