--- Files: read, written and listed by the host's threads, while other processes run.
---
--- A relative path begins at the application's folder, wherever the program was started. A
--- process reaches what `fs` and `read` in its spec's `allow` say, by default the files of the
--- application; another path raises. ".." is taken literally: "a/../b" is "b". A link is followed
--- as long as it stays below the folder that was granted and is no absolute path: else the code
--- is "EXDEV". What the system refuses is `nil, err` with `err.kind == "file"`, `err.code`
--- ("ENOENT") and `err.path`; what is larger than allowed has the kind "limit". Only regular
--- files are read and written: a pipe, a socket or a device is refused.
local host = require("neap.host")
local options = require("neap.fs.options")

local fs = {}

---@class neap.FileFacts
---@field type "file"|"directory"|"link"|"other"
---@field size number      Bytes.
---@field modified number  Seconds since the epoch, with fractions.
---@field mode string      Permissions, in octal: "0644".
---@field inode string     An id: text, as numbers are exact up to 2^53 only.
---@field device string    The id of what it lies on.

--- The contents of a file, or of a part of it. More than `max` bytes are refused before they
--- are read; more than limits.memory end the process.
---@param path string
---@param given? neap.ReadOptions
---@return string?
---@return neap.Error?
---Example: `fs.read("data/big.log", { offset = "1MB", length = 4096 })`
function fs.read(path, given)
  local max, offset, length = options.of_read(given)
  return host.fs_read(path, max, offset, length)
end

--- Writes a file whole: whoever reads it meanwhile, also after a crash, sees the old contents
--- or the new ones. A temporary file in the same folder takes its place; if anything fails, or
--- the process is killed before that, it is removed (only a program that is killed as a whole
--- may leave one, `.NAME.neap-...`). A file that exists keeps its mode, a new one has 0644 less
--- the umask; a link stays, and what it leads to is written.
---@type fun(path: string, data: string|neap.Buffer): true|nil, neap.Error?
fs.write = host.fs_write

--- Adds bytes to the end of a file, which is made if need be. When the process is killed
--- meanwhile, all of them are added or none; when the disk is full, it may be a part.
---@type fun(path: string, data: string|neap.Buffer): true|nil, neap.Error?
fs.append = host.fs_append

--- The names in a directory, sorted by their bytes.
---@param path string
---@param given? neap.ListOptions
---@return string[]?
---@return neap.Error?
function fs.list(path, given)
  local max = options.of_list(given)
  return host.fs_list(path, max)
end

--- What there is at a path.
---@param path string
---@param given? neap.StatOptions
---@return neap.FileFacts?
---@return neap.Error?
function fs.stat(path, given)
  local follow = options.of_stat(given)
  return host.fs_stat(path, follow)
end

--- Removes a file, a link or an empty directory.
---@type fun(path: string): true|nil, neap.Error?
fs.remove = host.fs_remove

--- Makes a directory; the one it lies in must exist.
---@type fun(path: string): true|nil, neap.Error?
fs.mkdir = host.fs_mkdir

return fs
