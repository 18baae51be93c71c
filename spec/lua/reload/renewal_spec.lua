local loader = require("neap.prelude.loader")

--- A node with one process: its files, and the number of the code of each module.
local function node_of(files)
  local node = { files = files, codes = {}, generation = 1 }
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
    caller = function() end,
    note_require = function() end,
    generation = function() return node.generation end,
    code_of = function(name) return node.codes[name] end,
  }
  made = loader.new(host, function(name)
    return name == "neap.service" and loadstring("return {}") or nil
  end)
  package.loaded["neap.host"], package.loaded["neap.loader"] = host, made
  package.loaded["neap.reload.renewal"] = nil
  return node, made, require("neap.reload.renewal")
end

--- New code of a module, and of those that require it.
local function change(node, name, text, ...)
  node.files[name] = text
  node.generation = node.generation + 1
  for _, changed in ipairs({ name, ... }) do node.codes[changed] = node.codes[changed] + 1 end
end

local function clean_up()
  for _, name in ipairs({ "neap.host", "neap.loader", "neap.reload.renewal" }) do
    package.loaded[name] = nil
  end
end

describe("the renewal of modules", function()
  after_each(clean_up)

  local FILES = { a = "return { b = require('b'), c = require('c') }", b = "return { n = 1 }",
    c = "return {}" }
  local node, made, renewal

  before_each(function()
    local files = {}
    for name, text in pairs(FILES) do files[name] = text end
    node, made, renewal = node_of(files)
    made.require("a")
  end)

  it("finds newer code by its number", function()
    assert.same({}, renewal.stale())

    change(node, "b", "return { n = 2 }", "a")

    assert.same({ "b", "a" }, renewal.stale())
  end)

  it("loads that again, and nothing else", function()
    local a, c = made.loaded.a, made.loaded.c
    change(node, "b", "return { n = 2 }", "a")

    assert.equal(2, (renewal.run()))

    assert.equal(2, made.loaded.a.b.n)
    assert.not_equal(a, made.loaded.a)
    assert.equal(c, made.loaded.c)
    assert.equal(c, made.loaded.a.c)
    assert.same({}, renewal.stale())
  end)

  it("can be taken back", function()
    local a, b = made.loaded.a, made.loaded.b
    change(node, "b", "return { n = 2 }", "a")
    local _, undo = renewal.run()

    undo()

    assert.equal(a, made.require("a"))
    assert.equal(b, made.require("b"))
    assert.same({ "b", "a" }, renewal.stale())
  end)

  it("leaves all as it was if a module does not load, but for the library", function()
    local a, b = made.loaded.a, made.loaded.b
    change(node, "b", "require('neap.service') error('boom', 0)", "a")

    local generation, err = renewal.run()

    assert.same({ nil, "boom" }, { generation, err })
    assert.equal(a, made.loaded.a)
    assert.equal(b, made.loaded.b)
    assert.same({ "c", "b", "a", "neap.service" }, { made.order[2], made.order[1], made.order[3],
      made.order[4] })
  end)

  it("goes on if code is replaced meanwhile, with all that holds what is old", function()
    node.arrives = function()
      node.arrives = function() end
      change(node, "c", "return { late = true }", "a")
    end
    change(node, "b", "node.arrives() return { n = 2 }", "a")

    assert.equal(3, (renewal.run()))

    assert.is_true(made.loaded.a.c.late)
    assert.equal(2, made.loaded.a.b.n)
  end)

  it("changes what a snapshot finds by name", function()
    local before = made.changes
    change(node, "b", "return { n = 2 }", "a")

    renewal.run()

    assert.is_true(made.changes > before)
  end)
end)

describe("the origin of a value", function()
  after_each(clean_up)

  it("is the module that gives it, or holds it in a field", function()
    local _, made, renewal = node_of({ a = "return {}", b = "return { field = {} }" })
    made.require("a") made.require("b")

    assert.same({ "a" }, { renewal.origin(made.loaded.a) })
    assert.same({ "b", "field" }, { renewal.origin(made.loaded.b.field) })
    assert.same({}, { renewal.origin({}) })
  end)

  it("is none in the library", function()
    local _, made, renewal = node_of({})
    local value = made.require("neap.service")

    assert.same({}, { renewal.origin(value) })
  end)
end)
