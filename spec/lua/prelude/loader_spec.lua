local loader = require("neap.prelude.loader")

local LIBRARY = {
  ["neap"] = "return {}",
  ["neap.service"] = "return {}",
  ["neap.http"] = "return {}",
  ["neap.http.router"] = "return {}",
  ["neap.http.url"] = "return {}",
  ["neap.secret"] = "return {}",
  ["neap.suggest"] = "return { hint = function() return '' end }",
}

local function loader_of(modules)
  local made
  local host = { source = function(name)
    local text = modules[name]
    local world = { require = made.require, error = error }
    if text then return setfenv(loadstring(text), world) end
    return nil, "./" .. name .. ".lua"
  end,
  native = function(name) return function() return { native = name } end end }
  made = loader.new(host, function(name)
    return LIBRARY[name] and loadstring(LIBRARY[name])
  end)
  return made
end

describe("require", function()
  it("loads a module once", function()
    local made = loader_of({ a = "return {}" })

    assert.equal(made.require("a"), made.require("a"))
  end)

  it("gives true for a module that returns nothing", function()
    assert.is_true(loader_of({ a = "" }).require("a"))
  end)

  it("names the circle", function()
    local made = loader_of({ a = "require('b')", b = "require('a')" })

    assert.has_error(function() made.require("a") end,
      'module "a" requires itself: a -> b -> a')
  end)

  it("says where it looked", function()
    assert.has_error(function() loader_of({}).require("shop") end,
      'there is no module "shop" (searched ./shop.lua)')
  end)

  it("refuses names that lead elsewhere", function()
    for _, name in ipairs({ "../a", "/a", "a..b", "", "a b" }) do
      assert.has_error(function() loader_of({}).require(name) end)
    end
  end)

  it("opens to scripts only what is public in the library", function()
    local made = loader_of({})

    for _, name in ipairs({ "neap.service", "neap.http", "neap.http.router" }) do
      assert.is_table(made.require(name))
    end
    assert.has_error(function() made.require("neap.secret") end,
      'module "neap.secret" is internal to neap')
    assert.has_error(function() made.require("neap.http.url") end,
      'module "neap.http.url" is internal to neap')
    assert.has_error(function() made.require("neap.host") end,
      'module "neap.host" is internal to neap')
    assert.is_table(made.require_any("neap.secret"))
  end)

  it("gives a built-in module, made once, whatever files there are", function()
    local made = loader_of({ cjson = "return 'a file'" })

    assert.same({ native = "cjson" }, made.require("cjson"))
    assert.equal(made.require("cjson"), made.require("cjson"))
    assert.same({ native = "cjson.safe" }, made.require("cjson.safe"))
    assert.same({ native = "lpeg" }, made.require("lpeg"))
    assert.same({ "cjson", "cjson.safe", "lpeg" }, made.order)
  end)

  it("tries a module again that failed", function()
    local modules = { a = "error('boom', 0)" }
    local made = loader_of(modules)
    assert.has_error(function() made.require("a") end, "boom")
    modules.a = "return 7"

    assert.equal(7, made.require("a"))
  end)
end)

--- A node with one process: the files, the number of the code of each module, who called.
local function node_of(files)
  local node = { files = files, codes = {}, edges = {} }
  for name in pairs(files) do node.codes[name] = 1 end
  local made
  local host = {
    source = function(name)
      local text = node.files[name]
      if not text then return nil, "./" .. name .. ".lua" end
      local world = { require = function(...) return made.require(...) end, error = error,
        setmetatable = setmetatable, node = node }
      return setfenv(assert(loadstring(text, "@" .. name .. ".lua")), world), node.codes[name],
        "@" .. name .. ".lua"
    end,
    caller = function() return node.caller end,
    note_require = function(from, to) node.edges[#node.edges + 1] = from .. ">" .. to end,
  }
  made = loader.new(host, function(name)
    return LIBRARY[name] and loadstring(LIBRARY[name])
  end)
  return node, made
end

describe("who requires whom", function()
  it("is told of modules that load each other, once", function()
    local node, made = node_of({ a = "require('b') require('b') return {}", b = "return {}" })

    made.require("a") made.require("a")

    assert.same({ "a>b" }, node.edges)
  end)

  it("is told of code that requires when it is called", function()
    local node, made = node_of({ a = "return {}", b = "return {}" })
    made.require("a")
    node.caller = "@a.lua"

    made.require("b")

    assert.same({ "a>b" }, node.edges)
  end)

  it("is told of the module being loaded, and of the one whose code it called", function()
    local node, made = node_of({ a = "require('b').f()", c = "return {}",
      b = "return { f = function() node.caller = '@b.lua' require('c') node.caller = nil end }" })

    made.require("a")

    assert.same({ "a>b", "a>c", "b>c" }, node.edges)
  end)

  it("is the process's own module, where no module called", function()
    local node, made = node_of({ a = "return {}", b = "return {}" })
    made.entry = "a"

    made.require("a") made.require("b")

    assert.same({ "a>b" }, node.edges)
  end)

  it("is not told of the library", function()
    local node, made = node_of({ a = "require('neap.service') return {}" })

    made.require("a")

    assert.same({}, node.edges)
  end)
end)
