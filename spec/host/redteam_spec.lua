--- What an attack on the design found, seen from outside: each `it` carries the finding's id.
--- Others are C tests (grep for TEST(A in host/test) and scripts of spec/hostile.
local node = require("spec.support.node")

--- Runs this tree's Makefile as if by hand; what it printed, and "code=N".
local function make(words)
  local handle = assert(io.popen("env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u ASAN_OPTIONS"
    .. " -u TSAN_OPTIONS make " .. words .. " 2>&1; printf code=$?"))
  local printed = handle:read("*a")
  handle:close()
  return printed
end

describe("the red team's findings", function()
  after_each(node.cleanup)

  it("A1 a raise out of a function of the host leaves the process killable", function()
    node.check([[
      local raises = {
        function() pcall(neap.send) while true do end end,
        function() pcall(neap.call, 1, 2, 3) while true do end end,
        function() pcall(neap.spawn, {}) while true do end end,
        function() while true do pcall(neap.sleep, {}) end end,
      }
      for _, raise in ipairs(raises) do
        local _, ref = neap.spawn_monitor({ run = raise, limits = { cpu = 20 } })
        expect.equal("cpu", neap.receive({ "DOWN", ref })[4].limit)
      end
    ]])
  end)

  it("A1 no function of the host runs a metamethod of its arguments", function()
    node.check([[
      local function ran() error("a metamethod ran") end
      local t = setmetatable({}, { __index = ran, __len = ran, __tostring = ran, __pairs = ran })
      local names = "send receive call cast link unlink monitor demonitor trap_exit kill register "
        .. "unregister whereis address sleep send_after cancel timeout buffer is_signal info"
      for name in names:gmatch("%S+") do
        local _, message = pcall(neap[name], t, t, t)
        message = tostring(type(message) == "table" and message.message or message)
        expect.equal(nil, message:match("a metamethod ran") and name)
      end
    ]])
  end)

  it("A2 the memory limit inside a function of the host ends its process only", function()
    node.check([[
      local echo = service.start(service.define({
        init = function() return {} end, call = { big = function() return ("x"):rep(9e5) end } }))
      local function grow()
        local list = {}
        while true do
          list[#list + 1] = neap.call(echo, "big")
          list[#list + 1] = neap.buffer(list[#list])
        end
      end
      for _ = 1, 20 do
        local _, ref = neap.spawn_monitor({ run = grow, limits = { memory = "4MB" } })
        expect.equal("memory", neap.receive({ "DOWN", ref })[4].limit)
      end
      expect.equal(9e5, #neap.call(echo, "big"))
    ]])
  end)

  it("A3 two processes that make JSON at once never see each other's data", function()
    node.check([[
      local function work(mark, boss)
        local cjson, wrong = require("cjson"), 0
        local t = { mark, { mark = mark }, #mark, (mark):rep(50) }
        local text = cjson.encode(t)
        for i = 1, 30000 do
          if i % 100 == 0 then require("neap").sleep(0) end
          local back = cjson.decode(cjson.encode(t))
          if cjson.encode(t) ~= text or back[1] ~= mark or back[4] ~= t[4] then wrong = wrong + 1 end
        end
        require("neap").send(boss, { mark, wrong, text })
      end
      local marks = { "a", "bb", "ccc", "dddd" }
      for _, mark in ipairs(marks) do neap.spawn_link(work, mark, neap.self()) end
      for _, mark in ipairs(marks) do
        local told = expect.truthy(neap.receive({ mark }, 20000))
        expect.equal(0, told[2])
        expect.equal(('["%s",{"mark":"%s"},%d,"%s"]'):format(mark, mark, #mark, mark:rep(50)), told[3])
      end
    ]], { options = { "--workers", "2" } })
  end)

  it("A4 processes killed at random instants are told of once and leave nothing", function()
    local file = assert(io.open("spec/hostile/kills.lua"))
    local n = node.script(file:read("*a"), { args = { 2000 }, options = { "--workers", "2" } })
    file:close()

    n:eventually("kills sent=")

    local started, downs, again = n:output():match("started=(%d+) downs=(%d+).* again=(%d+)")
    assert.equal(started, downs)
    assert.equal("0", again)
    n:until_true("only main and echo to be left", function()
      return select(2, n:cli("ps", "--json"):gsub('"pid"', "")) == 2
    end)
    assert.equal(0, n:stop())
  end)

  it("A6 a build refuses a library of the VM that has code in another section", function()
    local dir = node.folder({
      ["known.c"] = "void known(void) {}",
      ["other.c"] = '__attribute__((section(".text.other"))) void other(void) {}',
    })
    local function build(name)
      local library = dir .. "/" .. name .. ".a"
      assert.equal(0, os.execute(("cd %s && cc -c %s.c && ar rcs %s %s.o"):format(dir, name, library,
        name)))
      return make(("BUILD=%s LUAJIT_A=%s %s/libluajit.a"):format(dir, library, dir))
    end

    assert.truthy(build("known"):find("code=0$"))
    local printed = build("other")

    assert.truthy(printed:find("other.a has code in .text.other: add it to VM_SECTIONS", 1, true))
    assert.truthy(printed:find("code=2$"))
    assert.is_nil(io.open(dir .. "/libluajit.a"))
  end)

  it("A5 a grammar that needs hours ends at its CPU limit, on every worker at once", function()
    node.check([[
      local function slow()
        local lpeg = require("lpeg")
        local V = lpeg.V
        local S = lpeg.P({ "S", S = "a" * V("S") * "b" + "a" * V("S") * "c" + "a" })
        pcall(lpeg.match, S, ("a"):rep(40))
      end
      local refs = {}
      for i = 1, 8 do
        local _, ref = neap.spawn_monitor({ run = slow, limits = { cpu = 20 } })
        refs[i] = ref
      end
      for _, ref in ipairs(refs) do expect.equal("cpu", neap.receive({ "DOWN", ref }, 20000)[4].limit) end
    ]], { options = { "--workers", "2" } })
  end)

  it("A8 what a built-in module registers leads nowhere", function()
    node.check([[
      for _, name in ipairs({ "cjson", "cjson.safe", "lpeg" }) do require(name) end
      for _, name in ipairs({ "ffi", "package", "io", "debug", "_LOADED", "string" }) do
        expect.equal(false, (pcall(require, name)))
      end
      expect.equal(nil, rawget(_G, "package"))
      expect.equal(nil, debug.getregistry)
      local mt = getmetatable(require("lpeg").P(1))
      expect.equal(nil, mt.__gc)
      mt.__index = nil
      expect.equal("function", type(require("lpeg").P(1).match))
    ]])
  end)

  it("A8 a literal 1LL in a module opens no ffi", function()
    node.check([[
      expect.equal("cdata", type(require("numbers").one))
      expect.raises("ffi", require, "ffi")
      local _, ref = neap.spawn_monitor(function()
        local one = require("numbers").one
        assert(type(one) == "cdata" and not pcall(require, "ffi"))
      end)
      expect.equal("normal", neap.receive({ "DOWN", ref })[4])
    ]], { files = { ["numbers.lua"] = "return { one = 1LL, i = 2i }" } })
  end)

  it("A12 garbage near the limit is collected, in compiled code too", function()
    node.check([[
      local function churn()
        local live = {}
        for i = 1, 30000 do live[i] = { i } end
        for i = 1, 1e6 do local _ = { i } end
        neap.exit({ #live })
      end
      local _, ref = neap.spawn_monitor({ run = churn, limits = { memory = "4MB" } })
      expect.same({ 30000 }, neap.receive({ "DOWN", ref })[4])
    ]])
  end)

  it("A17 more compiling processes than there are slots for code run on", function()
    node.check([[
      local function compiled()
        local here, x = require("neap"), 0
        for i = 1, 1e5 do x = x + i % 3 end
        here.send("boss", x)
        here.receive()
      end
      neap.register("boss")
      local pids = {}
      for i = 1, 900 do pids[i] = neap.spawn(compiled) end
      for _ = 1, 900 do expect.equal(100000, neap.receive()) end
      for _, pid in ipairs(pids) do neap.kill(pid) end
    ]])
  end)

  it("A18 limits hold after many kills on each carrier", function()
    node.check([[
      local function run(cpu, f)
        local _, ref = neap.spawn_monitor({ run = f, limits = { cpu = cpu } })
        return neap.receive({ "DOWN", ref })[4]
      end
      for _ = 1, 100 do
        expect.equal("cpu", run(2, function() while true do pcall(error, "x") end end).limit)
        expect.equal("normal", run(200, function() pcall(error, "x") end))
      end
    ]])
  end)

  it("A20 the Makefile hands each sanitizer the options that it needs", function()
    local printed = make([[-s --eval='options: ; @env | grep SAN_OPTIONS' options]])

    assert.truthy(printed:find("ASAN_OPTIONS=[^\n]*use_sigaltstack=0"), printed)
    assert.truthy(printed:find("ASAN_OPTIONS=[^\n]*detect_leaks=0"), printed)
    assert.truthy(printed:find("TSAN_OPTIONS=[^\n]*die_after_fork=0"), printed)
  end)

  it("A22 a verdict that comes late hits no later process or turn", function()
    node.check([[
      local function nearly()
        local here = require("neap")
        local x, stop = 0, here.now() + 0.9
        while here.now() < stop do x = x + 1 end
      end
      local refs = {}
      for i = 1, 200 do
        local _, tight = neap.spawn_monitor({ run = nearly, limits = { cpu = 1 } })
        local _, wide = neap.spawn_monitor(nearly)
        refs[i] = { tight, wide }
      end
      for _, pair in ipairs(refs) do
        local reason = neap.receive({ "DOWN", pair[1] })[4]
        expect.truthy(reason == "normal" or reason.limit == "cpu")
        expect.equal("normal", neap.receive({ "DOWN", pair[2] })[4])
      end
    ]])
  end)

  describe("later ones", function()
    it("a process that always has mail lets others run, and the node stop", function()
      local n = node.script([[
        local neap = require("neap")
        for _ = 1, 4 do
          neap.spawn(function()
            local here = require("neap")
            while true do here.send(here.self(), 1) here.receive() end
          end)
          neap.spawn(function() while true do require("neap").sleep(0) end end)
          neap.spawn(coroutine.wrap and function()
            coroutine.wrap(function() while true do require("neap").sleep(0) end end)()
          end)
        end
        for i = 1, 20 do neap.sleep(1) end
        print("others ran")
        neap.receive()
      ]])

      n:eventually("others ran")

      assert.equal(0, n:stop())
    end)

    it("what a wait found is not lost when others run first", function()
      node.check([[
        local stop = neap.now() + 200
        local n = 0
        local in_coroutine = coroutine.wrap(function()
          while true do
            neap.send(neap.self(), { n, n + 1, { n } })
            coroutine.yield(neap.receive())
          end
        end)
        while neap.now() < stop do
          n = n + 1
          expect.same({ n, n + 1, { n } }, in_coroutine())
          neap.send(neap.self(), n)
          expect.equal(n, neap.receive())
          expect.equal(true, neap.sleep(0))
          string.gsub("a", "a", function()
            neap.send(neap.self(), n)
            expect.equal(n, coroutine.wrap(neap.receive)())
          end)
        end
        expect.fails("timeout", neap.receive(0))
      ]])
    end)

    it("a stack of 20,000 levels costs no second to describe", function()
      node.check([[
        local function deep() return 1 + deep() end
        local _, ref = neap.spawn_monitor({ run = deep, limits = { cpu = 300 } })
        local reason = neap.receive({ "DOWN", ref })[4]
        expect.equal("error", reason.kind)
        expect.truthy(reason.message:find("stack overflow"))
      ]])
    end)

    it("C frames without an end end their process only, whatever it calls at the last", function()
      node.check([[
        local acts = {
          function() end,
          function() pcall(error, "x") end,
          function() neap.send(neap.self(), { 1, { 2 } }, { timeout = 0 }) neap.receive(0) end,
          function() neap.log.debug("event", { key = 1 }) neap.info() end,
          function() os.date("%c") tostring(1e300) debug.traceback() end,
          function() load("return 1")() pcall(require, "nowhere") end,
          function() neap.spawn(function() end) end,
        }
        --- Nests until the stack ends, which ends it; calls `act` from a depth on.
        local function dig(boss, from, act)
          local depth = 0
          local function nest()
            depth = depth + 1
            if depth >= from then act() end
            if depth % 50 == 0 then neap.send(boss, { "deep", depth }) end
            return (("a"):gsub("a", function() return coroutine.wrap(nest)() end))
          end
          nest()
        end
        --- How it ends.
        local function run(from, act)
          local _, ref = neap.spawn_monitor({ run = function(boss) return dig(boss, from, act) end,
            args = { neap.self() }, limits = { memory = "512MB", cpu = "20s" } })
          return neap.receive({ "DOWN", ref })[4].kind
        end
        expect.equal("fault", run(math.huge))
        local deepest = 0
        repeat
          local msg = neap.receive("deep", 0)
          deepest = msg and msg[2] or deepest
        until not msg
        for _, act in ipairs(acts) do
          expect.equal("fault", run(deepest - 100, act))
        end
      ]])
    end)
  end)
end)
