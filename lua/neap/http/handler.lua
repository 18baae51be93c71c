--- The process behind requests: takes one after the other, calls the handler, answers.
---
--- Watched by the bench `http`: a request costs two small tables. What the handler raises is not
--- caught: the process ends, and the host answers 500.
local host = require("neap.host")
local program = require("neap.program")
local request = require("neap.http.request")
local response = require("neap.http.response")
local router = require("neap.http.router")
local stream = require("neap.http.stream")

local handler = {}

local next_request, respond, respond_text = host.http_next, host.http_respond, host.http_text
local type = type

local function shown(value)
  return require("neap.check").shown(value)
end

local function entry(value, name)
  if name then value = type(value) == "table" and value[name] end
  if type(value) == "function" then return value end
  if router.is(value) then return function(req, res) return value:handle(req, res) end end
end

--- Loads what handles requests: a module that returns a router or a function, or
--- "module:function". Raises if it does not.
---@param what string
---@return fun(req: neap.Request, res: neap.Response): any
function handler.load(what)
  local module, name = program.split(what)
  local value = require("neap.loader").require(module)
  local found = entry(value, name)
  if found then return found end
  if name then error(("module %q has no function %q"):format(module, name), 0) end
  error(("module %q returns %s; expected a router or a function(req, res)"):format(module,
    shown(value)), 0)
end

-- Answers ----------------------------------------------------------------------------------

local send = {}

function send.body(status, fields, value) respond(status, fields, value) end

function send.json(status, fields, value)
  respond(status, fields, require("cjson").encode(value))
end

function send.file(status, fields, path, req)
  require("neap.http.file").send(status, fields, path, req)
end

local function bad_answer(req, problem)
  host.log("error", "http.bad_response", {
    method = req.method,
    path = req.path,
    problem = problem,
  }, true)
  respond(500, { "content-type", "text/plain; charset=utf-8" }, "500 internal server error\n")
end

local function answer(req, res, result, extra)
  if res._started then return stream.finish(res, result) end
  if type(result) == "string" and extra == nil then return respond_text(result) end
  local status, fields, kind, value = response.normalize(result, extra)
  if not status then return bad_answer(req, fields) end
  send[kind](status, fields, value, req)
end

--- The body of a handler process. Returns when it has served enough, or the server ended.
---@param what string
---@param args table  { options }
function handler.run(what, args)
  local generation = host.loaded()           -- before the code: then it is not older than that
  local handle = handler.load(what)
  host.set_code(require("neap.loader").codes[(program.split(what))] or 1, generation)
  for _ = 1, args[1].max_requests do
    local serial, method, path, query = next_request()
    if not serial then return end
    local req, res = request.new(serial, method, path, query), stream.new(serial)
    if req then
      answer(req, res, handle(req, res))
    else
      respond(400, { "content-type", "text/plain; charset=utf-8" }, "400 bad request\n")
    end
  end
end

return handler
