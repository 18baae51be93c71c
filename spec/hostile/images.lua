--- Modules as weapons: spawned by names that are none, hostile when they are loaded, or made to be
--- copied wrongly. What a process can start from is kept by the node, which must not grow.
local function waits(text)
  return "local value = (function() " .. text .. " end)() "
    .. "local function main(to) require('neap').send(to, value ~= nil and 'up' or 'none') end "
    .. "return { main = main }"
end

local files = {
  ["img_loops.lua"] = "while true do end",
  ["img_grows.lua"] = "local t = {} for i = 1, 1e9 do t[i] = { i } end",
  ["img_raises.lua"] = "error(setmetatable({}, { __tostring = function() while true do end end }))",
  ["img_exits.lua"] = "require('neap').exit('at load')",
  ["img_spawns.lua"] = "for _ = 1, 20 do require('neap').spawn(function() end) end "
    .. "return function() end",
  ["img_circle.lua"] = "return require('img_circle2')",
  ["img_circle2.lua"] = "return require('img_circle')",
  ["img_bytes.lua"] = "\27LJ\2\2\0\0",
  ["img_broken.lua"] = "return function( end",
  ["img_nested.lua"] = "return " .. ("{"):rep(300) .. ("}"):rep(300),
  ["img_patches.lua"] = [[
    string.format, table.concat, next, type, error = error, error, error, error, nil
    setmetatable(_G, { __index = function() return error end })
    return { main = function(to) require("neap").send(to, "up") end }]],
  ["img_large.lua"] = waits("local t = {} for i = 1, 20000 do t[i] = { i, 's' .. i } end return t"),
  ["img_cdata.lua"] = waits("return function() return 1LL, 2ULL, 3i end"),
  ["img_threads.lua"] = waits([[
    local t = {}
    for i = 1, 20 do
      t[i] = coroutine.wrap(function(...)
        pcall(function(...)
          for k, v in pairs({ a = 1, b = 2, [3] = 3 }) do
            xpcall(function(...) return coroutine.yield(k, v, ...) end, print, ...)
          end
        end, ...)
        while true do coroutine.yield(i) end
      end)
      t[i](i, i)
    end
    for i = 1, 5 do local dead = coroutine.create(error) coroutine.resume(dead) t[#t + 1] = dead end
    return t]]),
  ["img_weak.lua"] = waits([=[
    local weak, keys = setmetatable({}, { __mode = "k" }), {}
    for i = 1, 200 do keys[i] = {} weak[keys[i]] = keys end
    local circle = {} circle[circle] = circle setmetatable(circle, circle) circle.__index = circle
    return { weak, keys, circle, string.gmatch("abc", "."), ("x"):gmatch("()"), 0/0, -0 }]=]),
}

--- Starts `module` until images of it are made or refused: its processes end with `ends`.
local function start_often(module, ends)
  local neap = require("neap")
  for _ = 1, 6 do
    local pid, ref = neap.spawn_monitor({ run = module, args = { neap.self() },
      limits = { cpu = ends == "cpu" and "20ms" or "5s", memory = "6MB" } })
    local reason = neap.receive({ "DOWN", ref })[4]
    local word = type(reason) == "table" and (reason.limit or reason.kind) or reason
    assert(pid and word == ends, module .. " ended with " .. neap.reason(reason))
    if ends == "normal" then neap.receive("up", 0) neap.receive(0) end
  end
end

local function starts(what, module, ends)
  return { name = what, ends = "normal", limits = { cpu = "2s" },
    run = function() start_often(module, ends) end }
end

return {
  files = files,

  { name = "names of modules that are none, by the hundred", ends = "normal",
    limits = { cpu = "5s" },
    run = function(_, tag)
      local neap = require("neap")
      for i = 1, 600 do
        local _, ref = neap.spawn_monitor(("nowhere%s_%d"):format(tag:gsub("%.", "_"), i % 300))
        assert(neap.receive({ "DOWN", ref })[4].kind == "error")
      end
    end },

  { name = "functions of a module that are none, by the hundred", ends = "normal",
    limits = { cpu = "5s" },
    run = function(_, tag)
      local neap = require("neap")
      for i = 1, 200 do
        local _, ref = neap.spawn_monitor("img_large:" .. "f" .. tag:gsub("%.", "_") .. i)
        assert(neap.receive({ "DOWN", ref })[4].kind == "error")
      end
    end },

  starts("NEAP-10 a module that loops when it is loaded", "img_loops", "cpu"),
  starts("NEAP-09 a module that grows when it is loaded", "img_grows", "memory"),
  starts("a module that raises what can not be shown", "img_raises", "error"),
  starts("a module that ends its process", "img_exits", "at load"),
  starts("a module that starts others when it is loaded", "img_spawns", "normal"),
  starts("modules in a circle", "img_circle", "error"),
  starts("a module of bytecode", "img_bytes", "error"),
  starts("a module that can not be compiled", "img_broken", "error"),
  starts("a module nested too deep", "img_nested", "error"),
  starts("a module that changes the libraries it was given", "img_patches", "normal"),
  starts("a module that is large", "img_large", "normal"),
  starts("A8 a module with cdata in its functions", "img_cdata", "normal"),
  starts("a module of coroutines that wait in every odd place, and of dead ones", "img_threads",
    "normal"),
  starts("A10 a module of weak tables, circles and iterators", "img_weak", "normal"),

  { name = "a module that is spawned while its image is being built, and killed", ends = "normal",
    limits = { cpu = "2s" },
    run = function()
      local neap = require("neap")
      for i = 1, 60 do
        local module = i % 2 == 0 and "img_threads" or "img_large"
        local pid, ref = neap.spawn_monitor(module, neap.self())
        if i % 3 == 0 then neap.kill(pid) end
        neap.receive({ "DOWN", ref })
        neap.receive(0)
      end
    end },
}
