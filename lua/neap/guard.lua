--- Keeps code that must only build tables from starting or sending.
---
--- While the guard is closed, the functions below raise. They stay in place afterwards, as
--- somebody may have taken them: then they just call on, also as part of a snapshot.
local guard = {}

local error = error

local WATCHED = {
  "spawn", "send", "call", "cast", "receive", "sleep", "send_after", "link", "monitor",
  "register", "exit", "kill", "reply", "fs_write", "fs_append", "fs_remove", "fs_mkdir",
}

--- As scripts know it: host.fs_write is neap.fs.write.
local function shown(name)
  return "neap." .. name:gsub("^fs_", "fs.")
end

local function watched(name, call, state)
  return function(...)
    if state.closed then
      state.refused = true
      error(name .. ": " .. state.closed, 2)
    end
    return call(...)
  end
end

--- Closes the guard: from now on `host` and `neap` refuse. Must come before modules that take
--- functions out of `host` are loaded.
---@param why string    "app.lua only builds a table: it can not start or send".
---@param tables table[]  Whose functions are watched: host, neap.
---@return fun() open   Opens it again.
---@return fun(): boolean refused  True once a call was refused, whatever became of the error.
function guard.close(why, tables)
  local state, saved = { closed = why, refused = false }, {}
  for i, t in ipairs(tables) do
    saved[i] = {}
    for _, name in ipairs(WATCHED) do
      local call = t[name]                       -- made when it is first asked for
      saved[i][name] = call
      if call then t[name] = watched(shown(name), call, state) end
    end
  end
  local function open()
    state.closed = nil
    for i, t in ipairs(tables) do
      for name, call in pairs(saved[i]) do t[name] = call end
    end
  end
  return open, function() return state.refused end
end

return guard
