--- The built-in module cjson, as its users meet it.
local node = require("spec.support.node")

local TOOLS = [[
local cjson = require("cjson")
local encode, decode, null = cjson.encode, cjson.decode, cjson.null
local me = neap.self()
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
local function ending(run)
  local _, ref = neap.spawn_monitor({ run = run })
  return down(ref)
end
]]

local function check(source, options)
  node.check(TOOLS .. source, options)
end

describe("cjson.encode", function()
  after_each(node.cleanup)

  it("makes lists of tables with positions only, and objects of all others", function()
    check([==[
      expect.equal('[1,"two",true,[3]]', encode({ 1, "two", true, { 3 } }))
      expect.equal('{"id":7}', encode({ id = 7 }))
      expect.equal('{"1.5":"a"}', encode({ [1.5] = "a" }))
      expect.equal("[null,2]", encode({ [2] = 2 }))
    ]==])
  end)

  it("makes an object of an empty table, also of one that was a list", function()
    check([==[
      expect.equal("{}", encode({}))
      expect.equal('{"list":{}}', encode({ list = decode("[]") }))
    ]==])
  end)

  it("makes null of cjson.null, and of nil", function()
    check([==[
      expect.equal("[null,null]", encode({ null, null }))
      expect.equal("null", encode(nil))
    ]==])
  end)

  it("escapes what must be, and the slash, and leaves UTF-8 alone", function()
    check([==[
      expect.equal([["a\"b\\c\/d\n\u0001\u007f"]], encode('a"b\\c/d\n\1\127'))
      expect.equal('"\195\164\226\130\172"', encode("\195\164\226\130\172"))
    ]==])
  end)

  it("writes 14 digits of a number, or fewer", function()
    check([==[
      expect.equal("[0.33333333333333,1e+14,-7]", encode({ 1 / 3, 1e14, -7 }))
      expect.equal("9.007199254741e+15", encode(2 ^ 53))
      cjson.encode_number_precision(3)
      expect.equal("0.333", encode(1 / 3))
      expect.raises("expected integer between 1 and 14", cjson.encode_number_precision, 15)
    ]==])
  end)

  it("refuses what JSON does not have, and says what it was", function()
    check([==[
      expect.raises("Cannot serialise function: type not supported", encode, { print })
      expect.raises("Cannot serialise userdata: type not supported", encode, { me })
      expect.raises("Cannot serialise boolean: table key must be a number or string", encode,
        { [true] = 1 })
      expect.raises("Cannot serialise number: must not be NaN or Inf", encode, { 1 / 0 })
      expect.raises("Cannot serialise table: excessively sparse array", encode, { [1000] = 1 })
      expect.raises("expected 1 argument", encode)
      local t = {}
      t.t = t
      expect.raises("Cannot serialise, excessive nesting (1001)", encode, t)
      expect.equal("[1]", encode({ 1 }))
    ]==])
  end)
end)

describe("cjson.decode", function()
  after_each(node.cleanup)

  it("makes tables of objects and lists, and cjson.null of null", function()
    check([==[
      local t = decode('{ "a": [1, 2.5, -3e2], "b": { "c": null }, "d": true, "e": "" }')
      expect.same({ a = { 1, 2.5, -300 }, b = { c = null }, d = true, e = "" }, t)
      expect.equal("userdata", type(t.b.c))
      expect.same({}, decode("[]"))
      expect.same({}, decode("{}"))
    ]==])
  end)

  it("takes any value at the top, and white space around it", function()
    check([==[
      expect.equal(7, decode(" 7 "))
      expect.equal("x", decode('"x"'))
      expect.equal(false, decode("\n\t\rfalse"))
      expect.equal(null, decode("null"))
    ]==])
  end)

  it("knows all escapes, pairs of surrogates too", function()
    check([==[
      expect.equal('"\\/\b\f\n\r\t', decode([["\"\\\/\b\f\n\r\t"]]))
      expect.equal("\195\164\226\130\172\240\157\132\158", decode([["\u00e4\u20ac\ud834\udd1e"]]))
    ]==])
  end)

  it("keeps all digits of a number", function()
    check([==[
      expect.equal(0.1, decode("0.1"))
      expect.equal(2 ^ 53 - 1, decode("9007199254740991"))
      expect.equal(1.7976931348623157e308, decode("1.7976931348623157e308"))
      expect.equal(-1 / 0, 1 / decode("-0"))
    ]==])
  end)

  it("says what is wrong, and where", function()
    check([==[
      expect.raises("Expected object key string but found T_END at character 2", decode, "{")
      expect.raises("Expected value but found invalid token at character 4", decode, "[1,x]")
      expect.raises("Expected comma or array end but found T_NUMBER at character 4", decode, "[1 2]")
      expect.raises("Expected value but found T_ARR_END at character 4", decode, "[1,]")
      expect.raises("found unexpected end of string at character 5", decode, '"abc')
      expect.raises("Expected the end but found T_NUMBER at character 3", decode, "1 2")
      expect.raises("Found too many nested data structures (1001)", decode, ("["):rep(1001))
      expect.raises("string expected, got nil", decode, nil)
    ]==])
  end)
end)

describe("cjson", function()
  after_each(node.cleanup)

  it("comes back from text as it went", function()
    check([==[
      local t = { list = { 1, 2, { 3 } }, text = "a\0b\255", [ "" ] = true, none = null }
      expect.same(t, decode(encode(t)))
    ]==])
  end)

  it("has a variant that gives nil and the message", function()
    check([==[
      local safe = require("cjson.safe")
      local value, message = safe.decode("{")
      expect.equal(nil, value)
      expect.equal("Expected object key string but found T_END at character 2", message)
      expect.equal(nil, (safe.encode(print)))
      expect.equal("[1]", safe.encode({ 1 }))
    ]==])
  end)

  it("has settings of its own in each instance, and in each process", function()
    check([==[
      local other = cjson.new()
      other.encode_number_precision(2)
      expect.equal("0.33", other.encode(1 / 3))
      expect.equal("0.33333333333333", encode(1 / 3))
      cjson.encode_number_precision(3)
      expect.same({ "0.33333333333333" }, ending(function()
        neap.exit({ require("cjson").encode(1 / 3) })
      end))
    ]==])
  end)

  it("is made once per process, and is no global", function()
    check([==[
      expect.equal(cjson, require("cjson"))
      expect.equal(nil, rawget(_G, "cjson"))
      expect.equal(nil, rawget(_G, "package"))
    ]==])
  end)

  it("costs a process nothing that does not require it", function()
    check([==[
      local function used() collectgarbage() neap.exit({ collectgarbage("count") }) end
      local without = ending(used)[1]
      local with = ending(function() require("cjson") collectgarbage()
        neap.exit({ collectgarbage("count") }) end)[1]
      expect.truthy(with - without > 1, "more KB")
    ]==])
  end)

  it("wins over a file of the application that is called cjson.lua", function()
    check([==[ expect.equal("[1]", encode({ 1 })) expect.equal("mine", require("cjson.util")) ]==],
      { files = { ["cjson.lua"] = "return {}", ["cjson/util.lua"] = 'return "mine"' } })
  end)

  it("is suggested when its name is not quite right", function()
    check([==[ expect.raises('did you mean "cjson"?', require, "csjon") ]==])
  end)

  it("is found by name in a process that a function is spawned in", function()
    check([==[
      expect.same({ "[1]" }, ending(function() neap.exit({ encode({ 1 }) }) end))
      expect.same({ "{}" }, ending(function() neap.exit({ cjson.encode({}) }) end))
      local safe = require("cjson.safe")
      expect.same({ "[null]" }, ending(function() neap.exit({ safe.encode({ null }) }) end))
      local own = cjson.new().encode
      expect.raises('upvalue "own"', neap.spawn, function() own({}) end)
    ]==])
  end)

  it("encodes more than a process may hold at the price of that process only", function()
    check([==[
      local _, ref = neap.spawn_monitor({ limits = { memory = "4MB" }, run = function()
        pcall(encode, ("\1"):rep(1e6))
      end })
      expect.equal("memory", down(ref).limit)
      expect.equal("[1]", encode({ 1 }))
    ]==])
  end)
end)

describe("cjson.null", function()
  after_each(node.cleanup)

  it("can be sent, and is equal on the other side", function()
    check([==[
      local echo = neap.spawn(function()
        local m = neap.receive()
        neap.send(m.to, { "back", m.value, m.value == require("cjson").null, m.row })
      end)
      neap.send(echo, { to = me, value = null, row = { a = { null }, [null] = 1 } })
      local got = expect.truthy(neap.receive("back", 5000))
      expect.equal(null, got[2])
      expect.equal(true, got[3])
      expect.equal(null, got[4].a[1])
      expect.equal(1, got[4][null])
    ]==])
  end)

  it("can be a whole message, a pattern, an argument and a reason", function()
    check([==[
      neap.send(me, null)
      expect.equal(null, neap.receive(0))
      neap.send(me, { "a", null })
      expect.same({ "a", null }, neap.receive({ "a", null }, 0))
      local _, ref = neap.spawn_monitor(function(value) neap.exit({ value }) end, null)
      expect.equal(null, down(ref)[1])
      local held = null
      expect.same({ true }, ending(function() neap.exit({ held == require("cjson").null }) end))
    ]==])
  end)

  it("is shown as what it is", function()
    check([==[
      expect.equal("userdata: NULL", tostring(null))
      expect.raises("msg.items[2] is a function", neap.send, me, { items = { null, print } })
    ]==])
  end)
end)
