local names = require("neap.prelude.names")

local function loader_of(loaded, order)
  return { loaded = loaded, order = order, changes = 0,
    require_any = function(name) return loaded[name] or error("no " .. name, 0) end }
end

describe("names", function()
  local known, loader, class

  before_each(function()
    class = { method = function() end }
    loader = loader_of({ shop = { run = function() end, Class = class } }, { "shop" })
    known = names.new(loader, { print = print, string = string })
  end)

  it("cover globals, modules, their fields and one level of nested tables", function()
    local by_value = known:table()

    assert.equal("_G\0print", by_value[print])
    assert.equal("_G\0string\0format", by_value[string.format])
    assert.equal("shop\0Class\0method", by_value[class.method])
  end)

  it("lead back to their values", function()
    for value, name in pairs(known:table()) do
      assert.equal(value, known:resolve(name))
    end
  end)

  it("are made anew when a module was loaded", function()
    local before = known:table()
    loader.loaded.more = { f = function() end }
    loader.order[2], loader.changes = "more", 1

    assert.is_nil(before[loader.loaded.more.f])
    assert.equal("more\0f", known:table()[loader.loaded.more.f])
  end)

  it("raise when what they name is gone", function()
    assert.has_error(function() known:resolve("shop\0gone") end,
      "snapshot: there is no shop.gone in this process")
  end)
end)
