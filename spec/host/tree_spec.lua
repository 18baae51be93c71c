local cjson = require("cjson")
local node = require("spec.support.node")

local FILES = {
  ["waits.lua"] = [[return function() print("waits") require("neap").receive() end]],
  ["ends.lua"] = [[return function() end]],
  ["app.lua"] = [[return { name = "shop", children = {
    { id = "a", start = { "waits" }, limits = { memory = "8MB", instructions = 1000000 } },
    { id = "below", supervisor = { children = {
      { id = "x", start = { "waits" } },
      { id = "t", restart = "transient", start = { "ends" } } } } } } }]],
}

local function shop()
  local n = node.app(FILES)
  n:eventually("waits", 2)
  n:eventually("child.exit id=t")
  return n
end

--- What a client command printed, as JSON.
local function json(n, ...)
  local printed, code = n:cli(...)
  assert.equal(0, code, printed)
  return cjson.decode(printed)
end

local function named(list, key, value)
  for _, item in ipairs(list) do
    if item[key] == value then return item end
  end
end

describe("neap tree", function()
  after_each(node.cleanup)

  it("SUP-29 draws the tree in start order, with state, restarts and memory", function()
    local printed, code = shop():cli("tree")

    assert.equal(0, code)
    local seen = {}
    for line in printed:gmatch("[^\n]+") do seen[#seen + 1] = line end
    assert.equal(6, #seen)
    assert.truthy(seen[1]:find("^ID +PID +TYPE +STATE +RESTARTS +MEMORY$"))
    assert.truthy(seen[2]:find("^root +%d+%.%d+ +supervisor +running +0 +[%d.]+ KiB$"))
    assert.truthy(seen[3]:find("^├─ a +%d+%.%d+ +worker +running +0 +[%d.]+ KiB$"))
    assert.truthy(seen[4]:find("^└─ below +%d+%.%d+ +supervisor +running +0 +[%d.]+ KiB$"))
    assert.truthy(seen[5]:find("^   ├─ x +%d+%.%d+ +worker +running +0 +[%d.]+ KiB$"))
    assert.truthy(seen[6]:find("^   └─ t +%- +worker +stopped +0 +%-$"))
  end)

  it("gives the same as JSON", function()
    local root = json(shop(), "tree", "--json")

    assert.equal("root", root.id)
    assert.equal("supervisor", root.type)
    local a, below = root.children[1], root.children[2]
    assert.same({ "a", "worker", "running", 0 }, { a.id, a.type, a.state, a.restarts })
    assert.same({}, a.children)
    assert.equal("below", below.id)
    assert.same({ "x", "t" }, { below.children[1].id, below.children[2].id })
    assert.equal("stopped", below.children[2].state)
    assert.equal(cjson.null, below.children[2].pid)
  end)

  it("counts restarts", function()
    local n = shop()

    n:cli("kill", "a")
    n:eventually("child.restart id=a")

    assert.equal(1, json(n, "tree", "--json").children[1].restarts)
  end)

  it("shows a single file's main alone", function()
    local n = node.script([[print("up") require("neap").receive()]])
    n:eventually("up")

    local root = json(n, "tree", "--json")

    assert.equal("worker", root.type)
    assert.same({}, root.children)
  end)
end)

describe("neap ps", function()
  after_each(node.cleanup)

  it("lists every process", function()
    local printed, code = shop():cli("ps")

    assert.equal(0, code)
    assert.truthy(printed:find("^PID +NAME +ID +VERSION +STATE +MEMORY +CPU +MAIL +TURNS +PARENT\n"))
    assert.truthy(printed:find("\n%d+%.%d+ +a +a +%- +waiting +[%d.]+ KiB "))
    assert.truthy(printed:find("\n%d+%.%d+ +%- +x +%- +waiting "))
  end)

  it("gives the same as JSON", function()
    local list = json(shop(), "ps", "--json")

    local a = named(list, "name", "a")
    assert.equal(4, #list)
    assert.equal("waits", a.module)
    assert.equal("worker", a.type)
    assert.equal(list[1].pid, a.parent)
    assert.same({ messages = 0, bytes = 0, refused = 0 }, a.mailbox)
    assert.is_true(a.memory > 1000)
    assert.equal("supervisor", named(list, "name", "below").type)
  end)

  it("has what is hostile in names as one line, and as valid JSON", function()
    local n = node.script([[
      local neap, supervisor = require("neap"), require("neap.supervisor")
      supervisor.start_link({ children = { { id = 'x"\\\n\27[31m\1é', start = { function()
        print("up") neap.receive() end } } } })
      neap.receive()]])
    n:eventually("up")

    local list = json(n, "ps", "--json")
    local printed = n:cli("ps")

    assert.truthy(named(list, "id", 'x"\\\n\27[31m\1é'))
    assert.is_nil(printed:find("\27", 1, true))
    local _, lines = printed:gsub("\n", "")
    assert.equal(#list + 1, lines)
  end)
end)

describe("neap info", function()
  after_each(node.cleanup)

  it("shows one process by name: limits, usage, mailbox and stack", function()
    local printed, code = shop():cli("info", "a")

    assert.equal(0, code)
    for _, part in ipairs({ "name +a\n", "runs +waits\n", "state +waiting\n", "limit 8 MiB\n",
      "handles +%d+ %(limit 1000%): 1 links", "trap_exit +no\n", "stack\n.*waits%.lua:1: in " }) do
      assert.truthy(printed:find("\n" .. part) or printed:find(part), part .. " in " .. printed)
    end
  end)

  it("gives the same as JSON", function()
    local a = json(shop(), "info", "a", "--json")

    assert.equal("a", a.name)
    assert.equal(8 * 1024 * 1024, a.limits.memory)
    assert.equal(1000000, a.limits.instructions)
    assert.equal(5000, a.limits.cpu)
    assert.equal("block", a.limits.policy)
    assert.equal(1, a.links)
    assert.is_false(a.trap_exit)
    assert.truthy(table.concat(a.stack, "\n"):find("waits.lua:1: in ", 1, true))
  end)

  it("takes a pid as the tree shows it", function()
    local n = shop()
    local pid = json(n, "tree", "--json").children[1].pid

    assert.equal("a", json(n, "info", "--json", pid).name)
  end)

  it("shows the stack of a process that spins", function()
    local n = node.script([[
      local function spin() print("spinning") while true do end end
      spin()]])
    n:eventually("spinning")

    local main = json(n, "info", "main", "--json")

    assert.equal("running", main.state)
  end)

  for word, problem in pairs({
    ["belwo"] = 'neap info: no process is called "belwo": did you mean "below"?\n',
    ["nothing"] = 'neap info: no process is called "nothing": neap ps lists them\n',
    ["9999.1"] = "neap info: there is no process 9999.1, or no more\n",
  }) do
    it("says so when there is no " .. word, function()
      local printed, code = shop():cli("info", word)

      assert.equal(problem, printed)
      assert.equal(1, code)
    end)
  end
end)

describe("neap kill", function()
  after_each(node.cleanup)

  it("ends a process by name, which its supervisor restarts", function()
    local n = shop()
    local pid = json(n, "info", "a", "--json").pid

    local printed, code = n:cli("kill", "a")

    assert.equal("killed " .. pid .. " (a)\n", printed)
    assert.equal(0, code)
    n:eventually("child.restart id=a reason=killed restarts=1")
  end)

  it("ends a process by pid", function()
    local n = shop()

    n:cli("kill", json(n, "info", "a", "--json").pid)

    n:eventually("child.restart id=a reason=killed")
  end)

  it("ends a process that spins and catches every error", function()
    local n = node.app({
      ["spins.lua"] = [[return function() print("spinning")
        while true do pcall(function() while true do end end) end end]],
      ["app.lua"] = [[return { children = { { id = "s", restart = "temporary",
        start = { "spins" } } } }]],
    })
    n:eventually("spinning")

    n:cli("kill", "s")

    n:eventually("child.exit id=s reason=killed")
  end)

  it("says so when there is no such process, and ends none", function()
    local n = shop()

    local printed, code = n:cli("kill", "nothing")

    assert.equal('neap kill: no process is called "nothing": neap ps lists them\n', printed)
    assert.equal(1, code)
    assert.equal(4, #json(n, "ps", "--json"))
  end)
end)
