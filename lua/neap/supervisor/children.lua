--- The children of one supervisor, in start order, found by id and by pid. Pure.
local children = {}

local Children = {}
Children.__index = Children

function children.new()
  return setmetatable({ list = {}, _by_id = {}, _by_pid = {} }, Children)
end

function Children:add(child)
  self.list[#self.list + 1] = child
  self._by_id[child.id] = child
end

function Children:remove(child)
  for i = #self.list, 1, -1 do
    if self.list[i] == child then table.remove(self.list, i) break end
  end
  self._by_id[child.id] = nil
  self:set_pid(child, nil)
end

--- Notes which process the child is now; nil: none.
function Children:set_pid(child, pid)
  if child.pid ~= nil then self._by_pid[child.pid] = nil end
  child.pid = pid
  if pid ~= nil then self._by_pid[pid] = child end
end

function Children:of_id(id)
  if id ~= nil then return self._by_id[id] end
end

function Children:of_pid(pid)
  if pid ~= nil then return self._by_pid[pid] end
end

--- What count_children replies.
function Children:count()
  local count = { specs = #self.list, active = 0, supervisors = 0, workers = 0 }
  for _, child in ipairs(self.list) do
    if child.pid ~= nil then count.active = count.active + 1 end
    local key = child.spec.type .. "s"
    count[key] = count[key] + 1
  end
  return count
end

--- What which_children replies.
function Children:describe()
  local list = {}
  for i, child in ipairs(self.list) do
    list[i] = { id = child.id, pid = child.pid, state = child.state,
      type = child.spec.type, restarts = child.restarts }
  end
  return list
end

return children
