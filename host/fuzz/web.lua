--- Reads texts that strangers send: nothing is raised, and what is read is what a naive reader
--- reads. The first byte of an input says which text it is; see `readers`.
local conditional = require("neap.http.conditional")
local date = require("neap.http.date")
local range = require("neap.http.range")
local router = require("neap.http.router")
local source = require("neap.source")
local suggest = require("neap.suggest")
local text_of = require("neap.text")
local units = require("neap.units")
local url = require("neap.http.url")

local readers = {}

local function expect(holds, what)
  if not holds then error(what, 0) end
end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = line end
  return lines
end

--- Decodes byte by byte; nil at an escape that is none, unless it is `kept`.
local function decoded(text, kept)
  local out, i = {}, 1
  while i <= #text do
    local char = text:sub(i, i)
    local digits = text:match("^%%(%x%x)", i)
    if char == "%" and not digits and not kept then return nil end
    out[#out + 1] = digits and string.char(tonumber(digits, 16)) or char
    i = i + (digits and 3 or 1)
  end
  return table.concat(out)
end

--- u: a part of a path.
function readers.u(text)
  expect(url.decode(text) == decoded(text), "decode")
  local encoded = url.encode(text)
  expect(not encoded:find("[^%w%%._~-]"), "encode")
  expect(url.decode(encoded) == text, "decode what was encoded")
end

--- q: a query.
function readers.q(text)
  local first, all = url.parse_query(text)
  local count, read, next_of = 0, 0, {}
  for pair in text:gmatch("[^&]+") do
    count = count + 1
    local name, value = pair:match("^([^=]*)=?(.*)$")
    name, value = decoded(name:gsub("%+", " "), true), decoded(value:gsub("%+", " "), true)
    next_of[name] = (next_of[name] or 0) + 1
    expect(not first or all[name][next_of[name]] == value, "a value")
  end
  expect((first == nil) == (count > 1000), "a thousand pairs at most")
  for name, list in pairs(first and all or {}) do
    expect(first[name] == list[1], "the first value")
    read = read + #list
  end
  expect(not first or read == count, "as many values")
end

--- r: the size of a file, a line; a Range header.
function readers.r(text)
  local size, header = text:match("^(%d%d?%d?%d?%d?%d?)\n(.*)$")
  if not size then return end
  size = tonumber(size)
  local status, shown, offset, length = range.read(header, size)
  if status == 200 then return expect(shown == nil, "all of it") end
  if status == 416 then return expect(shown == "bytes */" .. size, "no part of it") end
  expect(status == 206 and offset >= 0 and length >= 1 and offset + length <= size, "a part")
  expect(offset % 1 == 0 and length % 1 == 0, "whole bytes")
  expect(shown == ("bytes %d-%d/%d"):format(offset, offset + length - 1, size), "its header")
end

--- c: lines: the method, the tag and the time of a file, then the five headers; "" is none.
function readers.c(text)
  local about, lines = {}, lines_of(text)
  for i, key in ipairs({ "method", "etag", "modified", "if_match", "if_none_match",
    "if_modified_since", "if_unmodified_since", "if_range" }) do
    about[key] = lines[i] ~= "" and lines[i] or nil
  end
  about.modified = about.modified and date.parse(about.modified)
  local status, honours = conditional.evaluate(about)
  expect(status == 200 or status == 304 or status == 412, "a status")
  expect(type(honours) == "boolean" and (status == 200 or not honours), "ranges")
  local reads = about.method == "GET" or about.method == "HEAD"
  expect(status ~= 304 or reads, "304 answers those who read")
  if not (about.if_match or about.if_unmodified_since or about.if_none_match
    or about.if_modified_since) then expect(status == 200, "no condition") end
end

--- d: a date.
function readers.d(text)
  local seconds = date.parse(text)
  if not seconds then return end
  local written = date.format(seconds)
  expect(seconds >= 0 and seconds % 1 == 0 and #written == 29, "seconds")
  expect(seconds > 253402300799 or date.parse(written) == seconds, "the same date")
end

local STATIC, PARAM, REST = "1", "2", "3"

--- How a pattern matches the parts of a path, a digit for each part; nil if it does not.
local function match_of(pattern, parts)
  local kinds, i = "", 0
  for part in (pattern:sub(2) .. "/"):gmatch("(.-)/") do
    i = i + 1
    if not parts[i] then return nil end
    if part:sub(1, 1) == "*" then return kinds .. REST end
    local is_param = part:sub(1, 1) == ":"
    if is_param and parts[i] == "" or not is_param and parts[i] ~= part then return nil end
    kinds = kinds .. (is_param and PARAM or STATIC)
  end
  return #parts == i and kinds or nil
end

--- The best of the patterns.
local function best_of(patterns, path)
  local parts, best, best_kinds = {}, nil, nil
  for part in (path:sub(2) .. "/"):gmatch("(.-)/") do parts[#parts + 1] = decoded(part) end
  for _, pattern in ipairs(patterns) do
    local kinds = match_of(pattern, parts)
    if kinds and (not best or kinds < best_kinds) then best, best_kinds = pattern, kinds end
  end
  return best
end

--- p: patterns of routes, a line each; the last line is the path that is asked for.
function readers.p(text)
  local routes, known, lines = router.new(), {}, lines_of(text)
  local path = table.remove(lines)
  for _, pattern in ipairs(lines) do
    if pcall(routes.get, routes, pattern, function() return pattern end) then
      known[#known + 1] = pattern
    end
  end
  local handler, params, allow = routes:match("GET", path)
  if params == "bad_request" then
    return expect(path:sub(1, 1) ~= "/" or path:find("[%%.]"), "why is it bad?")
  end
  local best = best_of(known, path)
  expect((handler and handler()) == best, "the best route")
  expect(handler and type(params) == "table" or params == "not_found", "its parameters")
  local _, why, others = routes:match("PUT", path)
  expect(best and why == "method_not_allowed" and others or why == "not_found", "Allow")
  expect(allow == nil, "no Allow with a route")
end

--- s: the text of a program.
function readers.s(text)
  local lines = #lines_of(text)
  for _, found in ipairs(source.requires(text)) do
    expect(found.line >= 1 and found.line <= lines, "a line")
    expect(text:find(found.name, 1, true), "a name that is written there")
  end
  expect(type(source.returns_table(text)) == "boolean", "a table or not")
end

--- n: a size or a time; and any text, as messages show it.
function readers.n(text)
  for _, read in pairs(units) do
    local number = read(text)
    expect(number == nil or number >= 0, "a number")
  end
  local shown = text_of.of(text)
  expect(#shown <= 200 and not shown:find("[\n%z]"), "a line")
end

--- m: a word that was given, a line; then those that may be meant, a line each.
function readers.m(text)
  local words = lines_of(text)
  local given = table.remove(words, 1)
  local meant = suggest.closest(given, words)
  local is_there = meant == nil
  for i = 1, math.min(#words, 4) do
    local word = words[i]
    is_there = is_there or word == meant
    local distance = #given + #word < 100 and suggest.distance(given, word) or 1
    expect((distance == 0) == (given == word), "no distance")
    expect(distance <= math.max(#given, #word, 1), "no more than all letters")
    expect(distance >= math.abs(#given - #word) or #given + #word >= 100, "what is missing")
    expect(#given + #word >= 100 or distance == suggest.distance(word, given), "both ways")
    expect(meant ~= nil or given ~= word or #given > 64 or given == "", "it is there itself")
  end
  expect(is_there or #words > 4, "one of the words")
end

return function(text)
  local reader = readers[text:sub(1, 1)]
  if reader then reader(text:sub(2)) end
end
