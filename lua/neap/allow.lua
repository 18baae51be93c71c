--- Reads `allow` and `sandbox`: the capabilities of a process, as lists of texts. Pure.
---
--- What each text means, and whether the parent has it, is the host's to say: `narrow`, which
--- the callers bring, is host.narrow(base, list).
local check = require("neap.check")

local allow = {}

--- No list has more.
local MOST = 64

---@alias neap.Capability string
---| "net"      listening and connecting
---| "fs"       reading and writing files in the application's folder; "fs:PATH": below PATH
---| "read"     only reading them; "read:PATH"
---| "exec"     starting programs
---| "env"      os.getenv
---| "ffi"      the FFI
---| "control"  ending processes that it did not spawn, and calling their supervisors
---| "names"    registered names; "names:PREFIX": those that begin with it; "native:MODULE"

local EXPECTED = 'a list of capabilities, such as { "net", "fs:data" }'

--- A reader (see neap.check) of an `allow` list: its form alone.
function allow.read(path, value, problems)
  if type(value) ~= "table" then return check.fault(problems, path, value, EXPECTED) end
  local before, count = #problems, #value
  for key in next, value do
    if type(key) ~= "number" or key < 1 or key > count or key % 1 ~= 0 then
      problems[#problems + 1] = ("%s: unknown key %s; expected %s"):format(path,
        check.shown(key), EXPECTED)
      return nil
    end
  end
  if count > MOST then
    problems[#problems + 1] = ("%s has %d capabilities; expected at most %d"):format(path, count,
      MOST)
    return nil
  end
  for i = 1, count do check.string(("%s[%d]"):format(path, i), value[i], problems) end
  return #problems == before and value or nil
end

--- What a process gets: a list; nil: what its parent has.
---@param list? string[]    What was read of `allow`.
---@param sandbox? boolean
---@return string[]?
function allow.of(list, sandbox)
  return list or sandbox and {} or nil
end

--- Appends what is wrong with a list that lies within `base`.
---@param path string
---@param list string[]
---@param problems string[]
---@param narrow fun(base: any, list: string[]): string[], table<integer, string>
---@param base string[]|true|nil  A list, everything, or what the calling process has.
---@return string[] list  As it is written best.
function allow.narrow(path, list, problems, narrow, base)
  local made, wrong = narrow(base, list)
  for i = 1, #list do
    if wrong[i] then
      problems[#problems + 1] = ("%s[%d] is %s; %s"):format(path, i, check.shown(list[i]),
        wrong[i])
    end
  end
  return made
end

return allow
