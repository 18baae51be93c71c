local node = require("spec.support.node")

local COMMANDS = { "run", "check", "tree", "ps", "info", "reload", "kill", "stop", "version" }
local LATER = { "top", "crashes", "attach", "test", "new" }

--- A program that waits, with its node's name.
local function waiting(name, dir)
  local n = node.script([[print("waits") require("neap").receive()]],
    { options = { "--name", name }, dir = dir })
  n:eventually("waits")
  return n
end

local function expect(printed, code, ...)
  local seen, seen_code = node.run({ ... })
  assert.equal(printed, seen)
  assert.equal(code, seen_code)
end

describe("the command line", function()
  after_each(node.cleanup)

  describe("without a node", function()
    it("without a command prints the usage, with exit code 2", function()
      local printed, code = node.run({})

      assert.truthy(printed:find("^usage: neap COMMAND"))
      assert.equal(2, code)
    end)

    for _, words in ipairs({ { "--help" }, { "-h" }, { "help" } }) do
      it("lists every command for " .. words[1], function()
        local printed, code = node.run(words)

        assert.equal(0, code)
        for _, command in ipairs(COMMANDS) do
          assert.truthy(printed:find("\n  " .. command .. " "), command)
        end
        for _, command in ipairs(LATER) do
          assert.truthy(printed:find("\n  " .. command .. " [^\n]*%(not available in this version%)"),
            command)
        end
      end)
    end

    for _, command in ipairs(COMMANDS) do
      it("explains " .. command .. " for --help", function()
        local printed, code = node.run({ command, "--help" })

        assert.equal("usage: neap " .. command, printed:sub(1, 12 + #command))
        assert.equal(0, code)
      end)
    end

    for _, command in ipairs(LATER) do
      it("has no " .. command .. " yet, and says so", function()
        expect("neap: " .. command .. ": not available in this version\n", 2, command)
      end)

      it("explains " .. command .. " for --help all the same", function()
        local printed, code = node.run({ command, "--help" })

        assert.truthy(printed:find("Not available in this version", 1, true))
        assert.equal(0, code)
      end)
    end

    it("prints its version", function()
      local printed, code = node.run({ "version" })

      assert.truthy(printed:find("^neap %d+%.%d+%.%d+\n"))
      assert.equal(0, code)
    end)

    it("refuses an unknown command, with a suggestion", function()
      expect('neap: unknown command "chekc": did you mean "check"?\n', 2, "chekc", "x")
    end)

    it("refuses an unknown command that nothing is like", function()
      expect('neap: unknown command "zzzzzz": neap --help lists the commands\n', 2, "zzzzzz")
    end)

    it("says how to run a file that is given as a command", function()
      local file = node.folder({ ["x.lua"] = "" }) .. "/x.lua"

      expect(('neap: unknown command "%s": did you mean "run %s"?\n'):format(file, file), 2, file)
    end)

    for words, problem in pairs({
      ["run --workrs 2 x.lua"] = 'neap run: unknown option "--workrs": did you mean "--workers"?',
      ["run --zzzzzz x.lua"] = 'neap run: unknown option "--zzzzzz": neap run --help lists them',
      ["run -q x.lua"] = 'neap run: unknown option "-q": neap run --help lists them',
      ["check --nmae x y"] = 'neap check: unknown option "--nmae": did you mean "--name"?',
      ["ps --jsno"] = 'neap ps: unknown option "--jsno": did you mean "--json"?',
      ["run"] = "neap run: APP is missing: usage: neap run APP [ARGS...]",
      ["check"] = "neap check: APP is missing: usage: neap check APP [ARGS...]",
      ["info a b"] = 'neap info: unexpected "b": usage: neap info [PID|NAME]',
      ["kill"] = "neap kill: PID|NAME is missing: usage: neap kill PID|NAME",
      ["ps x"] = 'neap ps: unexpected "x": usage: neap ps',
      ["kill a b"] = 'neap kill: unexpected "b": usage: neap kill PID|NAME',
      ["run -w 0 x.lua"] = 'neap run: --workers is "0"; expected a number from 1 to 255',
      ["run -w many x.lua"] = 'neap run: --workers is "many"; expected a number from 1 to 255',
      ["run --rest-after 0 x.lua"] =
        'neap run: --rest-after is "0"; expected a time over 0, such as 500ms, 12s or 5m',
      ["run --rest-after 1e3 x.lua"] =
        'neap run: --rest-after is "1e3"; expected a time over 0, such as 500ms, 12s or 5m',
      ["run --rest-after 3x x.lua"] =
        'neap run: --rest-after is "3x"; expected a time over 0, such as 500ms, 12s or 5m',
      ["run --workers=-1 x.lua"] = 'neap run: --workers is "-1"; expected a number from 1 to 255',
      ["run --log-level lots x.lua"] =
        'neap run: --log-level is "lots"; expected debug, info, warn or error',
      ["run --log-format xml x.lua"] = 'neap run: --log-format is "xml"; expected text or json',
      ["run --set x x.lua"] = 'neap run: --set is "x"; expected KEY=VALUE',
      ["run --name"] = "neap run: --name needs a value: --name NAME",
      ["ps --json=yes"] = 'neap ps: --json takes no value, given "yes"',
      ["ps --name x --socket y"] =
        "neap ps: --name and --socket both choose the node: give one of them",
    }) do
      it("refuses with one line: neap " .. words, function()
        local args = {}
        for word in words:gmatch("%S+") do args[#args + 1] = word end

        local printed, code = node.run(args)

        assert.equal(problem, printed:match("^([^\n]*)\n$"))
        assert.equal(2, code)
      end)
    end

    for _, name in ipairs({ "a/b", "..", ("x"):rep(65), "a\nb" }) do
      it(("refuses the node name %q"):format(name), function()
        local printed, code = node.run({ "run", "--name", name, "x.lua" })

        assert.truthy(printed:find("^neap run: %-%-name: "), printed)
        assert.equal(2, code)
      end)
    end

    for _, command in ipairs({ "tree", "ps", "reload", "stop" }) do
      it("says that none is running, for " .. command, function()
        local printed, code = node.run({ command })

        assert.truthy(printed:find("^neap " .. command .. ": no node is running: looked for"))
        assert.equal(1, code)
      end)
    end

    it("says that none of that name is running", function()
      expect('neap ps: no node called "x" is running, nor any other\n', 1, "ps", "--name", "x")
    end)
  end)

  describe("of run", function()
    it("leaves what follows APP to the program", function()
      node.check([[expect.equal("--help", neap.args[1]) expect.equal("-w", neap.args[2])]],
        { args = { "--help", "-w" } })
    end)

    it("hides what is below --log-level", function()
      local n = node.script([[
        local log = require("neap").log
        log.info("quiet.event") log.warn("loud.event")]], { options = { "--log-level", "warn" } })

      assert.equal(0, n:wait())

      assert.truthy(n:output():find("loud.event", 1, true))
      assert.is_nil(n:output():find("quiet.event", 1, true))
      assert.is_nil(n:output():find("node.start", 1, true))
    end)

    it("writes one JSON object per line for --log-format json", function()
      local n = node.script([[
        local neap = require("neap")
        neap.log.warn("odd", { text = 'a "b"\n\27[0m', n = 5 })
        print("two\nlines")]], { options = { "--log-format", "json" } })

      assert.equal(0, n:wait())

      local found
      for line in n:output():gmatch("[^\n]+") do
        local object = require("cjson").decode(line)
        if object.event == "odd" then found = object end
      end
      assert.equal('a "b"\n\27[0m', found.text)
    end)

    it("runs on as many threads as --workers says", function()
      for _, option in ipairs({ "--workers=3", "-w3" }) do
        local n = node.script("", { options = { option } })

        assert.equal(0, n:wait())
        assert.truthy(n:output():find("workers=3", 1, true), n:output())
      end
    end)
  end)

  describe("of check", function()
    it("says that nothing is wrong, and starts nothing", function()
      local dir = node.folder({
        ["app.lua"] = [[return { children = { { id = "a", start = { "a" } } } }]],
        ["a.lua"] = [[return function() print("started") end]],
      })

      expect(dir .. ": no problems found\n", 0, "check", dir)
    end)

    it("finds a module that fails while it loads", function()
      local dir = node.folder({
        ["app.lua"] = [[return { children = { { id = "a", start = { "a" } },
          { id = "b", start = { "b" } }, { id = "c", start = { "c:none" } } } }]],
        ["a.lua"] = [[error("at load")]], ["b.lua"] = "return 5", ["c.lua"] = "return {}",
      })

      expect("root.children[1].start[1]: a.lua:1: at load\n"
        .. 'root.children[2].start[1]: module "b" returns 5; expected a function, a table with'
        .. " main, or a service\n"
        .. 'root.children[3].start[1]: module "c" has no function "none"\n', 2, "check", dir)
    end)

    it("keeps modules from starting or sending", function()
      local dir = node.folder({
        ["app.lua"] = [[return { children = { { id = "a", start = { "a" } } } }]],
        ["a.lua"] = [[require("neap").spawn("a") return function() end]],
      })

      expect("root.children[1].start[1]: a.lua:1: neap.spawn: neap check starts and sends"
        .. " nothing\n", 2, "check", dir)
    end)

    it("reads --set", function()
      local dir = node.folder({ ["app.lua"] = "return {}", ["config.lua"] = "return { a = 1 }" })

      expect('--set b: there is no such key in config.lua: did you mean "a"?\n', 2,
        "check", "--set", "b=1", dir)
    end)

    describe("of a single file", function()
      local function file_of(text, files)
        local all = { ["x.lua"] = text }
        for name, other in pairs(files or {}) do all[name] = other end
        return node.folder(all) .. "/x.lua"
      end

      it("finds a syntax error", function()
        expect("x.lua:1: '<name>' expected near '='\n", 2, "check", file_of("local = 1"))
      end)

      it("runs no program", function()
        local file = file_of("print('ran') require('neap').spawn(print) while true do end")

        expect(file .. ": no problems found\n", 0, "check", file)
      end)

      it("finds what it requires and is not there, or has errors, also further down", function()
        local file = file_of("local a = require('a')\nif a then require('none') end\n"
          .. "require 'neap.servcie' require('neap.check') require('a/b') pcall(require, 'maybe')", {
          ["a.lua"] = "require('sub.b') error('not run')",
          ["sub/b/init.lua"] = "\nreturn function() return require('nowhere'), require('c') end",
          ["c.lua"] = "local = 1",
        })
        local dir = file:match("^(.*)/")

        expect(([[
x.lua:2: there is no module "none" (searched %s/none.lua, %s/none/init.lua)
x.lua:3: there is no module "neap.servcie": did you mean "neap.service"?
x.lua:3: module "neap.check" is internal to neap
x.lua:3: "a/b" is not a module name
sub/b/init.lua:2: there is no module "nowhere" (searched %s/nowhere.lua, %s/nowhere/init.lua)
c.lua:1: '<name>' expected near '='
]]):format(dir, dir, dir, dir), 2, "check", file)
      end)

      it("validates the tree that it returns, as that of an app.lua", function()
        local file = file_of([[
          local spec = { path = { "lib" }, children = { { id = "a", start = { "a" } },
            { id = "b", start = { "b" }, restrat = 1 } } }
          return spec]], { ["lib/a.lua"] = "return 5" })

        expect('root.children[1].start[1]: module "a" returns 5; expected a function, a table with'
          .. " main, or a service\n"
          .. 'root.children[2]: unknown key "restrat": did you mean "restart"?\n'
          .. ('root.children[2].start[1] is "b"; there is no such module (searched %s/lib/b.lua, '
          .. '%s/lib/b/init.lua)\n'):format(file:match("^(.*)/"), file:match("^(.*)/")), 2, "check", file)
      end)

      it("says what a file raises that only builds a tree", function()
        expect("x.lua:1: attempt to index global 'nothing' (a nil value)\n", 2, "check",
          file_of("local t = nothing.x return { children = t }"))
      end)

      it("lets a program be that starts something before it returns a tree", function()
        local file = file_of([[
          pcall(require("neap").spawn, print)
          print("ran on")
          return { chidlren = {} }]])

        local printed, code = node.run({ "check", file })

        assert.equal(file .. ": no problems found\n", printed:match("[^\n]*\n$"))
        assert.equal(0, code)
      end)
    end)
  end)

  describe("with two nodes", function()
    it("asks which one is meant", function()
      local one = waiting("one")
      waiting("two", one.dir)

      local printed, code = one:cli("ps")

      assert.equal("neap ps: 2 nodes are running: choose one with --name: one, two\n", printed)
      assert.equal(2, code)
    end)

    it("takes the one of --name, or of --socket", function()
      local one = waiting("one")
      local two = waiting("two", one.dir)

      local _, code = one:cli("stop", "--name", "two")

      assert.equal(0, code)
      assert.equal(0, two:wait())
      assert.equal(0, select(2, one:cli("ps", "--socket", one.dir .. "/neap/one.sock")))
      assert.is_true(one:is_running())
    end)

    it("suggests a name", function()
      local one = waiting("orders")

      local printed, code = one:cli("ps", "--name", "oders")

      assert.equal('neap ps: no node called "oders" is running; running: orders: did you mean'
        .. ' "orders"?\n', printed)
      assert.equal(1, code)
    end)

    it("has each in a socket that only its user can open", function()
      local one = waiting("one")

      local listed = io.popen("stat -c '%a' " .. one.dir .. "/neap " .. one.dir
        .. "/neap/one.sock"):read("*a")

      assert.equal("700\n600\n", listed)
    end)
  end)

  describe("with a second node of the same name", function()
    local function second(first, options)
      local n = node.app({
        ["app.lua"] = [[return { name = "one", children = { { id = "a", start = { "a" } } } }]],
        ["a.lua"] = [[print("started") return function() end]],
      }, { dir = first.dir, options = options })
      return n, n:wait()
    end

    for how, options in pairs({ ["by its app.lua"] = {}, ["by --name"] = { "--name", "one" } }) do
      it("refuses it " .. how .. ", before it starts anything", function()
        local first = waiting("one")

        local n, code = second(first, options)

        assert.equal(2, code)
        assert.equal(('neap run: a node called "one" is already running (%s/neap/one.sock):'
          .. " choose another --name, or end it with neap stop --name one\n"):format(first.dir),
          n:output())
      end)
    end

    it("leaves the first alone", function()
      local first = waiting("one")

      second(first)

      assert.equal(0, select(2, first:cli("ps", "--name", "one")))
      assert.equal(0, first:stop())
    end)
  end)

  it("runs when whoever started it has closed its standard files", function()
    local dir = node.folder({ ["x.lua"] = "print('ran')" })
    for _, closed in ipairs({ "<&-", ">&-", "2>&-", "<&- >&- 2>&-" }) do
      local handle = io.popen(("( XDG_RUNTIME_DIR=%s '%s' run %s/x.lua %s ) >%s/out 2>&1;"
        .. " printf %%d $?"):format(dir, node.binary, dir, closed, dir))

      assert.equal("0", handle:read("*a"), closed)
      handle:close()
    end
  end)

  describe("of a node that ends before it answers", function()
    --- Exit code and output of `neap WORDS...` to a socket that takes the request and closes.
    local function ask_and_close(...)
      local socket = require("posix.sys.socket")
      local path = node.folder() .. "/node.sock"
      local listener = assert(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
      assert(socket.bind(listener, { family = socket.AF_UNIX, path = path }))
      assert(socket.listen(listener, 1))
      local words = { ... }
      table.insert(words, 2, "--socket")
      table.insert(words, 3, path)
      local asked = node.start(words)
      local client = assert(socket.accept(listener))
      socket.recv(client, 100)
      require("posix.unistd").close(client)
      local code = asked:wait()
      require("posix.unistd").close(listener)
      return code, asked:output()
    end

    it("stop is done", function()
      local code, printed = ask_and_close("stop")

      assert.equal("", printed)
      assert.equal(0, code)
    end)

    it("kill does not know whether it is", function()
      local code, printed = ask_and_close("kill", "worker")

      assert.equal("neap kill: the node closed the connection without an answer\n", printed)
      assert.equal(1, code)
    end)
  end)

  describe("when the control socket can not be had", function()
    local function run_with(runtime_dir)
      local folder = node.folder({ ["x.lua"] = "print('ran')", ["neap"] = "a file" })
      local dir = folder .. runtime_dir
      local printed, code = node.run({ "run", folder .. "/x.lua" }, { dir = dir })
      assert.is_nil(printed:find("ran", 1, true))
      return printed, code, dir
    end

    it("ends with exit code 3 if the system refuses it", function()
      local printed, code, dir = run_with("/none")

      assert.equal(("neap run: cannot make the directory of the control socket, %s/neap: No such"
        .. " file or directory\n"):format(dir), printed)
      assert.equal(3, code)
    end)

    it("ends with exit code 2 if something else is in its place", function()
      local printed, code, dir = run_with("")

      assert.equal(("neap run: %s/neap is not a directory\n"):format(dir), printed)
      assert.equal(2, code)
    end)
  end)
end)
