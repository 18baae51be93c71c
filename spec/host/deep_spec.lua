--- What nests C functions as deep as a script likes: each way ends in an error, or in a fault of
--- that process alone, which makes nothing suspect.
local cjson = require("cjson")
local node = require("spec.support.node")

local CASES = [[
  local function nest(head, tail, n) return head:rep(n) .. "1" .. (tail or ""):rep(n) end
  local function parse(...) local text = nest(...) return function() assert(load(text)) end end
  local function meta(name, f) return setmetatable({}, { [name] = f }) end
  local lpeg, json = require("lpeg"), require("cjson").new()
  json.decode_max_depth(2147483647)
  json.encode_max_depth(2147483647)
  local cases = {
    error = {
      function() return ("a"):find(("("):rep(1e6)) end,
      function() return ("a"):rep(3e5):find(("a?"):rep(3e5) .. "b") end,
      function() local function f() return (("a"):gsub("a", f)) end return f() end,
      function() local function f() table.sort({ 2, 1 }, function() f() return true end) end f() end,
      function() local function r() load(r) end load(r) error("came back") end,
      parse("return (", ")", 1e5), parse("return {", "}", 1e5), parse("return - ", "", 1e5),
      parse("do ", " end ", 1e5), parse("return f(", ")", 1e5), parse("return 2 ^ ", "", 1e5),
      function() return meta("__index", function(t, k) return t[k] end).x end,
      function() local t = meta("__concat", function(a, b) return a .. b end) return t .. t end,
      function() return ("%s"):format(meta("__tostring", function(t) return ("%s"):format(t) end)) end,
      function() local p p = lpeg.Cmt(1, function(s) return p:match(s) end) p:match("a") end,
      function() local p = lpeg.P("a") for _ = 1, 2e4 do p = lpeg.Ct(p) end p:match("a") end,
      function() json.decode(("["):rep(1e6)) end,
      function() local t = {} t[1] = t json.encode(t) end,
    },
    fault = {
      function() (lpeg.P("ab") ^ -1e6):match("a") end,
      function()
        local function f() return (("a"):gsub("a", function() return coroutine.wrap(f)() end)) end
        f()
      end,
      function()
        local function f() table.sort({ 2, 1 }, function() coroutine.wrap(f)() return true end) end
        f()
      end,
    },
  }
]]

describe("what nests without an end", function()
  after_each(node.cleanup)

  it("ends in an error, or in a fault of its process alone", function()
    local n = node.script(([[
      local neap = require("neap")
      local function run(kind, i)
        %s
        cases[kind][i]()
      end
      for kind, count in pairs({ error = 18, fault = 3 }) do
        for i = 1, count do
          local _, ref = neap.spawn_monitor({ run = run, args = { kind, i },
            limits = { memory = "512MB", cpu = "60s" } })
          local reason = neap.receive({ "DOWN", ref })[4]
          if reason.kind ~= kind then print("WRONG", kind, i, neap.reason(reason)) end
          if kind == "fault" and not neap.reason(reason):find("the C stack is used up", 1, true) then
            print("WRONG", i, neap.reason(reason))
          end
        end
      end
      print("ready")
      neap.receive()
    ]]):format(CASES))
    n:eventually("ready")

    assert.is_nil(n:output():find("WRONG[^\n]*"), n:output():match("WRONG[^\n]*"))
    local faults = cjson.decode((n:cli("info", "--json"))).faults
    assert.same({ suspect = false, in_vm = 0, stack_ends = 3, policy = "continue" }, faults)
    assert.is_nil(n:output():find(" fault signal=", 1, true))
  end)
end)
