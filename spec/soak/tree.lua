--- The app of a soak. With intensity 0, the end of anything ends the node: exit code 1.
local neap = require("neap")

return {
  name = "soak",
  intensity = 0,
  children = {
    { id = "ledger", start = { "ledger" } },
    { id = "director", start = { "director", tonumber(neap.args[1]) } },
    { id = "web", start = { "neap.http",
      { listen = "127.0.0.1:0", handler = "web", pool = { max = tonumber(neap.args[2]) } } } },
  },
}
