-- Shows:  a tree: a shop's till and its printer, watched by supervisors, under load.
-- Run:    build/neap run examples/supervision_tree        (Ctrl-C stops it, in order)
-- Prints: sales, a crash of the till with its reason, its restart, and the sales that go on

return {
  name = "fish_shop",
  strategy = "one_for_one",
  intensity = 1000,
  children = {
    { id = "counters", supervisor = {
      strategy = "rest_for_one", -- the printer belongs to the till: it starts anew with it
      intensity = 1000,
      children = {
        { id = "till", name = "till", start = { "till" } },
        { id = "printer", name = "printer", start = { "printer" } },
      },
    } },
    { id = "customers", start = { "customers" } },
  },
}
