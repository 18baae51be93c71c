local globals = require("neap.prelude.globals")

-- The libraries are copied, as `make` changes them.
local function raw_globals()
  local raw = {}
  for key, value in pairs(_G) do raw[key] = value end
  raw.string = {}
  for key, value in pairs(string) do raw.string[key] = value end
  raw.getmetatable = function() return {} end
  raw.load = function(code, name, _, env)
    local chunk, problem = loadstring(code, name)
    return chunk and env and setfenv(chunk, env) or chunk, problem
  end
  return raw
end

describe("the globals of scripts", function()
  local made, printed

  before_each(function()
    printed = {}
    made = globals.make(raw_globals(), {
      print = function(line) printed[#printed + 1] = line end,
      traceback = debug.traceback,
      forget_ffi = function() end,
      of_os = function(call) return call end,
    })
  end)

  it("leave out what leads outside", function()
    for _, name in ipairs({ "io", "package", "module", "dofile", "loadfile", "newproxy",
      "getfenv", "setfenv", "ffi", "jit" }) do
      assert.is_nil(made[name])
    end
    assert.is_nil(made.string.dump)
    assert.is_nil(made.os.execute)
    assert.is_nil(made.debug.getinfo)
    assert.is_function(made.os.clock)
  end)

  it("load text only", function()
    assert.equal(7, made.load("return ...")(7))
    assert.equal(3, made.load("return x", "n", "t", { x = 3 })())
    assert.is_nil((made.load("\27Lua")))
    assert.is_nil((made.load("return 1", "n", "b")))
    assert.is_nil((made.loadstring(string.dump(function() end))))
  end)

  it("load pieces of text", function()
    local pieces = { "return ", "1" }

    assert.equal(1, made.load(function() return table.remove(pieces, 1) end)())
  end)

  it("print to the log", function()
    made.print("a", nil, 1)

    assert.same({ "a\tnil\t1" }, printed)
  end)

  it("let scripts count and collect, not stop, garbage", function()
    assert.is_number(made.collectgarbage("count"))
    assert.has_error(function() made.collectgarbage("stop") end)
  end)
end)
