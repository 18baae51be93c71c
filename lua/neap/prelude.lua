--- Sets up the world of a new process: run once, before anything else, as a chunk.
---
--- Gets `neap.host` and the loader of embedded modules; gives the function that runs the
--- process, without arguments: host.start() says what to run. Scripts see the allowed globals
--- only; modules of the library have an environment of their own, which no script can reach.
local host, library = ...

local function bootstrap(name)
  return assert(library(name), name)(name)
end

local globals = bootstrap("neap.prelude.globals").make(_G, host)
local loader = bootstrap("neap.prelude.loader").new(host, library)

globals.coroutine = bootstrap("neap.prelude.coroutines").make(coroutine, host)
globals.require = loader.require

local private = {}
for key, value in next, globals do private[key] = value end
private.require = loader.require_any
loader.setfenv, loader.private = setfenv, private

local world, next, setmetatable = _G, next, setmetatable
for key in next, world do world[key] = nil end
for key, value in next, globals do world[key] = value end
world._G = world

local names
local function by_name()
  names = names or loader.require_any("neap.prelude.names").new(loader, globals)
  return names
end

loader.by_name = by_name
function loader.make_strict() setmetatable(world, loader.require_any("neap.strict").metatable) end

host.names({
  names = function() return by_name():table() end,
  resolve = function(name) return by_name():resolve(name) end,
})
host.error_metatable(loader.require_any("neap.error").metatable)

local start = loader.require_any("neap.start")
return function() return start.run(host.start()) end
