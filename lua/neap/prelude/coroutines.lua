--- The coroutine library of scripts: resume and wrap pass the host's yields up.
---
--- A blocking host call yields host.WAIT out of the coroutine it is in; the wrappers yield it
--- further until it reaches the host, and bring what they get back to where it came from.
local coroutines = {}

local error = error

local NO_WAY = "a coroutine would have to wait here, inside a function that C code called "
  .. "(table.sort, string.gsub, a metamethod, require); wait outside of it"

---@param raw table   The state's own coroutine library.
---@param host table  WAIT, take_kept.
---@return table
function coroutines.make(raw, host)
  local resume, yield, isyieldable = raw.resume, raw.yield, raw.isyieldable
  local create, WAIT, take_kept = raw.create, host.WAIT, host.take_kept

  -- The second value alone tells: no script can get hold of WAIT, nor raise it.
  local pass

  -- It may have yielded only to let others run: then what it waited for is there.
  local function go_on(co, ...)
    if (...) == WAIT then error(NO_WAY, 0) end
    return pass(co, resume(co, ...))
  end

  function pass(co, ...)
    local _, first = ...
    if first ~= WAIT then return ... end
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
