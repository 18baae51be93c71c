-- Shows:  a token bucket as a service: everybody asks it, it refills on a timer.
-- Run:    build/neap run examples/rate_limiter.lua
-- Prints: allowed 1 to 3, then refused, then allowed again after the refill

local neap = require("neap")
local service = require("neap.service")

local REFILL = "400ms"

local limiter = service.define({
  init = function(size)
    neap.send_after(REFILL, neap.self(), "refill")
    return { size = size, tokens = size }
  end,
  call = {
    take = function(state)
      if state.tokens == 0 then return false end
      state.tokens = state.tokens - 1
      return true
    end,
  },
  info = function(state, message)
    if message ~= "refill" then return end
    state.tokens = state.size
    neap.send_after(REFILL, neap.self(), "refill")
  end,
})

local bucket = service.start(limiter, 3)

local function request(number)
  local allowed = neap.call(bucket, "take")
  print(("request %d %s"):format(number, allowed and "allowed" or "refused"))
end

for number = 1, 4 do request(number) end
neap.sleep("600ms")
request(5)
