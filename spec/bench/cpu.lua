-- The interpreter's own speed, inside a process: recursion, sorting, objects, floating point.
-- Also runs in plain luajit; CPU time, over a second each.
local both = require("both")

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

--- The next of a fixed series of 31-bit numbers; in halves, as doubles are exact to 2^53 only.
local function lcg(s)
  local low = s % 65536
  local high = (s - low) / 65536
  return (high * 1103515245 % 32768 * 65536 + low * 1103515245 + 12345) % 2147483648
end

local function sort()
  local list, s = {}, 42
  for i = 1, 200000 do s = lcg(s) list[i] = s end
  table.sort(list)
  assert(list[1] == 863)
end

local function by_key(a, b)
  if a.key ~= b.key then return a.key < b.key end
  return a.id < b.id
end

local function objects()
  local list, s, groups, count = {}, 42, {}, 0
  for i = 1, 200000 do s = lcg(s) list[i] = { id = i, key = s % 100000, name = "n" .. i } end
  table.sort(list, by_key)
  for i = 1, #list do
    local group = list[i].key % 1000
    if not groups[group] then groups[group] = 0 count = count + 1 end
    groups[group] = groups[group] + 1
  end
  assert(count == 1000)
end

local function escapes_after(cr, ci)
  local zr, zi = 0.0, 0.0
  for i = 0, 49 do
    local r2, i2 = zr * zr, zi * zi
    if r2 + i2 > 4.0 then return i end
    zr, zi = r2 - i2 + cr, 2.0 * zr * zi + ci
  end
  return 50
end

local function mandelbrot(n)
  local total = 0
  for y = 0, n - 1 do
    for x = 0, n - 1 do total = total + escapes_after(2.0 * x / n - 1.5, 2.0 * y / n - 1.0) end
  end
  assert(total == 3905042)
end

local function measure(name, times, work, ...)
  local start = os.clock()
  for _ = 1, times do work(...) end
  both.emit("cpu", name, os.clock() - start, "s")
end

both.drive(function(percent)
  local function times(n) return math.ceil(n * percent / 100) end
  measure("fib32_x60", times(60), fib, 32)
  measure("sort200k_x20", times(20), sort)
  measure("objs200k_x4", times(4), objects)
  measure("mandel400_x120", times(120), mandelbrot, 400)
end, 100)
