local node = require("spec.support.node")

--- A service that prints its start and its end, and ends as its options say.
local LOUD = [[
local neap, service = require("neap"), require("neap.service")
return service.define({
  init = function(id, slow)
    print("start " .. id)
    return { id = id, slow = slow }
  end,
  terminate = function(state, reason)
    print("end " .. state.id .. " " .. neap.reason(reason))
    if state.slow then neap.receive("never") end
  end,
})
]]

--- What LOUD printed, in order.
local function told(n)
  local lines = {}
  for line in n:output():gmatch("[^\n]+") do
    lines[#lines + 1] = line:match("(start %w+)$") or line:match("(end %w+ .*)$")
  end
  return lines
end

local function loud(children)
  return node.app({ ["loud.lua"] = LOUD, ["app.lua"] = "return " .. children })
end

local THREE = [[{ children = {
  { id = "a", start = { "loud", "a" } },
  { id = "b", supervisor = { children = {
    { id = "x", start = { "loud", "x" } }, { id = "y", start = { "loud", "y" } } } } },
  { id = "c", start = { "loud", "c" } } } }]]

local IN_ORDER = { "start a", "start x", "start y", "start c", "end c shutdown", "end y shutdown",
  "end x shutdown", "end a shutdown" }

describe("a node", function()
  after_each(node.cleanup)

  for _, signal in ipairs({ "TERM", "INT" }) do
    it("SUP-02 stops its tree right to left, level by level, on SIG" .. signal, function()
      local n = loud(THREE)
      n:eventually("start c")

      n:signal(signal)

      assert.equal(0, n:wait())
      assert.same(IN_ORDER, told(n))
    end)
  end

  it("SUP-02 stops in the same order for neap stop, which returns when it is gone", function()
    local n = loud(THREE)
    n:eventually("start c")

    local printed, code = n:cli("stop")

    assert.equal("", printed)
    assert.equal(0, code)
    assert.equal(0, n:wait())
    assert.same(IN_ORDER, told(n))
  end)

  it("SUP-20 kills what does not stop in time, and goes on", function()
    local n = loud([[{ children = { { id = "a", start = { "loud", "a" } },
      { id = "b", shutdown = 20, start = { "loud", "b", true } } } }]])
    n:eventually("start b")

    assert.equal(0, n:stop())

    assert.same({ "start a", "start b", "end b shutdown", "end a shutdown" }, told(n))
    assert.truthy(n:output():find("child.shutdown_error id=b reason=killed", 1, true))
  end)

  it("SUP-21 ends a brutal_kill child without terminate", function()
    local n = loud([[{ children = { { id = "a", shutdown = "brutal_kill",
      start = { "loud", "a" } } } }]])
    n:eventually("start a")

    assert.equal(0, n:stop())

    assert.same({ "start a" }, told(n))
  end)

  it("stops at once at the second signal, though a child never ends", function()
    local n = loud([[{ children = { { id = "a", shutdown = "infinity",
      start = { "loud", "a", true } } } }]])
    n:eventually("start a")
    n:signal("TERM")
    n:eventually("end a shutdown")

    n:signal("TERM")

    assert.equal(0, n:wait())
  end)

  it("stops at once at SIGINT after SIGTERM, though a child never ends", function()
    local n = loud([[{ children = { { id = "a", shutdown = "infinity",
      start = { "loud", "a", true } } } }]])
    n:eventually("start a")
    n:signal("TERM")
    n:eventually("end a shutdown")

    n:signal("INT")

    assert.equal(0, n:wait())
  end)

  it("is not stopped by a child that asks the root supervisor to, signals it or kills it", function()
    local n = node.app({
      ["app.lua"] = [[return { children = {
        { id = "below", supervisor = { children = { { id = "x", start = { "x" } } } } },
        { id = "asks", restart = "temporary", start = { "asks" } } } }]],
      ["x.lua"] = [[return function() require("neap").receive() end]],
      ["asks.lua"] = [[
        local neap, service = require("neap"), require("neap.service")
        return function()
          local root = neap.info().parent
          local ok, err = service.stop(root)
          neap.exit(root, "shutdown")
          neap.kill(root)
          print(ok, err.kind, err.message)
          print("below", service.stop("below", "shutdown"))
        end]],
    })

    n:eventually("nil\tinvalid\tthe root supervisor ends with the node only: neap stop, or SIGTERM")
    n:eventually("below\ttrue")
    n:eventually("child.restart id=below")

    assert.equal("", (n:cli("stop")))
    assert.equal(0, n:wait())
  end)

  --- A child whose init does not return; it ends when it is told to, or only when killed.
  local HANGS = [[
    local neap = require("neap")
    return require("neap.service").define({ init = function(traps)
      neap.trap_exit(traps or false)
      print("hanging")
      repeat neap.receive() until false
    end })]]

  local function hanging(children)
    local n = node.app({ ["loud.lua"] = LOUD, ["hangs.lua"] = HANGS,
      ["app.lua"] = "return " .. children })
    n:eventually("hanging")
    return n
  end

  it("stops in order at one signal while a child hangs in its init", function()
    local n = hanging([[{ children = {
      { id = "a", start = { "loud", "a" } }, { id = "b", start = { "loud", "b" } },
      { id = "h", start = { "hangs" } }, { id = "c", start = { "loud", "c" } } } }]])

    assert.equal(0, n:stop())

    assert.same({ "start a", "start b", "end b shutdown", "end a shutdown" }, told(n))
    assert.is_nil(n:output():find("gave up", 1, true))
  end)

  it("stops in order at one signal while a child hangs in its init further down", function()
    local n = hanging([[{ children = {
      { id = "a", start = { "loud", "a" } },
      { id = "b", supervisor = { children = {
        { id = "x", start = { "loud", "x" } }, { id = "h", start = { "hangs" } } } } } } }]])

    assert.equal(0, n:stop())

    assert.same({ "start a", "start x", "end x shutdown", "end a shutdown" }, told(n))
  end)

  it("stops for neap stop while a child hangs in its init that has to be killed", function()
    local n = hanging([[{ children = {
      { id = "a", start = { "loud", "a" } },
      { id = "h", shutdown = 20, start = { "hangs", true } } } }]])

    assert.equal("", (n:cli("stop")))

    assert.equal(0, n:wait())
    assert.same({ "start a", "end a shutdown" }, told(n))
    assert.truthy(n:output():find("child.shutdown_error id=h reason=killed", 1, true))
  end)

  it("stops at one signal while a child hangs in the init of its restart", function()
    local n = node.app({
      ["loud.lua"] = LOUD,
      ["hangs.lua"] = [[
        local neap = require("neap")
        local function init()
          if neap.register("seen", neap.whereis("a")) then          -- the first time
            neap.send(neap.self(), "crash")
            return {}
          end
          print("hanging")
          neap.receive("never")
        end
        return require("neap.service").define({ init = init, info = function() error("crash") end })]],
      ["app.lua"] = [[return { children = { { id = "a", start = { "loud", "a" } },
        { id = "h", start = { "hangs" } } } }]],
    })
    n:eventually("hanging")

    assert.equal(0, n:stop())

    assert.same({ "start a", "end a shutdown" }, told(n))
  end)

  it("stops while a busy loop runs in a child", function()
    local n = node.app({
      ["app.lua"] = [[return { children = { { id = "a", shutdown = 20, start = { "spins" } } } }]],
      ["spins.lua"] = [[return function() print("spinning") while true do end end]],
    })
    n:eventually("spinning")

    assert.equal(0, n:stop())
  end)

  it("stops a single file's program that waits", function()
    local n = node.script([[print("waiting") require("neap").receive()]])
    n:eventually("waiting")

    assert.equal(0, n:stop())
  end)

  it("stops a single file's program that spins", function()
    local n = node.script([[print("spinning") while true do end]])
    n:eventually("spinning")

    assert.equal(0, n:stop())
  end)

  it("stops at the second signal a single file's program that traps exits", function()
    local n = node.script([[require("neap").trap_exit(true)
      print("waiting") while true do print(require("neap").receive()[1]) end]])
    n:eventually("waiting")
    n:signal("TERM")
    n:eventually("EXIT")

    n:signal("TERM")

    assert.equal(0, n:wait())
  end)

  it("outlives SIGHUP", function()
    local n = loud([[{ children = { { id = "a", start = { "loud", "a" } } } }]])
    n:eventually("start a")

    n:signal("HUP")
    n:eventually("signal.ignored")

    assert.is_true(n:is_running())
    assert.equal(0, n:stop())
  end)

  it("leaves no socket behind", function()
    local n = loud(THREE)
    n:eventually("start c")

    n:stop()

    local printed, code = n:cli("ps")
    assert.truthy(printed:find("neap ps: no node is running", 1, true))
    assert.equal(1, code)
  end)

  it("can be started again after it was killed from outside", function()
    local n = node.script([[print("waiting") require("neap").receive()]], { options = { "--name", "x" } })
    n:eventually("waiting")
    n:signal("KILL")
    n:wait()

    local again = node.script([[print("waiting") require("neap").receive()]],
      { options = { "--name", "x" }, dir = n.dir })
    again:eventually("waiting")

    assert.equal(0, again:stop())
  end)
end)
