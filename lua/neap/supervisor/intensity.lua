--- Counts restarts in a sliding window. Pure: the caller passes the time.
local intensity = {}

local Intensity = {}
Intensity.__index = Intensity

--- A window that allows `max` restarts in `period` ms; math.huge allows all, and counts none.
---@param max number
---@param period number
function intensity.new(max, period)
  return setmetatable({ _max = max, _period = period, _at = {}, _first = 1, _last = 0 },
    Intensity)
end

local function drop_older_than(self, time)
  while self._first <= self._last and self._at[self._first] < time do
    self._at[self._first] = nil
    self._first = self._first + 1
  end
end

--- Counts a restart at `now`: true if it may be done.
---@param now number  ms, monotonic.
---@return boolean
function Intensity:allow(now)
  if self._max == math.huge then return true end
  drop_older_than(self, now - self._period)
  self._last = self._last + 1
  self._at[self._last] = now
  return self._last - self._first + 1 <= self._max
end

return intensity
