--- Newer code as a weapon: what a module becomes while its service runs, and what the reload of it
--- has to say. `text` is the module's new text, or `upgrade` a part of it; `says` is found in the
--- report; `code` its exit code; `get` what the service answers afterwards.
local service = [[
  local neap, service = require("neap"), require("neap.service")
  return service.define({ version = 2, init = function() return { n = 5 } end,
    call = { get = function(state) return "new " .. tostring(state.n) end },
    %s })]]

local function upgrade(body, more)
  return service:format("upgrade = function(state, old) " .. body .. " end, " .. (more or ""))
end

local KEPT, SWITCHED, RESTARTED = "old 5", "new 5", "new 5"

return {
  { name = "a module that raises", text = "error(setmetatable({}, { __tostring = error }))",
    says = "not reloaded", code = 1, get = KEPT },

  { name = "a module that is no Lua", text = "return {{{", says = "not reloaded", code = 1,
    get = KEPT },

  { name = "a module of bytecode", text = "\27LJ\2\2\0\0", says = "not reloaded", code = 1,
    get = KEPT },

  { name = "a module of nothing but brackets", text = "return " .. ("("):rep(1e5),
    says = "not reloaded", code = 1, get = KEPT },

  { name = "NEAP-09 a module that grows", text = "local t = {} for i = 1, 1e9 do t[i] = { i } end",
    says = "memory", code = 1, get = KEPT },

  { name = "a module that ends its process", text = "require('neap').exit('now')",
    says = "not reloaded", code = 1, get = KEPT },

  { name = "a module that starts and sends", says = "not reloaded", code = 1, get = KEPT,
    text = "local neap = require('neap') neap.send('victim', 1) neap.spawn(print) return {}" },

  { name = "a module that is catching all it is refused", code = 1, says = "service", get = KEPT,
    text = [[local neap = require("neap")
      for name, f in pairs(neap) do
        if type(f) == "function" and name ~= "exit" then pcall(f, "victim", "kill") end
      end
      return {}]] },

  { name = "a module that requires itself", text = "return require('%s')", says = "itself",
    code = 1, get = KEPT },

  { name = "a module that is no service any more",
    text = "return function() while true do end end", says = "expected a service",
    code = 1, get = KEPT },

  { name = "a module that changes the libraries", code = 0, says = "upgraded", get = SWITCHED,
    text = "string.format, table.concat = nil, nil " .. service:format("") },

  { name = "an upgrade that raises what can not be shown", says = "keeps its old code", code = 1,
    get = KEPT,
    text = upgrade("error(setmetatable({}, { __tostring = error, __index = error }))") },

  { name = "an upgrade that spoils the old state and raises", says = "keeps its old code", code = 1,
    get = "old nil", text = upgrade("state.n = nil error('x')") },

  { name = "an upgrade that gives nothing", says = "keeps its old code", code = 1, get = KEPT,
    text = upgrade("return nil") },

  { name = "NEAP-10 an upgrade that never ends", says = "ended while it switched", code = 1,
    get = RESTARTED, text = upgrade("while true do pcall(error) end") },

  { name = "NEAP-09 an upgrade that grows", says = "ended while it switched", code = 1,
    get = RESTARTED, text = upgrade("local t = {} for i = 1, 1e9 do t[i] = { i } end") },

  { name = "an upgrade that ends its process", says = "ended while it switched", code = 1,
    get = RESTARTED, text = upgrade("neap.exit('now')") },

  { name = "an upgrade that kills its process, which catches all", says = "ended while it switched",
    code = 1, get = RESTARTED,
    text = upgrade("while true do pcall(neap.kill, neap.self()) end") },

  { name = "an upgrade that waits, calls and takes mail", says = "upgraded", code = 0,
    get = SWITCHED, text = upgrade("neap.sleep(1) neap.receive(0) neap.call('victim', 'taken') "
      .. "return { n = state.n }") },

  { name = "an upgrade to a state of the strangest kind", says = "upgraded", code = 0,
    get = "new odd",
    text = upgrade("return setmetatable({}, { __index = function() return 'odd' end })") },
}
