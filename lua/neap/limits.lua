--- What a process may hold and spend: reads `limits` and `mailbox` tables. Pure.
local check = require("neap.check")

local limits = {}

local MAILBOX_BYTES = 16 * 1024 ^ 2
local LATER = { drop_new = true, drop_old = true, kill = true }
local policy = check.one_of({ "block", "reject" })

local LIMITS = {
  memory = check.bytes,
  cpu = check.ms,
  instructions = check.count,
  message = check.bytes,
  handles = check.count,
}

local MAILBOX = {
  messages = check.count,
  bytes = check.bytes,
  policy = function(path, value, problems)
    if not LATER[value] then return policy(path, value, problems) end
    problems[#problems + 1] = ('%s: "%s" is not available in this version'):format(path, value)
  end,
}

---@class neap.Limits
---@field memory? number|string        Bytes of Lua heap. Default "64MB".
---@field cpu? number|string           CPU time of one turn. Default "5s".
---@field instructions? number         VM instructions of one turn. Default none.
---@field message? number|string       Bytes of one message sent. Default "16MB".
---@field handles? number              Timers, monitors, links, names, children. Default 1000.

---@class neap.Mailbox
---@field messages? number             Default 10000.
---@field bytes? number|string         Default "16MB", or a quarter of limits.memory if less.
---@field policy? "block"|"reject"     What happens to senders when it is full. Default "block".

--- A reader (see neap.check) of a `limits` table.
function limits.read(path, value, problems)
  return check.fields(path, value, LIMITS, problems)
end

--- A reader of `jit`: when the code of a process is compiled.
limits.read_jit = check.reader('"auto", true or false', function(value)
  if value == "auto" or type(value) == "boolean" then return value end
end)

--- What is wrong with `jit` beside these limits, if anything: a process that counts instructions
--- is not compiled.
---@param path string  Of `jit`.
---@return string? problem
function limits.jit_problem(path, jit, of)
  if jit ~= true or type(of) ~= "table" or of.instructions == nil
    or of.instructions == math.huge then return nil end
  return path .. ' is true; expected "auto" or false beside limits.instructions: what counts'
    .. " instructions runs without the JIT"
end

--- A reader of a `mailbox` table.
function limits.read_mailbox(path, value, problems)
  return check.fields(path, value, MAILBOX, problems)
end

local function mailbox_bytes(memory)
  return memory and math.min(MAILBOX_BYTES, math.floor(memory / 4))
end

--- Puts what was read into the flat options of host.spawn. Watched by the bench `service_spawn`:
--- a nil that is stored takes a place in the table, too, and makes it grow.
---@param options table   Is changed.
---@param of? table       What limits.read gave.
---@param mailbox? table  What limits.read_mailbox gave.
---@param jit? boolean|"auto"
---@return table options
function limits.flatten(options, of, mailbox, jit)
  if of then
    for key, value in next, of do options[key] = value end
  end
  local bytes = mailbox and mailbox.bytes or mailbox_bytes(options.memory)
  if bytes ~= nil then options.mailbox_bytes = bytes end
  if mailbox then
    options.mailbox_messages = mailbox.messages
    options.policy = mailbox.policy
  end
  if jit ~= nil then options.jit = jit end
  return options
end

return limits
