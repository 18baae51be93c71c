-- Shows:  a web shop: HTTP, a service that counts the stock, and a worker that delivers, under
--         one tree; and what happens to each when a request goes wrong.
-- Run:    build/neap run examples/shop                    (Ctrl-C stops it)
-- Prints: where it listens and what to try; deliveries; crashes, limits and restarts

local neap = require("neap")

return {
  name = "shop",
  strategy = "one_for_one",
  intensity = 1000,
  children = {
    { id = "stock", start = { "stock", { apples = 100, pears = 50 } } },
    { id = "courier", start = { "courier" } },
    { id = "web", start = { "neap.http", {
      listen = neap.config.listen,
      handler = "web",
      limits = { memory = "16MB", cpu = "500ms" },
      request_timeout = "5s",
    } } },
    { id = "hints", start = { "hints" }, restart = "temporary" },
  },
}
