local source = require("neap.source")

local function names(text)
  local list = {}
  for i, required in ipairs(source.requires(text)) do list[i] = required.name end
  return list
end

describe("source", function()
  it("finds what a text requires by a literal name, with the line", function()
    assert.same({ { name = "a", line = 1 }, { name = "b.c", line = 3 } },
      source.requires('local a = require("a")\n\nreturn require "b.c".x'))
  end)

  for text, expected in pairs({
    ["require'a'"] = { "a" },
    ["require [[a]]"] = { "a" },
    ["require([==[a]==])"] = { "a" },
    ["x = 1 .. require('a') .. 'b'"] = { "a" },
    ["f(require('a'), { require('b') })"] = { "a", "b" },
    ["require -- 'no'\n ( --[[ 'no' ]] 'a' )"] = { "a" },
    ["local s = 'it\\'s' require('a')"] = { "a" },
    ["local s = '\\\\' require('a')"] = { "a" },
    ['local s = "don\'t" require("a")'] = { "a" },
    ["local n = 1e5 local m = .5 require('a')"] = { "a" },
  }) do
    it("finds it in " .. text, function()
      assert.same(expected, names(text))
    end)
  end

  for _, text in ipairs({ "", "-- require('a')", "--[==[\nrequire('a') ]] ]==]", "'require(\"a\")'",
    "[[ require('a') ]]", "require(name)", "require('a' .. name)", "pcall(require, 'a')",
    "loader.require('a')", "loader:require('a')", "required('a')", "local require = require" }) do
    it("finds nothing in " .. text, function()
      assert.same({}, names(text))
    end)
  end

  for _, text in ipairs({ "return {}", "return { a = 1 };", "local t = {} return t", "return t;",
    "if x then return end return { children = {} }", "for i = 1, 2 do f() end return t",
    "repeat local x until x return {}", "local function f() return end return {}",
    "while x do if y then z() elseif w then v() else u() end end return {}" }) do
    it("says that a table may be returned by " .. text, function()
      assert.is_true(source.returns_table(text))
    end)
  end

  for _, text in ipairs({ "", "f()", "return", "return;", "return nil", "return 5", "return 'x'",
    "return f()", "return t.x", "return t, 1", "return function() return {} end",
    "if x then return {} end", "do return {} end", "f(function() return {} end)", "return true",
    "-- return {}", "return \"{}\"" }) do
    it("does not say so of " .. text, function()
      assert.is_false(source.returns_table(text))
    end)
  end
end)
