--- Scripts in a sandbox that want out of it: each is spawned with `sandbox = true`, so nothing of
--- what it tries may work, and it must be told so. Given to each are the victim's pid and a tag.

--- Goes along with each script, as an upvalue.
local function refused(...)
  local ok, message = pcall(...)
  assert(not ok, "it was not refused")
  assert(tostring(message):find("has not th[ea]t? capability"), tostring(message))
end

local cases = {
  { name = "no name leads to a process, in no function", ends = "normal",
    run = function()
      local neap, service = require("neap"), require("neap.service")
      for _, name in ipairs({ "victim", "main", "a", "", "a\0b", ("x"):rep(5000), "$neap.stop" }) do
        for _, f in ipairs({ neap.send, neap.call, neap.cast, neap.monitor, neap.info,
          neap.whereis, neap.unregister, service.stop }) do
          refused(f, name, "x")
        end
        refused(neap.send_after, 1, name, "x")
        refused(neap.call, name, "next", 1)
      end
      refused(neap.register, "victim2")
      refused(neap.register, "victim2", neap.self())
      refused(neap.address, "victim")
    end },

  { name = "a forged address, name or pid is none", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      local function never() error("a metamethod ran") end
      local forged = { {}, setmetatable({}, { __index = never, __tostring = never, __eq = never }),
        tostring(victim), true, 1, coroutine.create(never) }
      for _, to in ipairs(forged) do
        assert(not pcall(neap.send, to, 1))
        assert(not pcall(neap.kill, to))
        assert(not pcall(neap.link, to))
      end
      assert(not pcall(setmetatable, victim, {}))
    end },

  { name = "who may not end a process can not, by any way that ends one", ends = "normal",
    run = function(victim)
      local neap, service = require("neap"), require("neap.service")
      for _, pid in ipairs({ victim, neap.info().parent, neap.info(victim).parent }) do
        refused(neap.kill, pid)
        refused(neap.exit, pid, "kill")
        refused(neap.exit, pid, "normal")
        refused(neap.exit, pid, { "shutdown", "x" })
        refused(neap.link, pid)
        refused(service.stop, pid)
        refused(neap.call, pid, "$neap.stop", "x")
      end
      neap.send(victim, { "EXIT", neap.info(victim).parent, "kill" })
      neap.send(victim, { "CALL", neap.self(), "$neap.stop", "x" })
    end },

  { name = "a crash takes nobody along", ends = "error",
    run = function(victim)
      local neap = require("neap")
      pcall(neap.link, victim)
      pcall(neap.spawn_link, function() error("x") end)
      neap.monitor(victim)
      error("the end")
    end },

  { name = "no child, however it is made, may more than its parent", ends = "normal",
    run = function(victim)
      local neap, service = require("neap"), require("neap.service")
      local supervisor = require("neap.supervisor")
      local function waits() require("neap").receive() end
      local wide = service.define({ init = function() return 1 end })
      for _, caps in ipairs({ { "control" }, { "names" }, { "fs:/" }, { "net", "env" },
        { "native:x" }, { "ffi" }, { "exec" }, { "names:victim" }, { "read:." } }) do
        refused(neap.spawn, { run = waits, allow = caps })
        refused(neap.spawn_link, { run = waits, allow = caps, sandbox = true })
        refused(service.start, { run = wide, allow = caps })
        refused(supervisor.start_link,
          { children = { { id = "a", start = { waits }, allow = caps } } })
      end
      refused(neap.spawn, { run = waits, name = "victim2" })
      local pid, ref = neap.spawn_monitor(function(other)
        require("neap").kill(other)
      end, victim)
      assert(pid and neap.receive({ "DOWN", ref })[4].message:find("control", 1, true))
    end },

  { name = "options that change while they are read grant nothing", ends = "normal",
    run = function()
      local neap = require("neap")
      local reads = 0
      local sly = setmetatable({}, { __index = function()
        reads = reads + 1
        return reads > 1 and "control" or nil
      end, __len = function() return 1 end })
      local short = setmetatable({ "control" }, { __len = function() return 0 end })
      for _, allow in ipairs({ sly, short }) do
        local function waits() require("neap").receive() end
        local ok, pid = pcall(neap.spawn, { run = waits, allow = allow })
        assert(not ok or #neap.info(pid).allow == 0 and neap.kill(pid))
      end
    end },

  { name = "the environment is closed, from wherever it is asked for", ends = "normal",
    run = function()
      local getenv = os.getenv
      refused(getenv, "HOME")
      refused(coroutine.wrap(function() return getenv("HOME") end))
      refused(load("return os.getenv('HOME')"))
      refused(setmetatable({}, { __call = function() return getenv("HOME") end }))
      refused(string.gsub, "HOME", "%w+", getenv)
      refused(table.sort, { "a", "b" }, getenv)
      local message
      xpcall(function() error("HOME") end,
        function() message = select(2, pcall(getenv, "HOME")) end)
      assert(tostring(message):find("has not the capability", 1, true))
    end },

  { name = "what was done to the globals undoes no refusal", ends = "normal",
    run = function()
      local neap, kept = require("neap"), {}
      for key, value in pairs(_G) do kept[key] = value end
      setmetatable(_G, nil)
      setmetatable(_G, { __index = function() return true end })
      string.find = function() return 1 end               -- luacheck: ignore
      os.getenv, error = kept.os.getenv, function() end   -- luacheck: ignore
      local ok = kept.pcall(kept.os.getenv, "HOME")
      local named = kept.pcall(neap.whereis, "victim")
      kept.assert(not ok and not named)
    end },

  { name = "no file is reached, by no spelling of its path", ends = "normal",
    run = function()
      local fs = require("neap.fs")
      for _, path in ipairs({ "main.lua", "./main.lua", "..", "/", "/etc/passwd",
        "/proc/self/environ", "a/../../../../../../etc/passwd", "//etc//passwd",
        "/dev/../etc/passwd", "x\255" }) do
        for _, f in ipairs({ fs.read, fs.list, fs.stat, fs.remove, fs.mkdir }) do
          refused(f, path)
        end
        refused(fs.write, path, "x")
        refused(fs.append, path, "x")
      end
      local _, err = fs.read(("a/"):rep(5000))
      assert(err.code == "ENAMETOOLONG")
    end },

  { name = "no library that leads out can be required or found", ends = "normal",
    run = function()
      for _, name in ipairs({ "ffi", "jit", "jit.util", "jit.opt", "jit.v", "jit.profile", "io",
        "os", "debug", "package", "table.new", "table.clear", "string.buffer", "neap.host",
        "neap.loader", "neap.app", "neap.start", "neap.guard", "neap.launch", "../escapes",
        "/etc/passwd", "a..b" }) do
        assert(not pcall(require, name), name)
      end
      local seen = {}
      local function look(t, depth)
        if seen[t] or depth > 6 then return end
        seen[t] = true
        for key, value in next, t do
          assert(key ~= "loadlib" and key ~= "sethook" and key ~= "getregistry"
            and key ~= "popen", key)
          if type(value) == "table" then look(value, depth + 1) end
          local meta = type(value) ~= "string" and getmetatable(value)
          if type(meta) == "table" then look(meta, depth + 1) end
        end
      end
      look(_G, 0)
      local public = { "neap", "neap.service", "neap.supervisor", "neap.fs", "neap.http" }
      for _, name in ipairs(public) do
        look(require(name), 0)
      end
    end },
}

for _, case in ipairs(cases) do case.sandbox = true end

return cases
