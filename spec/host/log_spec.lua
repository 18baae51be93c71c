local node = require("spec.support.node")
local posix = require("posix")

--- The sum of a number in all lines of an event.
local function sum(output, event, key)
  local total = 0
  for line in output:gmatch("[^\n]+") do
    if line:find(" " .. event .. " ", 1, true) then
      total = total + tonumber(line:match(" " .. key .. "=(%d+)"))
    end
  end
  return total
end

local function count(output, text)
  local _, n = output:gsub(text:gsub("%p", "%%%0"), "")
  return n
end

--- What a line "log.suppressed" tells of a kind.
local function suppressed(output, kind)
  local total = 0
  for line in output:gmatch("[^\n]+") do
    if line:find(" log.suppressed kind=" .. kind .. " ", 1, true) then
      total = total + tonumber(line:match(" times=(%d+)"))
    end
  end
  return total
end

describe("the log, when the same happens again and again", function()
  after_each(node.cleanup)

  local CRASHES = 5000

  --- A child that crashes CRASHES times, under a supervisor that does not mind.
  local function storm(options)
    return node.app({
      ["app.lua"] = [[return { intensity = math.huge, children = {
        { id = "driver", start = { "driver", ]] .. CRASHES .. [[ }, restart = "temporary" },
        { id = "victim", start = { "victim" } },
      } }]],
      ["victim.lua"] = [[
        local neap = require("neap")
        return function()
          neap.send("driver", { "up", neap.self() })
          neap.receive("now")
          error("always the same")
        end]],
      ["driver.lua"] = [[
        local neap = require("neap")
        return function(times)
          for _ = 1, times do neap.send(neap.receive("up")[2], { "now" }) end
          neap.receive("up")
          neap.log.info("storm.over")
        end]],
    }, options)
  end

  it("writes the first few in full, and of the others the number", function()
    local n = storm()
    n:eventually("storm.over")
    assert.equal(0, n:stop())

    local output = n:output()
    local crashes, restarts = count(output, " process.crash "), count(output, " child.restart ")
    assert.equal(CRASHES, crashes + suppressed(output, "process.crash"))
    assert.equal(CRASHES, restarts + suppressed(output, "child.restart"))
    local windows = count(output, "log.suppressed kind=process.crash")
    assert.is_true(windows >= 1 and crashes <= 10 * (windows + 1), output)
    assert.is_truthy(output:find('kind=process.crash module=victim reason="victim.lua:5: ', 1, true))
  end)

  it("tells so in JSON, too", function()
    local n = storm({ options = { "--log-format", "json" } })
    n:eventually("storm.over")
    assert.equal(0, n:stop())

    local total = 0
    for line in n:output():gmatch("[^\n]+") do
      local object = require("cjson").decode(line)
      if object.event == "process.crash" then total = total + 1 end
      if object.event == "log.suppressed" and object.kind == "process.crash" then
        assert.equal("victim", object.module)
        total = total + object.times
      end
    end
    assert.equal(CRASHES, total)
  end)

  it("tells of a storm that is over without another event", function()
    local n = node.script([[
      local neap = require("neap")
      for _ = 1, 50 do neap.spawn(function() error("boom") end) end
      neap.receive()]])

    n:eventually("log.suppressed kind=process.crash")

    assert.equal(50, count(n:output(), " process.crash ") + suppressed(n:output(), "process.crash"))
  end)

  it("writes each line of the application itself", function()
    local output = node.check([[
      for i = 1, 2000 do neap.log.warn("mine", { text = "the same" }) end]])

    assert.equal(2000, count(output, " mine text="))
  end)
end)

describe("the log, when nobody reads it", function()
  local fds = {}

  after_each(function()
    for _, fd in ipairs(fds) do posix.close(fd) end
    fds = {}
    node.cleanup()
  end)

  --- Reads until `text` was among it, or nobody can write any more.
  local function read_until(fd, text)
    local all = ""
    repeat
      local part = posix.read(fd, 65536) or ""
      all = all .. part
    until part == "" or (text and all:find(text, 1, true))
    return all
  end

  --- Writes more than the log and a pipe hold; then is answered by a service.
  local NOISY = [[
    local neap, service = require("neap"), require("neap.service")
    neap.spawn{ run = "answer", name = "answer" }
    for i = 1, 20000 do neap.log.info("noise", { n = i, text = ("x"):rep(100) }) end
    assert(neap.call("answer", "ask") == 42)
    neap.spawn{ run = function() neap.receive() end, name = "answered" }
    neap.receive("never")]]

  local function start()
    local from, to = posix.pipe()
    fds = { from }
    local n = node.script(NOISY, { output = to, files = { ["answer.lua"] = [[
      return require("neap.service").define{ init = function() return {} end, call = {
        ask = function() return 42 end } }]] } })
    posix.close(to)
    return n, from
  end

  it("lets the node work on, and then says how many lines are missing", function()
    local n, from = start()

    n:until_true("an answer after the noise", function()
      return n:cli("ps"):find("answered", 1, true)
    end)
    local output = read_until(from, "log.dropped lines=")
    n:signal("TERM")
    output = output .. read_until(from)

    assert.equal(0, n:wait(), output:sub(-500))
    local dropped = sum(output, "log.dropped", "lines")
    assert.is_true(dropped > 0)
    assert.equal(20000, count(output, " noise n=") + dropped)
  end)

  it("does not keep the node from its end", function()
    local n = start()

    n:until_true("an answer after the noise", function()
      return n:cli("ps"):find("answered", 1, true)
    end)

    assert.equal(0, n:stop())
  end)
end)
