--- The coroutine library of scripts: resume and wrap pass the host's yields up.
---
--- A blocking host call yields host.WAIT out of the coroutine it is in; the wrappers yield it
--- further until it reaches the host, and bring what they get back to where it came from.
--- When the host pauses a process in the middle of a coroutine, that yields nothing.
local coroutines = {}

local error, select = error, select

local NO_WAY = "a coroutine would have to wait here, inside a function that C code called "
  .. "(table.sort, string.gsub, a metamethod, require); wait outside of it"

---@param raw table   The state's own coroutine library.
---@param host table  WAIT, take_kept, is_paused, go_on.
---@return table
function coroutines.make(raw, host)
  local resume, yield, isyieldable = raw.resume, raw.yield, raw.isyieldable
  local create, WAIT, take_kept = raw.create, host.WAIT, host.take_kept
  local is_paused, resume_now = host.is_paused, host.go_on

  -- The second value alone tells: no script can get hold of WAIT, nor raise it.
  local pass

  -- It may have yielded only to let others run: then what it waited for is there.
  local function go_on(co, ...)
    if (...) == WAIT then error(NO_WAY, 0) end
    return pass(co, resume(co, ...))
  end

  -- A pause yields nothing at all, and gets nothing back.
  local function pause(co)
    if isyieldable() then yield(WAIT) else resume_now() end
    return pass(co, resume(co))
  end

  function pass(co, ...)
    local ok, first = ...
    if first ~= WAIT then
      if first == nil and ok and select("#", ...) == 1 and is_paused() then return pause(co) end
      return ...
    end
    if not isyieldable() then return go_on(co, take_kept()) end
    return pass(co, resume(co, yield(WAIT)))
  end

  local function finished(ok, ...)
    if ok then return ... end
    error((...), 0)
  end

  local made = {
    create = create,
    isyieldable = isyieldable,
    running = raw.running,
    status = raw.status,
    yield = yield,
  }

  function made.resume(co, ...)
    return pass(co, resume(co, ...))
  end

  function made.wrap(f)
    local co = create(f)
    return function(...) return finished(pass(co, resume(co, ...))) end
  end

  return made
end

return coroutines
