--- Runs in the node: one driver. It lives through episodes: some actors, random operations on them
--- and between them, a pause in which all that is due must come, and their end. What it does next
--- depends on its dice alone, never on what came of it: the same seed does the same again.
local neap = require("neap")
local dice, episode = require("dice"), require("episode")

--- What is still missing after that long (ms) is lost.
local PATIENCE = 20000

local function new_driver(options)
  return {
    number = options.number,
    seed = options.seed,
    dice = dice.new(options.seed * 100 + options.number),
    patience = PATIENCE * options.slowness,
    steps = 0, ends = 0,          -- in all episodes
    ids = 0, serials = 0,         -- never used twice, so that what is late is no one else's
    director = options.director,
    count = neap.call("ledger", "look", "driver" .. options.number),
    version = 0,
  }
end

return function(director, options)
  neap.trap_exit(true)
  options.director = director
  local driver = new_driver(options)
  for n = 1, options.episodes do episode.run(driver, n) end
  neap.send(director, { "done", driver.number,
    { steps = driver.steps, ends = driver.ends, dice = driver.dice.at } })
end
