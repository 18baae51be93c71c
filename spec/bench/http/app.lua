-- The server of the bench `http`; spec/bench/run loads it with wrk.
local neap = require("neap")

return {
  name = "bench_http",
  children = {
    { id = "web", start = { "neap.http", { listen = neap.config.listen, handler = "web" } } },
  },
}
