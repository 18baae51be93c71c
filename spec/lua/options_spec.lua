local options = require("neap.options")

local function message_of(...)
  local function spawn(...)
    local made = options.of_spawn("neap.spawn", ...)
    return made
  end
  return select(2, pcall(spawn, ...))
end

describe("options", function()
  it("read the short form", function()
    local made = options.of_spawn("neap.spawn", "worker", 1, nil)

    assert.equal("module", made.kind)
    assert.same({ n = 2, 1 }, made.args)
    assert.equal("worker", made.spawn.module)
  end)

  it("read the table form", function()
    local made = options.of_start("service.start", { run = "worker", args = { 1, 2 },
      name = "w", link = true, timeout = "2s", limits = { memory = "1MB" } })

    assert.same({ n = 2, 1, 2 }, made.args)
    assert.equal("w", made.spawn.name)
    assert.equal(1048576, made.spawn.memory)
    assert.equal(2000, made.timeout)
  end)

  it("refuse what is wrong, all at once", function()
    local message = message_of({ naem = "w", link = 1 })

    assert.truthy(message:find('unknown key "naem": did you mean "name"?', 1, true))
    assert.truthy(message:find("link is 1; expected true or false", 1, true))
    assert.truthy(message:find("run is missing; expected a module name", 1, true))
  end)

  it("refuse a first argument that can not run", function()
    assert.truthy(message_of(7):find("neap.spawn: the first argument is 7; expected a module",
      1, true))
  end)

  it("say what it may reach", function()
    local function allowed(given)
      return options.of_spawn("neap.spawn", given).spawn.allow
    end

    assert.is_nil(allowed({ run = "a" }))
    assert.is_nil(allowed({ run = "a", sandbox = false }))
    assert.same({}, allowed({ run = "a", sandbox = true }))
    assert.same({ "net" }, allowed({ run = "a", sandbox = true, allow = { "net" } }))
    assert.same({ "net" }, allowed({ run = "a", allow = { "net" } }))
    assert.truthy(message_of({ run = "a", sandbox = 1 })
      :find("sandbox is 1; expected true or false", 1, true))
    assert.truthy(message_of({ run = "a", allow = "net" })
      :find('allow is "net"; expected a list of capabilities', 1, true))
  end)

  it("say when the code of a process is compiled", function()
    for _, jit in ipairs({ "auto", true, false }) do
      assert.equal(jit, options.of_spawn("neap.spawn", { run = "a", jit = jit }).spawn.jit)
      assert.equal(jit, options.of_start("service.start", { run = "a", jit = jit }).spawn.jit)
    end
    assert.is_nil(options.of_spawn("neap.spawn", { run = "a" }).spawn.jit)
    assert.truthy(message_of({ run = "a", jit = 1 })
      :find('jit is 1; expected "auto", true or false', 1, true))
  end)

  it("refuse to compile a process that counts instructions", function()
    local counts = { instructions = 1000 }

    assert.truthy(message_of({ run = "a", jit = true, limits = counts })
      :find('jit is true; expected "auto" or false beside limits.instructions', 1, true))
    for _, jit in ipairs({ "auto", false }) do
      assert.same({ jit, 1000 }, (function()
        local made = options.of_spawn("neap.spawn", { run = "a", jit = jit, limits = counts })
        return { made.spawn.jit, made.spawn.instructions }
      end)())
    end
  end)
end)
