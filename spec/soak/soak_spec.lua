--- The short form of a soak, always with the same seed. `make soak` is the long one: SOAK_SECONDS,
--- SOAK_KILLS and SOAK_SEED come from there; without SEED it takes one of its own. What is wrong
--- names its seed: `make soak SEED=...` begins with that round.
local http = require("spec.support.http")
local node = require("spec.support.node")
local soak = require("spec.soak.soak")

local IS_LONG = os.getenv("SOAK_SECONDS") ~= nil
local SECONDS = tonumber(os.getenv("SOAK_SECONDS")) or 8
local KILLS = tonumber(os.getenv("SOAK_KILLS")) or 0
local SEED = tonumber(os.getenv("SOAK_SEED")) or IS_LONG and os.time() % 100000 or 4711
local KEPT_MB = 16.8     -- of freed memory of processes: host/base/slots.h, NEAP_SLOTS_KEPT

--- The figures of a long run; those of a short one say nothing.
local function say(text, ...)
  if IS_LONG then print(("soak: " .. text):format(...)) end
end

describe("a soak", function()
  after_each(function() http.cleanup() node.cleanup() end)

  it("sees each message, signal, timer and answer once, and nothing left, with seed " .. SEED, function()
    soak.run(SEED, function(s)
      s:round(SEED)
      local counters = s:rest()

      soak.for_seconds(SECONDS, function()
        s:round(SEED + s.rounds)
        s:settled(counters)
      end)

      say("%s", s:figures())
      if IS_LONG then assert.is_nil(s:growth()) end     -- a short one is still warming up
    end)
  end)

  it("decides the same with the same seed", function()
    soak.run(SEED, function(s)
      assert.same(s:round(SEED, 2).dice, s:round(SEED, 2).dice)
    end)
  end)

  if KILLS > 0 then
    it("tells of each of " .. KILLS .. " kills once, and its memory does not grow", function()
      local counts, memory = soak.kills(KILLS)

      for tenth, m in ipairs(memory) do
        say("%d %% of the kills: %.2f MB resident, %.2f of the host", 10 * tenth, m.all, m.host)
      end
      say("%s", counts.text)
      assert.equal(counts.started, counts.downs)
      assert.equal(0, counts.again)
      assert.is_nil(soak.growth(memory[2], memory[10]))
      assert.truthy(node.is_sanitized() or memory[10].processes <= counts.peak + KEPT_MB)
    end)
  end
end)
