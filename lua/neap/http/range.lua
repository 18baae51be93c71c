--- Ranges: which part of a file the client asks for. Pure.
local range = {}

local format, match = string.format, string.match

--- First and last byte of "5-9", "5-" or "-5", counted from 0; nil if it is none of these.
local function bounds(header, size)
  local first, last = match(header, "^[Bb][Yy][Tt][Ee][Ss]=%s*(%d*)%-(%d*)%s*$")
  first, last = tonumber(first), tonumber(last)
  if first then
    if last and last < first then return nil end
    return first, math.min(last or size - 1, size - 1)
  end
  if last then return math.max(0, size - last), last == 0 and -1 or size - 1 end
end

--- Reads a Range header. One range of bytes is served; several, other units and what is no
--- range are served as the whole, and so is any range of what is empty.
---@param header string?
---@param size integer  Of the whole, in bytes.
---@return 200|206|416 status       200: the whole; 416: nothing lies in the range.
---@return string? content_range    The header of a 206 or 416.
---@return integer? offset          Of a 206, from 0.
---@return integer? length          Of a 206.
---Example: `range.read("bytes=0-99", 1000)` gives 206, "bytes 0-99/1000", 0, 100
function range.read(header, size)
  if not header or size == 0 then return 200 end
  local first, last = bounds(header, size)
  if not first then return 200 end
  if first > last then return 416, format("bytes */%d", size) end
  return 206, format("bytes %d-%d/%d", first, last, size), first, last - first + 1
end

return range
