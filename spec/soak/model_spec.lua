--- That the model of a soak notices: what it lets pass, a soak lets pass.
local model = require("spec.soak.model")

--- A model with `a`, which traps, and `b` and `c`, which do not; all of them run.
local function world()
  local m = model.new(function(text, ...) error(text:format(...), 0) end)
  local actors = {}
  for id, name in ipairs({ "a", "b", "c" }) do
    actors[id] = m:add(id, name, { trap = name == "a" })
    actors[id].ref = m:monitor(actors[id])
    actors[id].ref.first = true
    m:reported(actors[id], 1)
  end
  return m, unpack(actors)
end

local function wrong(text, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.truthy(message:find(text, 1, true), message)
end

--- The actor did all commands it was sent.
local function did_all(m, actor)
  for n = actor.acked + 1, actor.sent do m:acked(actor, n) end
end

describe("the model of a soak, of an end", function()
  it("knows that who nothing ended has to live", function()
    local m, _, b = world()

    wrong("it has to live", m.down, m, b.ref, "b", "killed")
  end)

  it("misses the DOWN of who was killed", function()
    local m, _, b = world()
    m:doom(b, "killed")
    assert.equal("actor 2: its DOWN", m:missing())

    m:down(b.ref, "b", "killed")
    assert.is_nil(m:missing())
  end)

  it("takes one DOWN for a monitor, with the reason of all others", function()
    local m, a, b = world()
    local second = m:monitor(b)
    m:doom(b, "killed")
    m:doom(b, "bye 1")
    m:down(b.ref, "b", "bye 1")

    wrong("a DOWN of actor 2", m.down, m, b.ref, "b", "bye 1")
    wrong("'bye 1' for one, 'killed' for another", m.down, m, second, "b", "killed")
    wrong("it has to live", m.down, m, a.ref, "a", "bye 1")
  end)

  it("takes noproc only from who may have asked too late", function()
    local m, a, b = world()
    m:watch(a, b, 7)
    did_all(m, a)
    m:watch(a, b, 8)
    m:doom(b, "killed")
    did_all(m, a)

    m:watched(a, 8, "b", "noproc")
    wrong("ended with 'noproc'", m.watched, m, a, 7, "b", "noproc")
  end)

  it("takes no DOWN of a monitor that was given up", function()
    local m, a, b = world()
    m:watch(a, b, 7)
    m:unwatch(7, true)
    did_all(m, a)
    m:doom(b, "killed")

    wrong("too many", m.watched, m, a, 7, "b", "killed")
  end)

  it("misses the DOWN that a living one is owed", function()
    local m, a, b = world()
    m:watch(a, b, 7)
    did_all(m, a)
    m:doom(b, "killed")
    m:down(b.ref, "b", "killed")

    assert.equal("actor 1: a DOWN of actor 2", m:missing())
  end)

  it("takes no report after the DOWN", function()
    local m, _, b = world()
    m:doom(b, "killed")
    m:down(b.ref, "b", "killed")

    wrong("reports after its DOWN", m.reported, m, b, 2)
  end)
end)

describe("the model of a soak, of a link", function()
  it("misses the EXIT of who was linked before, and takes it once", function()
    local m, a, b = world()
    m:link(b, a)
    did_all(m, b)
    m:doom(b, "killed")
    m:down(b.ref, "b", "killed")
    assert.equal("actor 1: the EXIT of actor 2", m:missing())

    m:exited(a, b, "killed")
    assert.is_nil(m:missing())
    wrong("a second EXIT", m.exited, m, a, b, "killed")
  end)

  it("takes along who does not trap, and nobody else", function()
    local m, a, b, c = world()
    m:link(b, c)
    m:link(b, a)
    did_all(m, b)
    m:doom(b, "bye 1")
    m:down(b.ref, "b", "bye 1")

    assert.is_nil(a.doubt)
    m:exited(a, b, "bye 1")
    assert.equal("actor 3: its DOWN", m:missing())
    m:down(c.ref, "c", "bye 1")
  end)

  it("takes no EXIT from who was never linked, or is no longer", function()
    local m, a, b, c = world()
    m:link(b, a)
    did_all(m, b)
    m:unlink(a, b)
    did_all(m, a)
    m:doom(b, "killed")
    m:doom(c, "killed")

    wrong("not linked", m.exited, m, a, b, "killed")
    wrong("not linked", m.exited, m, a, c, "killed")
  end)

  it("expects nothing of a link that another may have cut", function()
    local m, a, b = world()
    m:unlink(a, b)
    m:link(b, a)
    did_all(m, b)
    did_all(m, a)
    m:doom(b, "killed")
    m:down(b.ref, "b", "killed")

    assert.is_nil(m:missing())
  end)

  it("expects nothing of one that may not trap yet", function()
    local m, _, b = world()
    local d = m:add(4, "d", { trap = true })
    m:link(b, d)
    did_all(m, b)
    m:doom(b, "normal")
    m:down(b.ref, "b", "normal")

    assert.is_nil(m:missing())
  end)

  it("takes the driver's signal once", function()
    local m, a = world()
    m:signal(a, "bye 1")
    assert.equal("actor 1: the EXIT 'bye 1' of the driver", m:missing())

    m:signalled(a, "bye 1")
    wrong("did not send", m.signalled, m, a, "bye 1")
  end)
end)

describe("the model of a soak, of mail", function()
  it("misses commands that were not done, and takes them in order", function()
    local m, _, b = world()
    m:sent(b)
    m:sent(b)
    assert.equal("actor 2: commands 1 to 2", m:missing())

    wrong("command 2 after 0", m.acked, m, b, 2)
    wrong("report 3", m.reported, m, b, 3)
  end)

  it("takes the message of a timer once, unless it was cancelled or its maker ended", function()
    local m, _, b = world()
    m:timer(1)
    assert.equal("the message of timer 1", m:missing())
    m:ticked(1)
    m:timer(2)
    m:cancelled(2, 5)
    m:timer(3, b)
    m:doom(b, "killed")
    m:down(b.ref, "b", "killed")

    assert.is_nil(m:missing())
    wrong("came twice", m.ticked, m, 1)
    wrong("was cancelled", m.ticked, m, 2)
    wrong("outlived", m.ticked, m, 3)
    wrong("was not made", m.ticked, m, 4)
  end)

  it("compares what was sent with what was received", function()
    local m = world()
    m:compare({ { told = { nil, 3 }, heard = { nil, 1 } }, { told = { 1 }, heard = { 3 } }, nil })

    wrong("sent 4 messages to actor 2, which received 3", m.compare, m,
      { { told = { nil, 4 }, heard = { nil, 1 } }, { told = {}, heard = { 3 } } })
  end)

  it("takes the right answer, or the end of who was asked", function()
    local m, _, b = world()
    m:answered(b, true, nil, nil, {})
    wrong("timeout", m.answered, m, b, false, "timeout", nil, {})
    wrong("it has to live", m.answered, m, b, false, "exit", "killed", {})
    m:doom(b, "killed")

    m:answered(b, false, "exit", "killed", {})
    m:answered(b, false, "noproc", nil, {})
  end)
end)
