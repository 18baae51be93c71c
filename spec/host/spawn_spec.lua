local node = require("spec.support.node")

local TOOLS = [[
local function idle() neap.receive("never") end
local function down(ref) return expect.truthy(neap.receive({ "DOWN", ref }, 5000), "DOWN")[4] end
local function end_of(...) local _, ref = neap.spawn_monitor(...) return down(ref) end
local me = neap.self()
]]

local FILES = {
  ["jobs.lua"] = [[
    local neap, jobs = require("neap"), { limit = 3 }
    function jobs.main(to, ...) neap.send(to, { "main", select("#", ...), ... }) end
    function jobs.other(to) neap.send(to, { "other" }) end
    return jobs
  ]],
  ["plain.lua"] = [[return function(to, x) require("neap").send(to, { "plain", x }) end]],
  ["sub/deep.lua"] = [[return { main = function(to) require("neap").send(to, { "deep" }) end }]],
  ["adder.lua"] = [[return require("neap.service").define({
    init = function(n) return { n = n } end, call = { get = function(s) return s.n end } })]],
  ["number.lua"] = "return 42",
  ["raises.lua"] = [[error("not today")]],
  ["broken.lua"] = "local x = = 1",
}

local function check(source)
  node.check(TOOLS .. source, { files = FILES })
end

describe("spawn", function()
  after_each(node.cleanup)

  describe("of a module", function()
    it("runs its main with the arguments, nil ones too", function()
      check([[
        neap.spawn("jobs", me, 1, nil, 3)
        local m = neap.receive("main", 5000)
        expect.equal(3, m[2]) expect.equal(1, m[3]) expect.equal(nil, m[4]) expect.equal(3, m[5])
      ]])
    end)

    it("runs the function that it returns, and the main of one in a folder", function()
      check([[
        neap.spawn("plain", me, "x") expect.same({ "plain", "x" }, neap.receive(5000))
        neap.spawn("sub.deep", me) expect.same({ "deep" }, neap.receive(5000))
      ]])
    end)

    it("runs the function after the colon", function()
      check([[ neap.spawn("jobs:other", me) expect.same({ "other" }, neap.receive(5000)) ]])
    end)

    it("runs the service that it returns", function()
      check([[ expect.equal(7, neap.call(neap.spawn("adder", 7), "get")) ]])
    end)

    local REASONS = {
      { "number", "returns 42; expected a function, a table with main, or a service" },
      { "raises", "not today" },
      { "broken", "broken.lua:1:" },
      { "nowhere", 'there is no module "nowhere"' },
      { "jobs:limit", 'has no function "limit"' },
      { "jobs:nothing", 'has no function "nothing"' },
    }
    for _, case in ipairs(REASONS) do
      it("that can not run is the exit reason of the process: " .. case[1], function()
        check(([[
          local reason = end_of(%q)
          expect.equal("error", reason.kind)
          expect.truthy(reason.message:find(%q, 1, true), reason.message)
        ]]):format(case[1], case[2]))
      end)
    end
  end)

  describe("of a service", function()
    it("makes a process that answers calls", function()
      check([[
        local made = service.define({ init = function(n) return { n } end,
          call = { get = function(state) return state[1] end } })
        expect.equal(5, neap.call(neap.spawn(made, 5), "get"))
        expect.equal(6, neap.call(neap.spawn{ run = made, args = { 6 } }, "get"))
      ]])
    end)
  end)

  describe("of a function", function()
    it("brings upvalues along, and recursion", function()
      check([[
        local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
        local text, list = "t", { 1, { 2 } }
        neap.spawn(function() neap.send(me, { fact(5), text, list }) end)
        expect.same({ 120, "t", { 1, { 2 } } }, neap.receive(5000))
      ]])
    end)

    it("keeps two functions that call each other", function()
      check([[
        local is_odd
        local function is_even(n) if n == 0 then return true end return is_odd(n - 1) end
        is_odd = function(n) if n == 0 then return false end return is_even(n - 1) end
        neap.spawn(function() neap.send(me, { is_even(10), is_odd(10) }) end)
        expect.same({ true, false }, neap.receive(5000))
      ]])
    end)

    it("keeps an upvalue shared between the copied functions", function()
      check([[
        local n = 0
        local function add() n = n + 1 end
        local function get() return n end
        neap.spawn(function() add() add() neap.send(me, { get(), n }) end)
        expect.same({ 2, 2 }, neap.receive(5000))
        expect.equal(0, n, "the spawner's own")
      ]])
    end)

    it("does not see later assignments of the spawner", function()
      check([[
        local value, t = 1, { 1 }
        local pid = neap.spawn(function() neap.receive("go") neap.send(me, { value, t[1] }) end)
        value, t[1] = 2, 2
        neap.send(pid, { "go" })
        expect.same({ 1, 1 }, neap.receive(5000))
      ]])
    end)

    it("brings a table with its metatable", function()
      check([[
        local Point = {} Point.__index = Point
        Point.__add = function(a, b) return setmetatable({ x = a.x + b.x }, Point) end
        function Point:get() return self.x end
        local a, b = setmetatable({ x = 1 }, Point), setmetatable({ x = 2 }, Point)
        neap.spawn(function() neap.send(me, { (a + b):get(), getmetatable(a) == Point }) end)
        expect.same({ 3, true }, neap.receive(5000))
      ]])
    end)

    it("finds by name what the libraries and modules hold", function()
      check([[
        local format, jobs, send, reply = string.format, require("jobs"), neap.send, service.reply
        neap.spawn(function()
          send(me, { format == string.format, jobs == require("jobs"),
            reply == require("neap.service").reply })
        end)
        expect.same({ true, true, true }, neap.receive(5000))
      ]])
    end)

    it("leaves the globals of the spawner behind", function()
      check([[
        global_of_spawner = 5
        neap.spawn(function() neap.send(me, { type(global_of_spawner) }) end)
        expect.same({ "nil" }, neap.receive(5000))
      ]])
    end)

    it("may be given pids, refs, addresses, timers and buffers as upvalues", function()
      check([[
        local kept = { me, neap.monitor(me), neap.address("n"), neap.buffer("b") }
        neap.spawn(function() neap.send(me, kept) end)
        local got = neap.receive(5000)
        for i = 1, 3 do expect.equal(kept[i], got[i]) end
        expect.equal("b", got[4]:tostring())
      ]])
    end)

    --- The text, what comes before, and what is spawned.
    local REFUSED = {
      { 'upvalue "queue" of f (main.lua:6) is a coroutine', "local f = function() return queue end", "f" },
      { 'upvalue "queue" of f (main.lua:6)', "local f = function() return queue end", "{ run = f }" },
      { 'upvalue "queue" of worker (main.lua:6)', "function worker() return queue end", "worker" },
      { 'upvalue "queue" of jobs.worker (main.lua:6)',
        "local jobs = { worker = function() return queue end }", "jobs.worker" },
      { 'upvalue "queue" of the function (main.lua:7)', "", "function() return queue end" },
      { 'upvalue "queue" of inner (main.lua:6)',
        "local function inner() return queue end local f = function() inner() end", "f" },
      { 'upvalue "t".deep[2] of f (main.lua:6)',
        "local t = { deep = { 1, queue } } local f = function() return t end", "f" },
      { 'upvalue "t" (metatable).__index of f (main.lua:6)',
        "local t = setmetatable({}, { __index = queue }) local f = function() return t end", "f" },
      { "the function is a coroutine, made by coroutine.wrap", "", "coroutine.wrap(print)" },
      { "rounds is a coroutine, made by coroutine.wrap",
        "local rounds = coroutine.wrap(print)", "rounds" },
      { 'upvalue "rounds" of f (main.lua:6) is a coroutine, made by coroutine.wrap',
        "local rounds = coroutine.wrap(print) local f = function() rounds() end", "f" },
    }
    for _, case in ipairs(REFUSED) do
      it(("is refused with the path of what can not be copied: %s: %s"):format(case[3], case[1]), function()
        check(([[
          local queue = coroutine.create(print)
          %s
          local message = expect.raises("spawn: " .. %q, function() local pid = neap.spawn(%s) return pid end)
          expect.truthy(message:find(" is a coroutine", 1, true), message)
        ]]):format(case[2], case[1], case[3]))
      end)
    end

    it("is refused by the name that the caller has for it, as an upvalue, too", function()
      check([[
        local queue = coroutine.create(print)
        local function worker() return queue end
        local function begin() return (neap.spawn(worker)) end
        expect.raises('upvalue "queue" of worker (main.lua:', begin)
      ]])
    end)
  end)

  describe("with options", function()
    it("links, monitors and names", function()
      check([[
        neap.trap_exit(true)
        local pid, ref = neap.spawn{ run = idle, link = true, monitor = true, name = "all.three" }
        expect.equal(pid, neap.whereis("all.three"))
        neap.exit(pid, "x")
        expect.same({ "EXIT", pid, "x" }, neap.receive("EXIT", 5000))
        expect.same({ "DOWN", ref, pid, "x" }, neap.receive("DOWN", 5000))
      ]])
    end)

    it("gives no ref and no link that was not asked for", function()
      check([[
        expect.equal(1, select("#", neap.spawn(idle)))
        expect.equal(1, select("#", neap.spawn_link(idle)))
        expect.equal(2, select("#", neap.spawn_monitor(idle)))
        expect.equal(1, neap.info().links) expect.equal(1, neap.info().monitors)
      ]])
    end)

    it("adds the link or the monitor to the table form", function()
      check([[
        local pid = neap.spawn_link{ run = idle, name = "linked" }
        expect.equal(1, neap.info(pid).links)
        local _, ref = neap.spawn_monitor{ run = "plain", args = { me, 1 } }
        expect.equal("normal", down(ref))
      ]])
    end)

    it("counts nil arguments up to the last one", function()
      check([[
        neap.spawn{ run = "jobs", args = { me, nil, 2 } }
        local m = neap.receive("main", 5000)
        expect.equal(2, m[2]) expect.equal(nil, m[3]) expect.equal(2, m[4])
      ]])
    end)

    it("refuses a taken name with its holder, and starts nothing", function()
      check([[
        local holder = neap.spawn{ run = idle, name = "one" }
        local err = expect.fails("taken", neap.spawn{ run = function() neap.send(me, "ran") end,
          name = "one", link = true })
        expect.equal(holder, err.pid) expect.equal(0, neap.info().links)
        expect.equal(nil, (neap.receive(0)))
      ]])
    end)
  end)

  local MISUSES = {
    { "neap.spawn: the first argument is missing; expected a module name", "" },
    { "the first argument is 5; expected a module name", "5" },
    { 'the first argument is "a/b"; expected a module name', '"a/b"' },
    { "run is missing; expected a module name", "{}" },
    { "run is 5; expected a module name", "{ run = 5 }" },
    { 'unknown key "arg": did you mean "args"?', '{ run = "jobs", arg = {} }' },
    { 'name is "1x"; expected a name', '{ run = "jobs", name = "1x" }' },
    { 'link is "yes"; expected true or false', '{ run = "jobs", link = "yes" }' },
    { "sandbox is 1; expected true or false", '{ run = "jobs", sandbox = 1 }' },
    { 'allow is "net"; expected a list of capabilities', '{ run = "jobs", allow = "net" }' },
    { 'allow[2] is "nett"; expected a capability: net, fs,',
      '{ run = "jobs", allow = { "net", "nett" } }' },
    { 'allow[1] is "exec"; who grants it has not that capability, but net, env, fs, names,',
      '{ run = "jobs", allow = { "exec" } }' },
    { 'jit is "on"; expected "auto", true or false', '{ run = "jobs", jit = "on" }' },
    { 'jit is true; expected "auto" or false beside limits.instructions',
      '{ run = "jobs", jit = true, limits = { instructions = 1e6 } }' },
    { 'mailbox.policy is "drop"; expected "block" or "reject"',
      '{ run = "jobs", mailbox = { policy = "drop" } }' },
    { "argument 1 is a function", '"jobs", print' },
    { "argument 2.x[1] is a coroutine", '"jobs", 1, { x = { coroutine.create(print) } }' },
    { "argument 2 has a metatable", '{ run = "jobs", args = { 1, setmetatable({}, {}) } }' },
  }
  for _, case in ipairs(MISUSES) do
    it("refuses misuse where it was called: " .. case[2], function()
      check(("expect.raises(%q, function() local pid = neap.spawn(%s) return pid end)")
        :format(case[1], case[2]))
      check(("local message = expect.raises('main.lua:', function() local pid = neap.spawn(%s) "
        .. "return pid end) expect.truthy(message:find('^main.lua:%%d+: '), message)")
        :format(case[2]))
    end)
  end
end)
