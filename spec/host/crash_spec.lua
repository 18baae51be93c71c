local node = require("spec.support.node")

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function count(dir)
  local listing = io.popen("ls '" .. dir .. "' | grep -c '[.]crash$'")
  local n = tonumber(listing:read("*a"))
  listing:close()
  return n
end

--- A node that says "ready", and then dies as if it had a fault of its own.
local function crashed(options)
  options.no_core = true
  local n = node.script('print("ready") require("neap").receive()', options)
  n:eventually("ready")
  n:signal("SEGV")
  n:wait()
  return n
end

describe("a node that crashes itself", function()
  after_each(node.cleanup)

  it("dies by the signal, and leaves a file beside its socket, with the end of its log", function()
    local n = crashed({})

    local path = ("%s/neap/main-%d.crash"):format(n.dir, n.pid)
    local text = read(path)
    assert.truthy(text, n:output())
    assert.truthy(text:find("\nsignal    SIGSEGV, si_code 0\n", 1, true), text)
    assert.truthy(text:find("0.1 ready\n", 1, true), text)
    assert.truthy(text:find("neap+0x", 1, true), text)
    local _, told = n:output():gsub("neap: SIGSEGV outside of any process's code: the node ends"
      .. "%. What was there: " .. path:gsub("%p", "%%%0") .. "\n", "")
    assert.equal(1, told, n:output())
    if not node.is_sanitized() then assert.truthy(n.code:find("by signal 11$"), n.code) end
  end)

  it("leaves it where --crash-dir says, ten for each name at most", function()
    local dir = node.folder()
    for _ = 1, 12 do
      local n = crashed({ options = { "--crash-dir", dir, "--name", "shop" } })
      assert.truthy(read(("%s/shop-%d.crash"):format(dir, n.pid)), n:output())
    end

    assert.equal(10, count(dir))
  end)

  it("is told at once of a --crash-dir that is none", function()
    local dir = node.folder({ ["main.lua"] = "", ["file"] = "" })
    for given, why in pairs({ [dir .. "/nowhere"] = "No such file or directory",
      [dir .. "/file"] = "Not a directory" }) do
      local printed, code = node.run({ "run", "--crash-dir", given, dir .. "/main.lua" })

      assert.equal(2, code)
      assert.truthy(printed:find(why, 1, true), printed)
      assert.truthy(printed:find("expected a directory that can be written to", 1, true), printed)
    end
  end)
end)
