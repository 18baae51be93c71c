--- Finds the word that somebody most likely meant. Pure.
local suggest = {}

local byte, min, max, floor = string.byte, math.min, math.max, math.floor

--- One row of the table of distances; `before` and `earlier` are the two rows above.
local function next_row(a, b, i, before, earlier)
  local row = { [0] = i }
  for j = 1, #b do
    local same = byte(a, i) == byte(b, j)
    row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (same and 0 or 1))
    local swapped = i > 1 and j > 1
      and byte(a, i) == byte(b, j - 1) and byte(a, i - 1) == byte(b, j)
    if swapped then row[j] = min(row[j], earlier[j - 2] + 1) end
  end
  return row
end

--- How many insertions, deletions, replacements and swaps of neighbours lie between.
---@param a string
---@param b string
---@return integer
function suggest.distance(a, b)
  local earlier, row = nil, {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    earlier, row = row, next_row(a, b, i, row, earlier)
  end
  return row[#b]
end

--- The closest of `words`, or nil if none is close.
---@param word any
---@param words string[]
---@return string?
function suggest.closest(word, words)
  if type(word) ~= "string" or #word > 64 then return nil end
  local best, best_distance = nil, max(1, floor(#word / 3)) + 1
  for _, candidate in ipairs(words) do
    local distance = suggest.distance(word:lower(), candidate:lower())
    if distance < best_distance then best, best_distance = candidate, distance end
  end
  return best
end

--- The tail of a message: `: did you mean "x"?`, or nothing.
---@param word any
---@param words string[]
---@return string
function suggest.hint(word, words)
  local best = suggest.closest(word, words)
  return best and ': did you mean "' .. best .. '"?' or ""
end

return suggest
