--- Handlers as weapons: answers that are none, that do not end, that belong to another request. For
--- the second arena alone.
local function bad(what, make, status)
  return { name = "an answer that is " .. what .. " is a 500, and the next is served",
    answers = true, status = status or 500, run = make }
end

local NO_FILE = { 403, 404, 500 }
local CRLF = "x\r\nset-cookie: a=b\r\n\r\n<html>"

return {
  bad("a function", function() return print end),
  bad("a coroutine", function() return coroutine.create(print) end),
  bad("a number", function() return 200 end),
  bad("nothing", function() end),
  bad("two values", function() return "a", "b" end),
  bad("a table that lies", function()
    local function lie(_, key) return key == "status" and 200 or error(key) end
    return setmetatable({}, { __index = lie })
  end),
  bad("of a status that there is not", function() return { status = 2 ^ 53 } end),
  bad("of a status that is no number", function() return { status = 0 / 0 } end),
  bad("of an unknown key", function() return { boddy = "x" } end),
  bad("two bodies", function() return { body = "a", json = {} } end),
  bad("a body where there is none", function() return { status = 204, body = "x" } end),
  bad("a circle of JSON", function() local t = {} t.t = t return { json = t } end),
  bad("JSON of a function", function() return { json = { print } } end),
  bad("a header with a line break in its value", function() return { headers = { a = CRLF } } end),
  bad("a header with a line break in its name", function()
    return { headers = { [CRLF] = "a" } }
  end),
  bad("a header that is the server's", function()
    return { headers = { ["Content-Length"] = "0", ["transfer-encoding"] = "chunked" } }
  end),
  bad("a thousand headers", function()
    local headers = {}
    for i = 1, 1000 do headers["h" .. i] = "v" end
    return { headers = headers }
  end),
  bad("a list of headers with a hole", function()
    return { headers = { a = { "x", nil, "y" } } }
  end),
  bad("a file that is elsewhere", function() return { file = "/etc/passwd" } end, NO_FILE),
  bad("a file that has no end", function() return { file = "/dev/zero" } end, NO_FILE),
  bad("a file that is a folder", function() return { file = "." } end, NO_FILE),
  bad("a file of a name that is none", function() return { file = "a\0b" } end),

  { name = "NEAP-10 a request whose body is asked for, for ever", ends = "cpu",
    run = function(_, _, req)
      while true do req:body() req:json() local _ = req.headers.host end
    end },

  { name = "a request that is kept is nothing to the next", status = 200,
    run = function(_, _, req, res)
      local kept = rawget(_G, "kept_request")
      rawset(_G, "kept_request", { req, res })
      if not kept then return end
      assert(not pcall(kept[1].body, kept[1]))
      assert(not pcall(kept[2].start, kept[2], 200) or true)
    end },

  { name = "an answer that is started twice is cut", cut = true, answers = true, status = 200,
    run = function(_, _, _, res)
      res:start(200)
      res:write("begun")
      res:start(200)
    end },

  { name = "an answer that is begun and then fails is cut", cut = true, answers = true,
    status = 200,
    run = function(_, _, _, res)
      res:start(200, { a = "b" })
      res:write(("x"):rep(1e5))
      error("in the middle")
    end },

  { name = "NEAP-10 an answer that never ends, to a client that has gone", cut = true,
    answers = true, status = 200, ends = "cpu",
    run = function(_, _, _, res)
      res:start(200)
      while true do res:write(("x"):rep(1000)) end
    end },

  { name = "parts of an answer that are none", answers = true, status = 500,
    run = function(_, _, _, res)
      for _, part in ipairs({ {}, true, print }) do assert(not pcall(res.write, res, part)) end
      res:write("before it was started")
    end },

  { name = "classes of requests and answers that are changed harm their process only",
    status = { 200, 500 }, answers = true,
    run = function(_, _, req, res)
      for _, value in ipairs({ req, res }) do
        local meta = getmetatable(value)
        if type(meta) == "table" then
          for key in next, meta do meta[key] = nil end
          meta.__index = function() return function() return false end end
          meta.__newindex = error
        end
        for key in next, value do value[key] = -1 end
      end
      return "changed"
    end },

  { name = "a file for a request that was changed", answers = true,
    status = { 200, 206, 304, 400, 412, 416, 500 },
    run = function(_, _, req)
      local lies = { "bytes=0-9e999", "bytes=-1", "bytes=5-1", ("x"):rep(1e4), {}, 0 / 0, true }
      local lie = lies[math.random(#lies)]
      rawset(req, "method", math.random(2) == 1 and "GET" or lie)
      rawset(req, "headers", setmetatable({}, { __index = function() return lie end }))
      return { file = "victim.lua" }
    end },

  { name = "what a handler holds does not outlive its request", status = 200,
    limits = { cpu = "1s" },
    run = function(victim)
      local neap = require("neap")
      local tag = tostring(neap.self())             -- the names of the one before go when it rests
      assert(neap.info().mailbox.messages == 0)
      assert(neap.trap_exit(true) == false)
      for i = 1, 10 do        -- children of the one before may still be ending, and count
        assert(neap.register(("held%s.%d"):format(tag, i)))
        assert(neap.send_after("1h", victim, i) and neap.monitor(victim))
        assert(neap.spawn_link(function() require("neap").receive() end))
        neap.send(neap.self(), i)
      end
    end },

  { name = "a handler that ends well before it answers", status = 500,
    run = function() require("neap").exit("normal") end },

  { name = "a handler that waits for what never comes is as slow as its client is patient",
    status = 200, limits = { cpu = "1s" },
    run = function() assert(require("neap").receive("never", 20) == nil) end },

  { name = "a handler that yields out of itself", status = 500,
    run = function() coroutine.yield({ status = 200 }) end },
}
