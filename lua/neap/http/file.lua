--- A file as a response: what the client has already, and what part of it it asks for.
---
--- A large one goes out in pieces, so that no more than one of them is in memory.
local host = require("neap.host")
local conditional = require("neap.http.conditional")
local date = require("neap.http.date")
local fs = require("neap.fs")
local range = require("neap.http.range")

local file = {}

local PIECE = 256 * 1024
local PLAIN = "text/plain; charset=utf-8"

local respond = host.http_respond

local function has(fields, name)
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

local function add(fields, name, value)
  if not has(fields, name) then fields[#fields + 1], fields[#fields + 2] = name, value end
end

--- No such file is the client's matter; what else the system refuses is ours.
local function refuse(path, err)
  local code = err and err.code
  if not err or code == "ENOENT" or code == "ENOTDIR" then
    return respond(404, { "content-type", PLAIN }, "404 not found\n")
  end
  host.log("error", "http.file", { path = path, problem = tostring(err) }, true)
  respond(500, { "content-type", PLAIN }, "500 internal server error\n")
end

--- Whether the file is still the one that `facts` tell of.
local function is_same(path, facts)
  local now = fs.stat(path)
  return now and now.inode == facts.inode and now.device == facts.device
    and now.size == facts.size and now.modified == facts.modified
end

--- Sends `length` bytes from `offset` on, piece by piece. If another file took its place
--- meanwhile, or it was written to, the client sees the connection end before the length that
--- it was told: better than one body made of two files.
local function send_pieces(status, fields, path, facts, offset, length, req)
  host.http_start(req.id, status, fields, length)
  while length > 0 do
    local data = fs.read(path, { offset = offset, length = math.min(length, PIECE) })
    if not data or data == "" or not is_same(path, facts) then break end
    if not host.http_write(req.id, data) then break end
    offset, length = offset + #data, length - #data
  end
  host.http_end()
end

--- A small file that is sent whole may be a newer one: it is whole all the same.
local function send_part(status, fields, path, facts, offset, length, req)
  if req.method == "HEAD" then return respond(status, fields, nil, length) end
  if length > PIECE or length < facts.size then
    return send_pieces(status, fields, path, facts, offset, length, req)
  end
  local data, err = fs.read(path, { offset = offset, length = length })
  if not data then return refuse(path, err) end
  respond(status, fields, data)
end

local function condition(fields, facts, req)
  local h = req.headers
  return conditional.evaluate({
    method = req.method,
    etag = has(fields, "etag"),
    modified = facts.modified,
    if_match = h["if-match"],
    if_none_match = h["if-none-match"],
    if_modified_since = h["if-modified-since"],
    if_unmodified_since = h["if-unmodified-since"],
    if_range = h["if-range"],
  })
end

--- 200, or what the client's conditions and its range make of it.
local function send_conditional(fields, path, facts, req)
  local status, honours_range = condition(fields, facts, req)
  if status ~= 200 then return respond(status, fields, "") end
  local part, content_range, offset, length = 200, nil, 0, facts.size
  if honours_range then
    part, content_range, offset, length = range.read(req.headers.range, facts.size)
  end
  if content_range then add(fields, "content-range", content_range) end
  if part == 416 then return respond(416, fields, "") end
  send_part(part, fields, path, facts, offset or 0, length or facts.size, req)
end

--- Answers with a file.
---@param status integer
---@param fields string[]  { name, value, ... }; is added to.
---@param path string
---@param req neap.Request
function file.send(status, fields, path, req)
  local facts, err = fs.stat(path)
  if not facts or facts.type ~= "file" then return refuse(path, err) end
  add(fields, "etag", conditional.etag(facts.size, facts.modified))
  add(fields, "last-modified", date.format(facts.modified))
  add(fields, "accept-ranges", "bytes")
  local reads = req.method == "GET" or req.method == "HEAD"
  if status == 200 and reads then return send_conditional(fields, path, facts, req) end
  send_part(status, fields, path, facts, 0, facts.size, req)
end

return file
