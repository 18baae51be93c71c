--- Dates of HTTP: text from seconds since the epoch and back. Pure.
local date = {}

local floor = math.floor

local DAYS = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" }
local MONTHS = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
  "Dec" }
local LENGTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
local DAY = 24 * 3600
local LAST = 253402300799                    -- the end of the year 9999

local month_of = {}
for number, name in ipairs(MONTHS) do month_of[name] = number end

--- Days from the epoch to a date. Years are counted from March here, so that the day that
--- some have more is their last; 719468 days lie between 0000-03-01 and the epoch.
local function days_of(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local before = floor((153 * (month - 3) + 2) / 5) + day - 1
  return 365 * year + floor(year / 4) - floor(year / 100) + floor(year / 400) + before - 719468
end

--- The year, month and day that is so many days from the epoch.
local function date_of(days)
  local year = 1970 + floor(days / 365.2425)
  if days_of(year, 1, 1) > days then year = year - 1 end
  if days_of(year + 1, 1, 1) <= days then year = year + 1 end
  local month = 1
  while month < 12 and days_of(year, month + 1, 1) <= days do month = month + 1 end
  return year, month, days - days_of(year, month, 1) + 1
end

--- "Sun, 06 Nov 1994 08:49:37 GMT", the form that is sent.
---@param seconds number  Since the epoch, of the years 1970 to 9999; beyond, the nearest.
---@return string
function date.format(seconds)
  seconds = math.max(0, math.min(LAST, floor(seconds)))
  local days = floor(seconds / DAY)
  local year, month, day = date_of(days)
  local rest = seconds - days * DAY
  return ("%s, %02d %s %04d %02d:%02d:%02d GMT"):format(DAYS[(days + 4) % 7 + 1], day,
    MONTHS[month], year, floor(rest / 3600), floor(rest / 60) % 60, rest % 60)
end

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

--- The seconds, or nil if there is no such moment. A leap second is the one after it.
local function moment(year, month, day, hour, minute, second)
  if not month or year < 1970 then return nil end
  local length = LENGTHS[month] + (month == 2 and is_leap(year) and 1 or 0)
  if day < 1 or day > length or hour > 23 or minute > 59 or second > 60 then return nil end
  return days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second
end

local CLOCK = "(%d%d):(%d%d):(%d%d)"

--- One function for each form; they give year, month, day, hour, minute and second as text.
local forms = {}

--- "Sun, 06 Nov 1994 08:49:37 GMT"
forms[1] = function(text)
  local day, month, year, hour, minute, second =
    text:match("^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) " .. CLOCK .. " GMT$")
  return year, month, day, hour, minute, second
end

--- "Sunday, 06-Nov-94 08:49:37 GMT": of the two years that are meant, the one from 1970 on.
forms[2] = function(text)
  local day, month, year, hour, minute, second =
    text:match("^%a+, (%d%d)%-(%a%a%a)%-(%d%d) " .. CLOCK .. " GMT$")
  return year and (tonumber(year) < 70 and "20" or "19") .. year, month, day, hour, minute, second
end

--- "Sun Nov  6 08:49:37 1994"
forms[3] = function(text)
  local month, day, hour, minute, second, year =
    text:match("^%a%a%a (%a%a%a) ([ %d]%d) " .. CLOCK .. " (%d%d%d%d)$")
  return year, month, day, hour, minute, second
end

--- Reads the three forms that a request may hold.
---@param text string
---@return number? seconds  Since the epoch; nil if it is none, or before the epoch.
function date.parse(text)
  if #text > 40 then return nil end
  for _, form in ipairs(forms) do
    local year, month, day, hour, minute, second = form(text)
    if year then
      return moment(tonumber(year), month_of[month], tonumber(day), tonumber(hour),
        tonumber(minute), tonumber(second))
    end
  end
end

return date
