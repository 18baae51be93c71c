local node = require("spec.support.node")

--- Starts processes of `module` until they begin as they will from then on; gives what `image`
--- says then, and what the module's `tell` says in three of them.
local DRIVER = [[
  local neap, expect = require("neap"), require("expect")
  local function once(module)
    local pid, ref = neap.spawn_monitor(module .. ":tell", neap.self())
    local told = neap.receive("told")
    expect.equal("normal", neap.receive({ "DOWN", ref })[4])
    return told[2], told[3]
  end
  local function settled(module)
    local image
    repeat image = once(module) until image ~= "base"
    return image
  end
  local function values(module)
    local _, a = once(module)
    local _, b = once(module)
    local _, c = once(module)
    return a, b, c
  end
]]

--- A module whose functions see `value`, made at its top level.
local function module(top)
  return ("local neap = require('neap')\n%s\n"):format(top) .. [[
    return { tell = function(to)
      neap.send(to, { "told", neap.info().image, type(value) == "function" and value() or value })
    end }
  ]]
end


--- The module has an image, or none and why; and what its processes see.
local function expect_image(top, image, script)
  local files = { ["kept.lua"] = module(top) }
  local n = node.script(DRIVER .. ("expect.equal(%q, settled('kept')) "):format(image)
    .. (script or ""), { files = files })
  assert.equal(0, n:wait(), n:output())
  return n:output()
end

local IMPURE = "none: the top level of its modules asks the host for something"
local DIFFERS = "none: its modules do not load the same way twice"

describe("an image", function()
  after_each(node.cleanup)

  it("holds what a module made when it was loaded, for each process its own", function()
    expect_image("local n = 0 local value = function() n = n + 1 return n end", "kept",
      "local a, b, c = values('kept') expect.same({ 1, 1, 1 }, { a, b, c })")
  end)

  it("A10 holds tables with objects as keys", function()
    expect_image([=[
      local keys, of = {}, {}
      for i = 1, 50 do keys[i] = i % 2 == 0 and {} or function() end of[keys[i]] = i end
      local function value()
        for i = 1, 50 do if of[keys[i]] ~= i then return i end end
        return "all"
      end]=], "kept", "expect.same({ 'all', 'all', 'all' }, { values('kept') })")
  end)

  it("holds addresses and what neap.config says", function()
    expect_image([[
      local there, limit = neap.address("there"), neap.config.limit
      local value = function() return tostring(there) .. tostring(limit) end]], "kept",
      "expect.same({ 'address therenil' , 'address therenil' }, { (values('kept')), (values('kept')) })")
  end)

  it("gives each process random numbers of its own", function()
    expect_image("local value = math.random", "kept",
      "local a, b, c = values('kept') expect.truthy(a ~= b and b ~= c and a ~= c)")
  end)

  it("keeps the numbers of a module that seeds them itself", function()
    expect_image("math.randomseed(7) local value = math.random", "kept",
      "local a, b, c = values('kept') expect.truthy(a == b and b == c)")
  end)

  it("A11 leaves data that looks like an address as it is", function()
    expect_image([[
      local value = {}
      for i = 1, 64 do value[i] = 139000000000000 + i * 65536 end]], "kept",
      "local a = values('kept') for i = 1, 64 do "
      .. "expect.equal(139000000000000 + i * 65536, a[i]) end")
  end)

  for what, top in pairs({
    ["draws a random number"] = "local value = math.random()",
    ["looks at an address (A11)"] = "local value = tostring({})",
    ["looks at an address in another way (A11)"] = "local value = ('%p'):format(print)",
  }) do
    it("is none of a module that " .. what, function() expect_image(top, DIFFERS) end)
  end

  for what, top in pairs({
    ["asks who it is"] = "local value = tostring(neap.self())",
    ["asks for the time"] = "local value = os.time()",
    ["asks for the time in another way"] = "local value = neap.time()",
    ["asks for the processor's time"] = "local value = os.clock()",
    ["starts a process"] = "neap.spawn(function() end)",
  }) do
    it("is none of a module that " .. what, function() expect_image(top, IMPURE) end)
  end

  it("is none of a module that prints, which it does once for each process", function()
    local output = expect_image("print('loaded once')", IMPURE)

    local loaded = select(2, output:gsub("loaded once", ""))
    local none = select(2, output:gsub("told", ""))
    assert.truthy(loaded >= 2 and none == 0, output)
    for pid in output:gmatch("(%d+%.%d+) loaded once") do
      assert.equal(1, select(2, output:gsub(pid:gsub("%.", "%%.") .. " loaded once", "")), output)
    end
  end)

  for what, top in pairs({
    ["a userdata that can not be copied byte by byte"] = "local value = require('cjson').encode({})"
      .. " local keep = require('cjson') function tell_no() return keep end",
    ["a coroutine"] = "local co = coroutine.wrap(function() coroutine.yield() end) co() "
      .. "local value = function() return co and 1 end",
    ["a value of the ffi (a literal such as 1LL)"] = "local n = load('return 1LL')() "
      .. "local value = function() return n and 1 end",
    ["more than 4 MiB"] = "local t = {} for i = 1, 60000 do t[i] = { i } end "
      .. "local value = function() return t and 1 end",
  }) do
    it("A3 A8 is none of a module that holds " .. what, function()
      expect_image(top, "none: its modules hold " .. what)
    end)
  end

  it("is none of a module that does not load, and the reason is the process's own", function()
    local n = node.script([[
      local neap, expect = require("neap"), require("expect")
      for _ = 1, 10 do
        local _, ref = neap.spawn_monitor("broken")
        expect.truthy(neap.receive({ "DOWN", ref })[4].message:find("as always"))
      end]], { files = { ["broken.lua"] = "error('as always')" } })

    assert.equal(0, n:wait(), n:output())
    assert.equal(10, select(2, n:output():gsub("process.crash module=broken", "")), n:output())
  end)

  it("is not for a process whose limit is less than it takes", function()
    expect_image("local t = {} for i = 1, 20000 do t[i] = { i } end "
      .. "local value = function() return t and 1 end", "kept", [[
      local _, ref = neap.spawn_monitor({ run = "kept:tell", args = { neap.self() },
        limits = { memory = "500KB" } })
      expect.equal("memory", neap.receive({ "DOWN", ref })[4].limit)]])
  end)

  it("is the base for a process that counts instructions, so that each counts the same", function()
    expect_image("local value = 1", "kept", [[
      neap.spawn({ run = "kept:tell", args = { neap.self() }, limits = { instructions = 1e6 } })
      expect.equal("base", neap.receive("told")[2])]])
  end)

  it("is made anew when a module changes", function()
    local n = node.app({
      ["app.lua"] = [[return { children = { { id = "asker", start = { "asker" } } } }]],
      ["deep.lua"] = "return 'old'",
      ["kept.lua"] = module("local deep = require('deep') local value = function() return deep end"),
      ["asker.lua"] = DRIVER:gsub("local neap, expect.-\n", "local neap = require('neap')\n"
        .. "local expect = { equal = function(a, b) assert(a == b) end }\n") .. [[
        return function()
          local seen
          while true do
            local image, value = once("kept")
            if seen ~= image .. value then
              seen = image .. value
              print("now " .. image .. " " .. value)
            end
            neap.sleep(1)
          end
        end]],
    })
    n:eventually("now kept old")

    n:write("deep.lua", "return 'new'")
    n:cli("reload")

    n:eventually("now kept new")
    assert.equal(0, n:stop())
  end)

  it("is shown by neap info", function()
    local n = node.script("local neap = require('neap') neap.register('me') print('up') neap.receive()")
    n:eventually("up")

    assert.truthy(n:cli("info", "me"):find("image +none"))

    n:stop()
  end)
end)
