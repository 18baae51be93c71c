--- Hostile newer code: one node, in which each script is the module of a service of its own. It is
--- written anew and reloaded, alone and all together, while a victim is asked.
local http = require("spec.support.http")
local node = require("spec.support.node")

local cases = dofile("spec/hostile/reloads.lua")

local OLD = [[
  return require("neap.service").define({ init = function() return { n = 5 } end,
    call = { get = function(state) return "old " .. tostring(state.n) end } })]]

--- What ends is restarted, however often.
local TREE = [[
  local children = {
    { id = "victim", start = { "victim" } },
    { id = "web", start = { "neap.http", { listen = "127.0.0.1:0", handler = "handlers:ask" } } },
  }
  for i = 1, tonumber(require("neap").args[1]) do
    children[#children + 1] = { id = "c" .. i, start = { "module" .. i },
      limits = { cpu = "50ms", memory = "8MB" } }
  end
  return { name = "reloads", children = children, intensity = math.huge }]]

local function read(name)
  local file = assert(io.open("spec/hostile/" .. name .. ".lua"))
  local text = file:read("*a")
  file:close()
  return text
end

describe("hostile reloads", function()
  local n, kept, asked = nil, nil, 0

  setup(function()
    local files = { ["app.lua"] = TREE, ["handlers.lua"] = read("handlers"),
      ["victim.lua"] = read("victim") }
    for i = 1, #cases do files["module" .. i .. ".lua"] = OLD end
    n = node.app(files, { args = { #cases }, options = { "--workers", "2" } })
    kept = http.connect(http.port_of(n))
  end)

  teardown(function() http.cleanup() node.cleanup() end)

  local function ask()
    asked = asked + 1
    assert.equal(tostring(asked + 1), kept:ask("GET", "/next/" .. asked).body)
  end

  --- Reloads a module while the victim is asked; gives the report and the exit code.
  local function reload(module)
    local command = node.start({ "reload", module }, { dir = n.dir })
    repeat ask() until not command:is_running()
    return command:output(), command:wait()
  end

  --- What the service answers; while it is being restarted, there is none.
  local function answer_of(i)
    local answer
    n:until_true("the service", function()
      answer = kept:ask("GET", "/get/c" .. i).body
      return answer ~= "nil"
    end)
    return answer
  end

  --- The next reload tries again what this one left behind: so it is given code that is well.
  local function put_right(module, i)
    n:write(module .. ".lua", (OLD:gsub("old ", "right ")))
    local report, code = reload(module)
    assert.equal(0, code, report)
    return kept:ask("GET", "/get/c" .. i).body:match("^%a+")
  end

  for i, case in ipairs(cases) do
    it(case.name .. " harms nobody, and the report says so", function()
      local module = "module" .. i
      n:write(module .. ".lua", (case.text:gsub("%%s", module)))

      local report, code = reload(module)

      assert.truthy(report:find(case.says, 1, true), report)
      assert.equal(case.code, code, report)
      assert.equal(case.get, answer_of(i))
      assert.equal("right", put_right(module, i))
    end)
  end

  it("lose no call, and leave a node that stops in order", function()
    assert.equal(tostring(asked), kept:ask("GET", "/taken/0").body)
    assert.equal(0, n:stop())
  end)
end)
