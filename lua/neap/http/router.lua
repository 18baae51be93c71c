--- Routes: from a method and a path to the function that answers. Pure.
---
--- A pattern has parts: "/users/:id/posts/:post", and as the last one perhaps "*rest". A
--- part as it stands wins over a parameter, and a parameter over the rest, part by part from
--- the left, whatever was defined first. Parts are decoded after the path is split, so "%2F"
--- stays inside its parameter. A parameter is never empty; the rest may be. A slash at the
--- end makes a different path.
---
--- Hot: the bench `http` watches `match` and `handle`.
local url = require("neap.http.url")

local router = {}

local error, find, gmatch, gsub, sub = error, string.find, string.gmatch, string.gsub, string.sub
local concat = table.concat

local METHODS = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" }
local SERVER = concat(METHODS, ", ")
local EXAMPLE = '; expected a pattern such as "/users/:id" or "/files/*path"'

---@alias neap.HttpHandler fun(req: table, res: table): any

--- A GET route answers HEAD requests, too, unless there is a HEAD route.
---@class neap.Router
---@field get fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field post fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field put fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field delete fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field patch fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field head fun(self: neap.Router, path: string, handler: neap.HttpHandler)
---@field options fun(self: neap.Router, path: string, handler: neap.HttpHandler)
local Router = {}
Router.__index = Router

-- Patterns ---------------------------------------------------------------------------------

--- What is wrong with the text of one part; nil if nothing is.
local function part_problem(part, is_last)
  local first = sub(part, 1, 1)
  if part == "" then return not is_last and "has an empty part" or nil end
  if part == "." or part == ".." then return "has the part " .. part .. ", which no path has" end
  if first == "*" and not is_last then return "has parts after " .. part end
  if first == ":" or first == "*" then
    if find(part, "^.[%a_][%w_]*$") then return nil end
    return ("has the part %q, whose name is not made of letters, digits and _"):format(part)
  end
  local odd = part:match("[*?#]")
  if odd then return ("has a %q inside a part"):format(odd) end
  if find(part, "%", 1, true) then return 'has a "%"; parts are written decoded' end
end

--- The parts of a pattern and the names of its parameters; or nil and the problem.
local function parse(pattern)
  if type(pattern) ~= "string" then
    return nil, "the path is " .. require("neap.check").shown(pattern) .. EXAMPLE
  end
  local quoted = require("neap.text").quoted(pattern)
  if sub(pattern, 1, 1) ~= "/" then
    return nil, quoted .. ' does not start with "/"' .. EXAMPLE
  end
  local parts, names, position = {}, {}, 1
  for part in gmatch(sub(pattern, 2) .. "/", "(.-)/") do
    position = position + #part + 1
    local problem = part_problem(part, position > #pattern)
    if problem then return nil, quoted .. " " .. problem .. EXAMPLE end
    parts[#parts + 1] = part
    local name = part:match("^[:*](.*)$")
    if name and names[name] then
      return nil, ("%s has two parameters with the name %q"):format(quoted, name)
    end
    if name then names[#names + 1], names[name] = name, true end
  end
  return parts, names
end

-- The tree ---------------------------------------------------------------------------------

--- Where a pattern ends: routes by method, and the one for any method.
local function new_leaf()
  return { methods = {}, any = nil }
end

--- After some parts: nodes by the next part as it stands; the node after a parameter; the
--- leaf of a pattern that ends here, and of one that takes the rest.
local function new_node()
  return { parts = {}, param = nil, leaf = nil, rest = nil }
end

--- The leaf of the pattern, made if there is none.
local function leaf_at(node, parts)
  for _, part in ipairs(parts) do
    local first = sub(part, 1, 1)
    if first == "*" then
      node.rest = node.rest or new_leaf()
      return node.rest
    end
    if first == ":" then
      node.param = node.param or new_node()
      node = node.param
    else
      node.parts[part] = node.parts[part] or new_node()
      node = node.parts[part]
    end
  end
  node.leaf = node.leaf or new_leaf()
  return node.leaf
end

local function route_of(leaf, method)
  local methods = leaf.methods
  return methods[method] or method == "HEAD" and methods.GET or leaf.any
end

local walk

local function step(node, method, path, slash, values, n)
  if slash then return walk(node, method, path, slash + 1, values, n) end
  return node.leaf and route_of(node.leaf, method)
end

--- The best route below `node` for the part that begins at `from`, the `n` + 1st parameter
--- and those after it in `values`. Each node is visited at most once, whatever the path.
function walk(node, method, path, from, values, n)
  local slash = find(path, "/", from, true)
  local part = url.decode(sub(path, from, (slash or 0) - 1))
  local child, param, rest = node.parts[part], node.param, node.rest
  local route = child and step(child, method, path, slash, values, n)
  if not route and param and part ~= "" then
    values[n + 1] = part
    route = step(param, method, path, slash, values, n + 1)
  end
  if not route and rest then
    route = route_of(rest, method)
    if route then values[n + 1] = url.decode(sub(path, from)) end
  end
  return route
end

-- Defining routes --------------------------------------------------------------------------

local function taken(pattern, method, former)
  if pattern == former then
    return ("there is a route for %s %q already"):format(method, pattern)
  end
  return ("%s %q is the same as the route for %q: only names of parameters differ")
    :format(method, pattern, former)
end

--- Puts the route in; gives the problem, or nil.
local function put(self, method, pattern, handler)
  local parts, names = parse(pattern)
  if not parts then return names end
  if type(handler) ~= "function" then
    return ("the handler of %q is %s; expected a function"):format(pattern,
      require("neap.check").shown(handler))
  end
  local leaf = leaf_at(self._root, parts)
  local former
  if method == "ANY" then former = leaf.any else former = leaf.methods[method] end
  if former then return taken(pattern, method, former.pattern) end
  local route = { handler = handler, names = names, pattern = pattern,
    has_rest = sub(parts[#parts], 1, 1) == "*" }
  if method == "ANY" then leaf.any = route else leaf.methods[method] = route end
  if #names == 0 then self._static[pattern] = leaf end
end

--- As `put`; raises the problem at the caller of the public function `name`.
local function add(self, name, method, pattern, handler)
  if getmetatable(self) ~= Router then
    error(("router:%s: called with a dot; expected a colon: router:%s(...)")
      :format(name, name), 3)
  end
  local problem = put(self, method, pattern, handler)
  if problem then error(("router:%s: %s"):format(name, problem), 3) end
end

for _, method in ipairs(METHODS) do
  local name = method:lower()
  Router[name] = function(self, path, handler)
    add(self, name, method, path, handler)
  end
end

--- A route for every method that has none of its own on this path.
---@param path string
---@param handler neap.HttpHandler
function Router:any(path, handler)
  add(self, "any", "ANY", path, handler)
end

local function method_problem(method)
  for _, known in ipairs(METHODS) do
    if method == known then return nil end
  end
  return ("router:route: the method is %s; expected one of %s%s"):format(
    require("neap.check").shown(method), SERVER, require("neap.suggest").hint(method, METHODS))
end

--- A route for a method by its name.
---@param method string  "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH" or "OPTIONS".
---@param path string
---@param handler neap.HttpHandler
---Example: `routes:route("GET", "/users/:id", show)`
function Router:route(method, path, handler)
  local problem = method_problem(method)
  if problem then error(problem, 2) end
  add(self, "route", method, path, handler)
end

--- Not built yet.
function Router:websocket()
  error("router:websocket is not available in this version", 2)
end

-- Matching ---------------------------------------------------------------------------------

local function has_dots(path)
  return find(path, "/.", 1, true) and find(path .. "/", "/%.%.?/") ~= nil
end

--- True for paths that nobody may match: not one, a bad escape, a part "." or "..". Clients
--- resolve the latter before they send; who sends them wants out of a folder.
local function is_bad(path)
  if sub(path, 1, 1) ~= "/" then return true end
  if not find(path, "%", 1, true) then return has_dots(path) end
  return url.decode(path) == nil or has_dots(gsub(path, "%%2[eE]", "."))
end

--- The text of the Allow header for `path`; nil if it has no route.
local function allowed(self, path)
  local list, values = {}, {}
  for _, method in ipairs(METHODS) do
    if walk(self._root, method, path, 2, values, 0) then list[#list + 1] = method end
  end
  if #list == 0 then return nil end
  if list[#list] ~= "OPTIONS" then list[#list + 1] = "OPTIONS" end
  return concat(list, ", ")
end

local function refusal(self, method, path)
  local allow = allowed(self, path)
  if not allow then return nil, "not_found" end
  return nil, method == "OPTIONS" and "options" or "method_not_allowed", allow
end

local function params_of(route, values)
  local params, names = {}, route.names
  for i = 1, #names do params[names[i]] = values[i] end
  return params
end

local function search(self, method, path)
  if path == "*" and method == "OPTIONS" then return nil, "options", SERVER end
  if is_bad(path) then return nil, "bad_request" end
  local values = {}
  local route = walk(self._root, method, path, 2, values, 0)
  if not route then return refusal(self, method, path) end
  if route.has_rest and has_dots("/" .. values[#route.names]) then return nil, "bad_request" end
  return route.handler, params_of(route, values)
end

--- Finds the route of a request.
---@param method string
---@param path string  As it was sent, without the query.
---@return neap.HttpHandler? handler
---@return table<string, string>|"not_found"|"method_not_allowed"|"options"|"bad_request"
--- The parameters, decoded; or why there is no handler: "options" is an OPTIONS request
--- without a route of its own.
---@return string? allow  For "method_not_allowed" and "options".
---Example: `local handler, params, allow = routes:match("GET", "/users/7")`
function Router:match(method, path)
  local leaf = self._static[path]
  local route = leaf and route_of(leaf, method)
  if route then return route.handler, {} end
  return search(self, method, path)
end

local answers = {}

function answers.not_found() return { status = 404, body = "404 not found\n" } end
function answers.bad_request() return { status = 400, body = "400 bad request\n" } end
function answers.options(allow) return { status = 204, headers = { allow = allow } } end
function answers.method_not_allowed(allow)
  return { status = 405, headers = { allow = allow }, body = "405 method not allowed\n" }
end

--- Answers a request: sets its `params` and gives what the handler gives; or the response of
--- a request that has no handler.
---@param req table  Has `method` and `path`, as for `match`.
---@param res table
---@return any ...
function Router:handle(req, res)
  local handler, params, allow = self:match(req.method, req.path)
  if not handler then return answers[params](allow) end
  req.params = params
  return handler(req, res)
end

--- Makes a router without routes.
---@return neap.Router
function router.new()
  return setmetatable({ _root = new_node(), _static = {} }, Router)
end

--- True for what `new` made.
---@param value any
---@return boolean
function router.is(value)
  return type(value) == "table" and getmetatable(value) == Router
end

return router
