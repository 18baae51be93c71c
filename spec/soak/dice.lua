--- Dice that fall the same way wherever they are rolled with the same seed: the generator of
--- Park and Miller. Pure.
local dice = {}

local MODULUS = 2147483647

local Dice = {}
Dice.__index = Dice

---@param seed integer
function dice.new(seed)
  local self = setmetatable({ at = seed * 48271 % (MODULUS - 1) + 1 }, Dice)
  for _ = 1, 8 do self:roll(2) end      -- seeds that lie close together begin alike
  return self
end

--- A number from 1 to `sides`.
function Dice:roll(sides)
  self.at = self.at * 16807 % MODULUS
  return math.floor(self.at / MODULUS * sides) + 1
end

--- True once in `n` times.
function Dice:once_in(n)
  return self:roll(n) == 1
end

--- One of the list.
function Dice:pick(list)
  return list[self:roll(#list)]
end

return dice
