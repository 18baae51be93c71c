-- Shows:  a web server: routes, a parameter, JSON, and a request that crashes alone.
-- Run:    build/neap run examples/http_hello              (Ctrl-C stops it)
-- Try:    curl http://127.0.0.1:8080/hello/you            curl http://127.0.0.1:8080/crash
-- Prints: where it listens; of a crash, the reason and the place

local neap = require("neap")

return {
  name = "http_hello",
  children = {
    { id = "web", start = { "neap.http", { listen = neap.config.listen, handler = "web" } } },
  },
}
