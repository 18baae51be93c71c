--- Conditional requests: is what the client has still good? Pure.
local date = require("neap.http.date")

local conditional = {}

local find, match, sub = string.find, string.match, string.sub

--- An entity tag for a file, which changes with its size and its time.
---@param size number
---@param modified number  Seconds since the epoch, with fractions.
---@return string
function conditional.etag(size, modified)
  return ('"%x-%x"'):format(size, math.floor(modified * 1000000))
end

local function opaque(etag)
  return match(etag, '^W/(".*)$') or etag
end

local function same_weakly(a, b)
  return opaque(a) == opaque(b)
end

local function same_strongly(a, b)
  return a == b and sub(a, 1, 2) ~= "W/"
end

--- True if one of the tags of the header is that of the resource. What follows something
--- that is no tag is not read.
local function has_tag(header, etag, same)
  if match(header, "^%s*%*%s*$") then return true end
  if not etag then return false end
  local from = 1
  while true do
    local _, to, tag = find(header, '^[%s,]*(W?/?"[^"%z]*")', from)
    if not to then return false end
    if same(tag, etag) then return true end
    from = to + 1
  end
end

local function seconds_of(header)
  return header and date.parse(header)
end

--- True if If-Match, or If-Unmodified-Since without one, forbids the request.
local function has_changed(about, modified)
  if about.if_match then return not has_tag(about.if_match, about.etag, same_strongly) end
  local since = seconds_of(about.if_unmodified_since)
  return since and modified and modified > since or false
end

--- True if the client has it already.
local function is_known(about, modified, reads)
  if about.if_none_match then return has_tag(about.if_none_match, about.etag, same_weakly) end
  local since = reads and seconds_of(about.if_modified_since)
  return since and modified and modified <= since or false
end

--- True if a Range may be honoured: what the client has a part of has not changed.
local function is_range_good(about, modified)
  local header = about.if_range
  if not header then return true end
  if find(header, '"', 1, true) then
    return about.etag ~= nil and same_strongly(header, about.etag)
  end
  return modified ~= nil and date.parse(header) == modified
end

---@class neap.HttpCondition
---@field method string
---@field etag? string               Of the resource, with its quotes: `"abc"` or `W/"abc"`.
---@field modified? number           When it changed; seconds since the epoch.
---@field if_match? string           The header of the request; so are the others.
---@field if_none_match? string
---@field if_modified_since? string
---@field if_unmodified_since? string
---@field if_range? string

--- What to do with a request for something that exists. A date that is none is ignored.
---@param about neap.HttpCondition
---@return 200|304|412 status       200: go on.
---@return boolean honours_range    With 200: whether a Range may be honoured.
---Example: `conditional.evaluate({ method = "GET", etag = '"a"', if_none_match = '"a"' })`
function conditional.evaluate(about)
  local modified = about.modified and math.floor(about.modified)
  local reads = about.method == "GET" or about.method == "HEAD"
  if has_changed(about, modified) then return 412, false end
  if is_known(about, modified, reads) then return reads and 304 or 412, false end
  return 200, is_range_good(about, modified)
end

return conditional
