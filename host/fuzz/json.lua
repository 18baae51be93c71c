--- A naive reader of what json_fuzz.c writes.
local NAMED = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\",
  ["/"] = "/" }

local function expect(holds, what)
  if not holds then error(what, 0) end
end

--- The bytes of a character (RFC 3629).
local function encoded(code)
  if code < 0x80 then return string.char(code) end
  local tail, first = "", 0xc0
  if code >= 0x10000 then first = 0xf0 elseif code >= 0x800 then first = 0xe0 end
  repeat
    tail = string.char(0x80 + code % 64) .. tail
    code = math.floor(code / 64)
  until first == 0xc0 and #tail == 1 or first == 0xe0 and #tail == 2 or #tail == 3
  return string.char(first + code) .. tail
end

local LENGTHS = { { "^[%z\1-\127]", 1 }, { "^[\192-\223]", 2 }, { "^[\224-\239]", 3 },
  { "^[\240-\247]", 4 } }

--- The character at `at`, or nil: one that would be written otherwise is none, either.
local function character(text, at)
  for _, shape in ipairs(LENGTHS) do
    local bytes = text:find(shape[1], at) and text:sub(at, at + shape[2] - 1)
    if bytes and shape[2] == 1 then return bytes end
    if bytes and bytes:find("^.[\128-\191]*$") and #bytes == shape[2] then
      local code = bytes:byte() % 2 ^ (7 - shape[2])
      for i = 2, #bytes do code = code * 64 + bytes:byte(i) - 128 end
      local is_one = code < 0xd800 or code > 0xdfff and code <= 0x10ffff
      return is_one and encoded(code) == bytes and bytes or nil
    end
  end
end

--- What of a text can be told: up to its NUL, with U+FFFD for each byte that is no character.
local function told(text)
  local out, at = {}, 1
  text = text:match("^[^%z]*")
  while at <= #text do
    local char = character(text, at)
    out[#out + 1] = char or encoded(0xfffd)
    at = at + (char and #char or 1)
  end
  return table.concat(out)
end

--- The text of the JSON string at `at`, and the byte behind it.
local function string_at(json, at)
  local out = {}
  expect(json:sub(at, at) == '"', "a string begins")
  at = at + 1
  while json:sub(at, at) ~= '"' do
    local char = json:sub(at, at)
    expect(char:find("^[^%c]$"), "no control character")
    local digits = json:match("^\\u(%x%x%x%x)", at)
    local named = char == "\\" and NAMED[json:sub(at + 1, at + 1)]
    expect(char ~= "\\" or digits or named, "an escape")
    out[#out + 1] = digits and encoded(tonumber(digits, 16)) or named or char
    at = at + (digits and 6 or named and 2 or 1)
  end
  return table.concat(out), at + 1
end

--- Goes on behind `mark`, which has to come.
local function behind(json, at, mark)
  expect(json:sub(at, at + #mark - 1) == mark, "expected " .. mark)
  return at + #mark
end

--- Reads `text,{text:text}` from `at` on, with `mark` before it; gives the byte behind it.
local function read_line(json, at, mark, wanted)
  for _, before in ipairs({ mark, ",{", ":" }) do
    local text, behind_it = string_at(json, behind(json, at, before))
    expect(text == wanted, "the same text")
    at = behind_it
  end
  return behind(json, at, "}")
end

return function(input, json)
  local at, from = 1, 1
  while from <= #input do
    local to = input:find("\n", from, true) or #input + 1
    at = read_line(json, at, from == 1 and "[" or ",", told(input:sub(from, to - 1)))
    from = to + 1
  end
  expect(json:sub(at) == (#input == 0 and "[]" or "]"), "the end")
end
