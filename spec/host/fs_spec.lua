local node = require("spec.support.node")
local posix = require("posix")

local TOOLS = [[
local fs = require("neap.fs")
local me = neap.self()
local function fails(code, value, err)
  expect.fails("file", value, err)
  expect.equal(code, err.code)
  return err
end
local function end_of(ref)
  local patience = 20000 * tonumber(os.getenv("SPEC_DEADLINE") or 120) / 120  -- for sanitizers
  return expect.truthy(neap.receive({ "DOWN", ref }, patience), "DOWN")[4]
end
]]

--- For files outside the folder of the application.
local ANYWHERE = { options = { "--allow", "names,env,fs:/" } }

--- Runs a script in a folder of its own; gives the folder.
local function check(source, options)
  node.check(TOOLS .. source, options)
end

--- A folder with sparse files of these sizes, such as { big = "64M" }.
local function sparse(sizes)
  local dir = node.folder()
  for name, size in pairs(sizes) do
    assert.truthy(os.execute(("truncate -s %s '%s/%s'"):format(size, dir, name)))
  end
  return dir
end

local function temporary_files(dir)
  local found = {}
  for _, name in ipairs(posix.dir(dir)) do
    if name:find(".neap-", 1, true) then found[#found + 1] = name end
  end
  return found
end

describe("neap.fs", function()
  after_each(node.cleanup)

  it("writes a file and reads it, all bytes as they are", function()
    check([[
      local bytes = {}
      for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
      local all = table.concat(bytes):rep(1000)
      for _, data in ipairs({ "", "text", all }) do
        expect.equal(true, (fs.write("file", data)))
        expect.truthy(fs.read("file") == data, #data .. " bytes")
      end
      expect.equal(true, (fs.write("file", neap.buffer("of a buffer"))))
      expect.equal("of a buffer", (fs.read("file")))
    ]])
  end)

  it("reads a part", function()
    check([[
      fs.write("file", "0123456789")
      expect.equal("3456", (fs.read("file", { offset = 3, length = 4 })))
      expect.equal("89", (fs.read("file", { offset = 8 })))
      expect.equal("", (fs.read("file", { offset = 10 })))
      expect.equal("", (fs.read("file", { offset = math.huge })))
      expect.equal("01", (fs.read("file", { length = "2B" })))
      expect.equal("9", (fs.read("file", { offset = 9, max = 1 })))
    ]])
  end)

  it("appends", function()
    check([[
      expect.equal(true, (fs.append("log", "one\n")))
      expect.equal(true, (fs.append("log", neap.buffer("two\n"))))
      expect.equal("one\ntwo\n", (fs.read("log")))
    ]])
  end)

  it("lists a directory in order", function()
    check([[
      fs.mkdir("dir")
      expect.same({}, (fs.list("dir")))
      for _, name in ipairs({ "b", "a b", "B", ".x", "ä" }) do fs.write("dir/" .. name, "") end
      expect.same({ ".x", "B", "a b", "b", "ä" }, (fs.list("dir")))
      local err = expect.fails("limit", fs.list("dir", { max = 4 }))
      expect.equal(4, err.max) expect.equal(5, err.used) expect.equal("dir", err.path)
      expect.equal(5, #fs.list("dir", { max = 5 }))
    ]])
  end)

  it("tells what is at a path", function()
    local dir = node.folder({ file = "text" })
    assert.truthy(os.execute(("chmod 640 %s/file; ln -s file %s/link; mkfifo %s/pipe; ln -s gone %s/bad")
      :format(dir, dir, dir, dir)))
    check(([[
      local dir = %q
      local file = fs.stat(dir .. "/file")
      expect.equal("file", file.type) expect.equal(4, file.size) expect.equal("0640", file.mode)
      expect.truthy(math.abs(file.modified - neap.time()) < 600, "modified")
      expect.truthy(file.inode:find("^%%d+$") and file.device:find("^%%d+$"), "ids")
      expect.same(file, (fs.stat(dir .. "/link")))
      local link = fs.stat(dir .. "/link", { follow = false })
      expect.equal("link", link.type) expect.truthy(link.inode ~= file.inode)
      expect.equal(file.device, link.device)
      expect.equal("directory", fs.stat(dir).type)
      expect.equal("other", fs.stat(dir .. "/pipe").type)
      expect.equal("other", fs.stat("/dev/null").type)
      fails("ENOENT", fs.stat(dir .. "/bad"))
      expect.equal("link", fs.stat(dir .. "/bad", { follow = false }).type)
    ]]):format(dir), ANYWHERE)
  end)

  it("removes files and empty directories, and makes directories", function()
    check([[
      expect.equal(true, (fs.mkdir("dir"))) fs.write("dir/file", "")
      fails("EEXIST", fs.mkdir("dir"))
      fails("ENOTEMPTY", fs.remove("dir"))
      expect.equal(true, (fs.remove("dir/file"))) expect.equal(true, (fs.remove("dir")))
      fails("ENOENT", fs.remove("dir"))
      fails("ENOENT", fs.mkdir("a/b"))
    ]])
  end)

  it("says what the system said, and of which path", function()
    check([[
      local err = fails("ENOENT", fs.read("data/x"))
      expect.equal("cannot read data/x: no such file or directory", err.message)
      expect.equal("file: cannot read data/x: no such file or directory", tostring(err))
      expect.equal("data/x", err.path)
      fs.write("file", "")
      fails("ENOTDIR", fs.read("file/x"))
      fails("ENOTDIR", fs.list("file"))
      fails("ENOENT", fs.write("no/file", "x"))
      fails("ENAMETOOLONG", fs.append(("n"):rep(300), "x"))
      fails("ENAMETOOLONG", fs.stat(("n/"):rep(5000)))
      err = fails("EISDIR", fs.read("."))
      expect.equal("cannot read .: it is a directory", err.message)
      err = fails("EISDIR", fs.write(".", "x"))
      expect.equal("cannot write .: it is a directory", err.message)
      neap.send(me, err)
      expect.equal(tostring(err), tostring(neap.receive(1000)))
    ]])
  end)

  it("refuses what is misused, where it was", function()
    check([[
      local function at(text, f, ...)
        local message = expect.raises(text, function(...) local r = f(...) return r end, ...)
        expect.truthy(message:find("^main.lua:%d+: neap.fs."), message)
      end
      for _, f in ipairs({ fs.read, fs.write, fs.append, fs.list, fs.stat, fs.remove, fs.mkdir }) do
        local data = (f == fs.write or f == fs.append) and "x" or nil
        at("argument 1 is nil; expected a string", f, nil, data)
        at("argument 1 is a number; expected a string", f, 5, data)
        at('argument 1 is ""; expected a path', f, "", data)
        at('argument 1, "a", goes on after a zero byte', f, "a\0b", data)
      end
      at("argument 2 is a table; expected a string or a neap.buffer", fs.write, "x", {})
      at("argument 2 is a number; expected a string or a neap.buffer", fs.append, "x", 5)
      at("argument 2 is a userdata; expected a string or a neap.buffer", fs.append, "x", me)
      at('unknown key "mx": did you mean "max"?', fs.read, "x", { mx = 1 })
      at('options.max is "much"; expected bytes', fs.read, "x", { max = "much" })
      at("options.offset is -1; expected bytes", fs.read, "x", { offset = -1 })
      at("options.max is 1.5; expected a whole number", fs.list, "x", { max = 1.5 })
      at("options.follow is 1; expected true or false", fs.stat, "x", { follow = 1 })
      at("options is 5; expected a table", fs.read, "x", 5)
      expect.same({ "expect.lua", "main.lua" }, fs.list("."))
    ]])
  end)

  it("reads 16 MB, and refuses more before it is read", function()
    check(([[
      local dir = %q
      expect.equal(16 * 1024 ^ 2, #fs.read(dir .. "/16"))
      collectgarbage()
      local err = expect.fails("limit", fs.read(dir .. "/64"))
      expect.equal("max", err.limit) expect.equal(dir .. "/64", err.path)
      expect.equal(64 * 1024 ^ 2, err.used) expect.equal(16 * 1024 ^ 2, err.max)
      expect.fails("limit", fs.read(dir .. "/16", { max = "15MB" }))
      expect.fails("limit", fs.read("/proc/self/maps", { max = 10 }))
      expect.truthy(#fs.read("/proc/self/maps") > 10, "a file that says no size")
    ]]):format(sparse({ ["16"] = "16M", ["64"] = "64M" })), ANYWHERE)
  end)

  it("refuses what is no regular file, and waits for none", function()
    local dir = node.folder()
    assert.truthy(os.execute(("mkfifo '%s/pipe'"):format(dir)))
    check(([[
      local dir = %q
      local function all(code, path)
        fails(code, fs.read(path)) fails(code, fs.write(path, "x")) fails(code, fs.append(path, "x"))
      end
      for _ = 1, 10 do all("EINVAL", dir .. "/pipe") end    -- more than the pool has threads
      all("EINVAL", "/dev/zero")
      all("EISDIR", dir)
      local _, err = fs.read(dir .. "/pipe")
      expect.equal("cannot read " .. dir .. "/pipe: it is a pipe, not a regular file", err.message)
      expect.same({ "pipe" }, fs.list(dir))
    ]]):format(dir), ANYWHERE)
  end)

  it("begins relative paths at the folder of the application", function()
    local n = node.app({
      ["app.lua"] = [[return { children = { { id = "a", start = { "worker" }, restart = "temporary" } } }]],
      ["worker.lua"] = [[
        local fs = require("neap.fs")
        return function() fs.write("written", fs.read("given") .. "!") print("done") end]],
      given = "text",
    })
    n:eventually("done")

    local file = assert(io.open(n.app_dir .. "/written"))
    assert.equal("text!", file:read("*a"))
    file:close()
  end)

  it("may be read by app.lua, which can not write", function()
    local n = node.app({
      ["app.lua"] = [[
        local fs = require("neap.fs")
        for name, f in pairs({ write = fs.write, append = fs.append, remove = fs.remove, mkdir = fs.mkdir }) do
          local ok, message = pcall(f, "new", "x")
          assert(not ok and message:find("neap.fs." .. name .. ": app.lua", 1, true), message)
        end
        return { children = { { id = fs.read("id"), start = { function() neap.sleep("1h") end } } } }]],
      id = "from_a_file",
    })
    n:eventually("from_a_file")
    assert.same({}, temporary_files(n.app_dir))
    n:stop()
  end)

  it("is the only way to files", function()
    check([[
      expect.equal(nil, io) expect.equal(nil, os.remove) expect.equal(nil, loadfile)
      expect.raises('"neap.fs.options" is internal', require, "neap.fs.options")
    ]])
  end)

  it("shows a reader the old contents or the new, never a part, 1000 times", function()
    check([[
      local function contents(i) return (tostring(i % 10)):rep(200000 + i % 10) end
      fs.write("file", contents(0))
      local writer, ref = neap.spawn_monitor(function()
        local i = 0
        while neap.receive(0) == nil do
          i = i + 1
          assert(fs.write("file", contents(i)))
        end
        neap.exit({ "wrote", i })
      end)
      local seen, reads = {}, 0
      while reads < 1000 or not next(seen, next(seen)) do
        reads = reads + 1
        local text = assert(fs.read("file"))
        local first = text:sub(1, 1)
        seen[first] = true
        expect.truthy(text == contents(tonumber(first)), "whole")
      end
      neap.send(writer, "stop")
      local reason = end_of(ref)
      expect.equal("wrote", reason[1])
      expect.same({ "expect.lua", "file", "main.lua" }, fs.list("."))
    ]])
  end)

  it("leaves no temporary file when processes are killed in the middle of writes", function()
    check([[
      local function contents(i) return (tostring(i % 10)):rep(4 * 1024 ^ 2) end
      fs.mkdir("dir")
      fs.write("dir/file", contents(0))
      for i = 1, 30 do
        local writer, ref = neap.spawn_monitor(function(to, data)
          neap.send(to, "writing")
          while true do fs.write("dir/file", data) end
        end, me, neap.buffer(contents(i)))
        expect.equal("writing", (neap.receive(5000)))
        if i % 3 == 0 then neap.sleep(i / 3) end
        neap.kill(writer)
        expect.equal("killed", end_of(ref))
      end
      local names
      repeat names = fs.list("dir") until #names == 1
      expect.same({ "file" }, names)
      local text = fs.read("dir/file")
      expect.truthy(text == contents(tonumber(text:sub(1, 1))), "whole")
    ]])
  end)

  it("leaves no temporary file when the node stops", function()
    local n = node.script([[
      local neap, fs = require("neap"), require("neap.fs")
      fs.mkdir("dir")
      for i = 1, 20 do
        neap.spawn(function(i, to)
          local data = neap.buffer(("x"):rep(1024 ^ 2))
          while true do assert(fs.write("dir/" .. i, data)) neap.send(to, i) end
        end, i, neap.self())
      end
      for _ = 1, 30 do neap.receive() end
      print("all write")
      neap.receive("never")
    ]])
    n:eventually("all write")

    assert.equal(0, n:stop())
    assert.same({}, temporary_files(n.app_dir .. "/dir"))
  end)

  it("ends the process alone whose memory limit a file does not fit", function()
    check(([[
      local dir = %q
      local function reader(path, keep)
        local kept = ("x"):rep(keep)
        local text = fs.read(path)
        neap.exit({ "read", #text, #kept })
      end
      local function reason_of(...)
        local _, ref = neap.spawn_monitor{ run = reader, args = { ... }, limits = { memory = "4MB" } }
        return end_of(ref)
      end
      local reason = reason_of(dir .. "/8", 1)               -- could never fit: is not read
      expect.equal("limit", reason.kind) expect.equal("memory", reason.limit)
      expect.equal(4 * 1024 ^ 2, reason.max) expect.truthy(reason.used >= 8 * 1024 ^ 2, "used")
      reason = reason_of(dir .. "/3", 2 * 1024 ^ 2)          -- is read, and does not fit
      expect.equal("limit", reason.kind) expect.equal("memory", reason.limit)
      expect.equal("read", reason_of(dir .. "/3", 1)[1])
      expect.equal(3 * 1024 ^ 2, #fs.read(dir .. "/3"))
    ]]):format(sparse({ ["3"] = "3M", ["8"] = "8M" })), ANYWHERE)
  end)

  it("keeps nothing of the processes that end while it gives them what they read", function()
    check(([[
      local path = %q .. "/3"
      local function resident()
        return tonumber(fs.read("/proc/self/status"):match("VmRSS:%%s*(%%d+)")) * 1024
      end
      local function reader(path)
        local kept = ("x"):rep(2 * 1024 ^ 2)
        return fs.read(path), kept
      end
      local function round()
        local _, ref = neap.spawn_monitor{ run = reader, args = { path }, limits = { memory = "4MB" } }
        expect.equal("memory", end_of(ref).limit)
      end
      for _ = 1, 20 do round() end
      local before = resident()
      for _ = 1, 300 do round() end
      expect.truthy(resident() - before < 450 * 1024 ^ 2, "300 times 3 MB would have been kept")
    ]]):format(sparse({ ["3"] = "3M" })), ANYWHERE)
  end)

  it("lets others answer while a hundred processes read", function()
    check([[
      fs.write("file", ("0123456789abcdef"):rep(65536))
      local victim = service.start(service.define({ call = { twice = function(_, n) return 2 * n end } }))
      local readers = {}
      for i = 1, 100 do
        local _, ref = neap.spawn_monitor(function()
          for _ = 1, 10 do assert(#assert(fs.read("file")) == 1024 ^ 2) end
        end)
        readers[i] = ref
      end
      for n = 1, 500 do expect.equal(2 * n, (neap.call(victim, "twice", n, neap.timeout(5000)))) end
      for _, ref in ipairs(readers) do expect.equal("normal", end_of(ref)) end
    ]])
  end)

  it("waits in coroutines and below pcall as anything that waits", function()
    check([[
      fs.write("file", "text")
      local ok, text = pcall(fs.read, "file")
      expect.equal(true, ok) expect.equal("text", text)
      expect.equal("text", coroutine.wrap(function()
        coroutine.wrap(function() fs.append("file", "!") end)()
        return (fs.read("file", { length = 4 }))
      end)())
      expect.equal("text!", (fs.read("file")))
      neap.send(me, "mail")                    -- does not cut it short, and stays
      expect.equal("text!", (fs.read("file")))
      expect.equal("mail", (neap.receive(0)))
    ]])
  end)

  it("does nothing where it can not wait", function()
    check([[
      local TEXT = "have to wait here, inside a function that C code called"
      local function sort(f) table.sort({ 2, 1 }, function() f() end) end
      for _ = 1, 3 do
        expect.raises(TEXT, sort, function() fs.write("never", "x") end)
        expect.raises(TEXT, sort, function() coroutine.wrap(fs.write)("never", "x") end)
        expect.raises(TEXT, sort, function() coroutine.wrap(fs.mkdir)("never") end)
      end
      expect.raises(TEXT, sort, function() fs.write("never", "x") end)
      neap.sleep(1)
      fails("ENOENT", fs.stat("never"))
      fs.write("file", "x")
      expect.equal("x", (fs.read("file")))
    ]])
  end)
end)
