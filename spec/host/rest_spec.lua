local cjson = require("cjson")
local node = require("spec.support.node")

local KEPT = 300

--- 300 processes with a state of all kinds, which main asks for it before and after.
local KEEPERS = [[
  local neap, expect = require("neap"), require("expect")
  local function keeper()
    local me, count = neap.self(), 0
    local text = ("x"):rep(1000) .. tostring(me)
    local step = coroutine.wrap(function()
      local seen = {}
      while true do
        seen[#seen + 1] = #seen
        coroutine.yield(#seen)
      end
    end)
    local known = { [me] = "me", [neap.address("gate")] = "gate", [step] = "step", [1.5] = true }
    local bytes = neap.buffer("immutable")
    while true do
      local msg = neap.receive()
      count = count + 1
      neap.send(msg.from, { count, step(), known[me], known[neap.address("gate")], known[step],
        #text, tostring(bytes), text:sub(1001) == tostring(me) })
    end
  end
  local keepers = {}
  for i = 1, 300 do keepers[i] = neap.spawn(keeper) end
  local function ask(expected)
    for i = 1, 300 do
      neap.send(keepers[i], { from = neap.self() })
      expect.same({ expected, expected, "me", "gate", "step", 1000 + #tostring(keepers[i]),
        "buffer 9 bytes", true }, neap.receive())
    end
  end
  ask(1)
  local gate = neap.monitor(neap.spawn({ run = function() neap.receive() end, name = "gate" }))
  print("all wait")
  neap.receive({ "DOWN", gate })
  ask(2) ask(3)
]]

--- How much less memory of the machine the node holds than it has held, in KiB.
local function given_back(n)
  local file = assert(io.open("/proc/" .. n.pid .. "/status"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("VmHWM:%s*(%d+)")) - tonumber(text:match("VmRSS:%s*(%d+)"))
end

describe("a process that waits for long", function()
  after_each(node.cleanup)

  local function waiting()
    local n = node.script(KEEPERS, { options = { "--rest-after", "300ms" } })
    n:eventually("all wait")
    n:until_true("the rest of all", function()
      return cjson.decode((n:cli("info", "--json"))).resting >= KEPT
    end)
    return n
  end

  it("gives its memory back, and goes on as if it had not", function()
    local n = waiting()
    assert.truthy(given_back(n) > KEPT * 5, given_back(n))

    n:cli("kill", "gate")

    assert.equal(0, n:wait(), n:output())
  end)

  it("can be looked at", function()
    local n = waiting()

    local text, code = n:cli("info", "gate")

    assert.equal(0, code)
    assert.truthy(text:find("in receive", 1, true), text)
    n:cli("kill", "gate")
    assert.equal(0, n:wait(), n:output())
  end)

  it("NEAP-12 can be ended, and leaves nothing", function()
    local n = waiting()

    local code = n:stop()

    assert.equal(0, code, n:output())
  end)
end)
