local http = require("spec.support.http")
local node = require("spec.support.node")

describe("with few open files (ulimit -n), a node", function()
  after_each(function() http.cleanup() node.cleanup() end)

  it("works, or says in one line why not and what it needs", function()
    local works, refuses = 0, 0
    local dir = node.folder({ ["main.lua"] = 'local neap = require("neap")\n'
      .. 'local _, ref = neap.spawn_monitor(function() print("works") end) neap.receive("DOWN")' })
    for limit = 8, 64, 3 do
      for workers = 1, 9, 4 do
        local printed, code = node.run({ "run", "-w", workers, dir .. "/main.lua" },
          { open_files = limit })
        local what = ("%d files, %d workers: %s, %s"):format(limit, workers, code, printed)
        if code == 0 then
          works = works + 1
          assert.truthy(printed:find("works", 1, true), what)
        else
          refuses = refuses + 1
          assert.equal(3, code, what)
          assert.truthy(printed:find("^neap run: the node cannot start: ulimit %-n allows " .. limit
            .. " open files, and a node with " .. workers
            .. " workers? needs %d+ that are free: raise it[^\n]*\n$"), what)
        end
      end
    end
    assert.truthy(works > 15 and refuses > 15, works .. " and " .. refuses)
  end)

  it("serves with the least that it takes", function()
    local files = { ["app.lua"] = [[return { children = { { id = "web",
      start = { "neap.http", { listen = "127.0.0.1:0", handler = "web" } } } } }]],
      ["web.lua"] = 'return function() return { file = "web.lua" } end' }
    local limit, program = 10, node.folder({ ["main.lua"] = "" })
    while select(2, node.run({ "run", "-w", 2, program .. "/main.lua" },
        { open_files = limit })) == 3 do
      limit = limit + 1
    end

    local n = node.app(files, { open_files = limit, options = { "-w", "2" } })
    n:eventually("http.listen")
    local port = tonumber(n:output():match("port=(%d+)"))

    assert.equal(200, http.ask(port, "GET", "/").status)
    assert.truthy(n:cli("ps"):find("web", 1, true))
    assert.equal(0, n:stop())
  end)
end)
