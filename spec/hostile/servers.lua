--- Servers and files as weapons: ports that are opened and left, options that are none, paths that
--- lead elsewhere.
local function opens(options)
  local given = { listen = "127.0.0.1:0", handler = "handlers:ask" }
  for key, value in pairs(options or {}) do given[key] = value end
  return { run = "neap.http", args = { given } }
end

return {
  { name = "servers that are opened and die with who opened them", ends = "error",
    says = "the end", limits = { cpu = "2s" },
    run = function()
      local service = require("neap.service")
      for _ = 1, 10 do assert(service.start_link(opens())) end
      error("the end")
    end },

  { name = "servers that are opened and killed, again and again", ends = "normal",
    limits = { cpu = "2s" },
    run = function()
      local neap, service = require("neap"), require("neap.service")
      for _ = 1, 20 do
        local pid = assert(service.start(opens()))
        local ref = neap.monitor(pid)
        neap.kill(pid)
        assert(neap.receive({ "DOWN", ref })[4] == "killed")
      end
    end },

  { name = "NEAP-10 a server whose opener then loops", ends = "cpu", limits = { cpu = "50ms" },
    run = function()
      assert(require("neap.service").start_link(opens()))
      while true do end
    end },

  { name = "a port that is taken is nobody else's", ends = "normal", limits = { cpu = "2s" },
    run = function()
      local neap, service = require("neap"), require("neap.service")
      local pid = assert(service.start_link(opens()))
      local listen = neap.call(pid, "listen")
      for _ = 1, 5 do
        local other, err = service.start(opens({ listen = listen }))
        assert(not other and err.kind == "taken", tostring(err))
      end
      assert(neap.call(pid, "listen") == listen)
      service.stop(pid)
    end },

  { name = "options of servers that are none", ends = "normal", limits = { cpu = "2s" },
    run = function()
      local service = require("neap.service")
      for key, values in pairs({
        listen = { "", "x", "127.0.0.1", "127.0.0.1:99999", ":0", 7, "256.0.0.1:0", "[::1:0" },
        handler = { "nowhere", "handlers:nothing", "../x", 7, {}, "" },
        pool = { 0, { max = 0 }, { max = -1 }, { most = 1 } },
        max_body = { -1, "x", {} }, request_timeout = { -1, "x" }, max_requests = { 0, -1, 0.5 },
        limits = { { memory = -1 }, { memori = 1 }, 7 },
      }) do
        for _, value in ipairs(values) do
          local pid, err = service.start(opens({ [key] = value }))
          assert(not pid and err, key .. " " .. tostring(value))
        end
      end
    end },

  { name = "a server in a sandbox, which has no net", ends = "normal",
    limits = { cpu = "2s" },
    run = function()
      local neap = require("neap")
      local _, ref = neap.spawn_monitor({ run = "neap.http", sandbox = true,
        args = { { listen = "127.0.0.1:0", handler = "handlers:ask" } } })
      local reason = neap.receive({ "DOWN", ref })[4]
      assert(tostring(reason.message):find("capability", 1, true), neap.reason(reason))
    end },

  { name = "who is no handler answers nothing, who is no server drains nothing", ends = "normal",
    run = function(victim)
      local neap = require("neap")
      for _, name in ipairs({ "listen", "http", "drain" }) do
        local answer, err = neap.call(victim, name)
        assert(answer == nil and err.kind == "no_such_call")
      end
      local stream = pcall(require, "neap.http.stream")
      assert(not stream and not pcall(require, "neap.http.handler"))
    end },

  { name = "files that are written, read and thrown away until time is up", ends = "cpu",
    limits = { cpu = "30ms" },
    run = function(_, tag)
      local fs, path = require("neap.fs"), "thrown" .. tag
      fs.write(path, ("x"):rep(1000))
      fs.remove(path)
      local _ = fs.list(".") and fs.stat("main.lua") or fs.stat("app.lua")
      while true do for _ = 1, 100 do pcall(fs.read, {}) end end
    end },

  { name = "a process that is killed while it reads, writes and lists", ends = "normal",
    limits = { cpu = "2s" },
    run = function(_, tag)
      local neap = require("neap")
      local function works(name)
        local fs = require("neap.fs")
        while true do
          fs.write(name, ("x"):rep(2e5)) fs.append(name, "y") fs.read(name) fs.list(".")
          fs.stat(name) fs.remove(name)
        end
      end
      for i = 1, 10 do
        local pid, ref = neap.spawn_monitor(works, ("killed%s.%d"):format(tag, i))
        neap.sleep(i % 4)
        neap.kill(pid)
        neap.receive({ "DOWN", ref })
        pcall(require("neap.fs").remove, ("killed%s.%d"):format(tag, i))
      end
    end },

  { name = "NEAP-09 a file that is larger than the process", ends = "memory",
    limits = { memory = "4MB" },
    run = function(_, tag)
      local neap, fs, path = require("neap"), require("neap.fs"), "large" .. tag
      local writer, ref = neap.spawn_monitor({ limits = { memory = "64MB" }, run = function(to)
        require("neap.fs").write(to, ("x"):rep(4.2e6))
      end, args = { path } })
      neap.receive({ "DOWN", ref })
      neap.spawn(function(to, boss)
        local here = require("neap")
        here.receive({ "DOWN", (here.monitor(boss)) })
        require("neap.fs").remove(to)
      end, path, neap.self())
      return writer, fs.read(path)
    end },

  { name = "paths that are none, or not for scripts", ends = "normal", limits = { cpu = "1s" },
    run = function()
      local fs = require("neap.fs")
      for _, path in ipairs({ "", "\0", "a\0b", ("x"):rep(5000), "nowhere", "nowhere/x", ".", "..",
        "../..", "/etc/passwd", "/proc/self/mem", "/dev/zero", "/dev/stdin", "main.lua/x" }) do
        for _, f in ipairs({ fs.read, fs.stat, fs.list }) do
          local ok, value = pcall(f, path, { max = 10 })
          assert(not ok or value == nil or type(value) == "table", path)
        end
      end
      for _, value in ipairs({ 1, {}, print, true }) do
        assert(not pcall(fs.read, value) or value == 1)
        assert(not pcall(fs.write, "never", value) or value == 1)
      end
      pcall(fs.remove, "never")
    end },
}
