--- The trial of a reload: a process of its own, thrown away afterwards, that finds what changed
--- and loads it, and all that requires it. Only if everything loads, the host puts the new code
--- into effect; what this process says is the report of the reload.
local host = require("neap.host")
local guard = require("neap.guard")
local loader = require("neap.loader")
local plan = require("neap.reload.plan")
local problem = require("neap.reload.problem")
local program = require("neap.program")

local reload = {}

local TRIES = "neap reload only tries the module here: nothing starts or sends while it loads"

-- What changed -----------------------------------------------------------------------------

local function names_of(known)
  local names = {}
  for i, module in ipairs(known) do names[i] = module.name end
  return names
end

local news = {}

function news.changed(name, changed)
  changed[#changed + 1] = name
end

function news.gone(name)
  host.note(("%s: its file is gone; the code that was loaded stays"):format(name))
end

function news.same() end

function news.unloaded(name)
  host.note(("%s: no process has loaded it yet: there is nothing to reload"):format(name))
end

local function say_unknown(name, known)
  local hint = require("neap.suggest").hint(name, names_of(known))
  local is_library = name:find("^neap%f[%z.]")
  host.problem(name, is_library and "it is part of neap; only the application's can be reloaded"
    or "there is no such module" .. hint)
end

--- Reads a module again: its news; nil after telling that there is no such module, or that its
--- file can not be compiled.
local function news_of(name, force, known)
  if not program.is_module(name) then return say_unknown(name, known) end
  local ok, word = pcall(host.draft, name, force)
  if not ok then return host.problem(name, problem.line(word)) end
  if not word then return say_unknown(name, known) end
  return word
end

--- The modules that changed; nil if one of them can not be read.
local function find_changed(known)
  local changed, is_whole = {}, true
  local asked = host.asked()
  local force = #asked > 0
  for _, name in ipairs(force and asked or names_of(known)) do
    local word = news_of(name, force, known)
    if word then news[word](name, changed) else is_whole = false end
  end
  return is_whole and changed or nil
end

local function note_app_files()
  for i = 1, math.huge do
    local name, word = host.app_file(i)
    if not name then return end
    if word ~= "same" then
      host.note(("%s %s: restart the node to apply it"):format(name,
        word == "gone" and "is gone" or "changed"))
    end
  end
end

-- The trial --------------------------------------------------------------------------------

--- Runs modules so that it is known which one fails, and where.
local function watched(found)
  return function(chunk, name)
    host.loading(name)
    local ok, value = xpcall(function() return chunk(name) end, function(value)
      if found.module == nil or found.value ~= value then
        found.module, found.value, found.trace = name, value, host.trace(2)
      end
      return value
    end)
    if ok then found.module = nil end
    return ok, value
  end
end

--- A failure of a module fails all that require it: it is told once.
local function try(name, told)
  local found = {}
  loader.call = watched(found)
  local ok, value = pcall(loader.require, name)
  if ok then return end
  local where = found.module or name
  if told[where] then return end
  told[where] = true
  host.problem(where, problem.line(value, found.trace), problem.stack(found.trace))
end

local function try_all(names)
  local told = {}
  guard.close(TRIES, { host, require("neap") })
  for _, name in ipairs(names) do try(name, told) end
end

--- The body of the trial's process.
function reload.run()
  local known = host.known()
  local changed = find_changed(known)
  note_app_files()
  if not changed then return end
  for _, name in ipairs(changed) do host.changed(name, plan.requirers(known, name)) end
  try_all(plan.reached(known, changed))
end

return reload
