--- A service as an application has it: the basket of a customer. The bench `service_spawn` starts
--- it many times; peers/basket.erl is the same as a gen_server.
local service = require("neap.service")

local HISTORY = 20            -- entries that are kept
local MAX_LINES = 100         -- different articles in one basket
local MAX_QUANTITY = 999
local FREE_SHIPPING = 5000    -- cents, after discounts
local PARCEL = 20000          -- grams that fit into one

local TAX = {
  standard = 0.19,
  reduced = 0.07,
  none = 0,
}

local ZONES = {
  AT = 2, BE = 2, CH = 3, CZ = 2, DE = 1, DK = 2, ES = 3, FR = 2, IT = 3, LU = 2, NL = 2, PL = 2,
}

local POSTAGE = {
  { first = 490, each = 290 },
  { first = 990, each = 690 },
  { first = 1490, each = 1190 },
}

-- Money -----------------------------------------------------------------------------------

local function round(amount)
  return math.floor(amount + 0.5)
end

local function money(cents)
  return ("%d.%02d"):format(math.floor(cents / 100), cents % 100)
end

local function share(amount, percent)
  return round(amount * percent / 100)
end

-- Articles --------------------------------------------------------------------------------

local function is_count(value)
  return type(value) == "number" and value % 1 == 0 and value >= 1 and value <= MAX_QUANTITY
end

local checks = {
  sku = function(value) return type(value) == "string" and value:find("^%u%u%u%-%d+$") ~= nil end,
  name = function(value) return type(value) == "string" and #value > 0 and #value <= 200 end,
  price = function(value) return type(value) == "number" and value >= 0 and value % 1 == 0 end,
  grams = function(value) return type(value) == "number" and value >= 0 end,
  tax = function(value) return TAX[value] ~= nil end,
}

local function problem_of(article)
  if type(article) ~= "table" then return "an article is a table" end
  for field, fits in pairs(checks) do
    if not fits(article[field]) then return "bad " .. field end
  end
  return nil
end

-- Discounts -------------------------------------------------------------------------------

local function subtotal(state)
  local sum = 0
  for _, line in pairs(state.lines) do sum = sum + line.price * line.quantity end
  return sum
end

local function pieces(state)
  local sum = 0
  for _, line in pairs(state.lines) do sum = sum + line.quantity end
  return sum
end

local discounts = {}

function discounts.percent(coupon, state)
  return share(subtotal(state), coupon.percent)
end

function discounts.amount(coupon, state)
  return math.min(coupon.amount, subtotal(state))
end

--- The cheapest of each `every` pieces is free.
function discounts.bundle(coupon, state)
  local prices = {}
  for _, line in pairs(state.lines) do
    for _ = 1, line.quantity do prices[#prices + 1] = line.price end
  end
  table.sort(prices)
  local free = 0
  for i = 1, math.floor(#prices / coupon.every) do free = free + prices[i] end
  return free
end

local coupon_checks = {
  percent = function(coupon)
    return type(coupon.percent) == "number" and coupon.percent > 0 and coupon.percent <= 100
  end,
  amount = function(coupon) return type(coupon.amount) == "number" and coupon.amount > 0 end,
  bundle = function(coupon) return is_count(coupon.every) and coupon.every >= 2 end,
}

local function coupon_problem(state, coupon)
  if type(coupon) ~= "table" or type(coupon.code) ~= "string" then return "no coupon" end
  local fits = coupon_checks[coupon.kind]
  if not fits then return "unknown kind" end
  if not fits(coupon) then return "bad coupon" end
  if state.coupons[coupon.code] then return "used already" end
  if coupon.minimum and subtotal(state) < coupon.minimum then return "below the minimum" end
  return nil
end

local function discount(state)
  local sum = 0
  for _, coupon in pairs(state.coupons) do
    sum = sum + discounts[coupon.kind](coupon, state)
  end
  return math.min(sum, subtotal(state))
end

-- Shipping and tax ------------------------------------------------------------------------

local function weight(state)
  local grams = 0
  for _, line in pairs(state.lines) do grams = grams + line.grams * line.quantity end
  return grams
end

local function shipping(state)
  if pieces(state) == 0 then return 0 end
  local zone = ZONES[state.address.country]
  if not zone then return nil, "not shipped to " .. state.address.country end
  if zone == 1 and subtotal(state) - discount(state) >= FREE_SHIPPING then return 0 end
  local parcels = math.max(1, math.ceil(weight(state) / PARCEL))
  return POSTAGE[zone].first + (parcels - 1) * POSTAGE[zone].each
end

--- Discounts lower every line's share alike.
local function taxes(state)
  local total = subtotal(state)
  local factor = total == 0 and 0 or (total - discount(state)) / total
  local sums = { standard = 0, reduced = 0, none = 0 }
  for _, line in pairs(state.lines) do
    local gross = line.price * line.quantity * factor
    sums[line.tax] = sums[line.tax] + gross - gross / (1 + TAX[line.tax])
  end
  for kind, sum in pairs(sums) do sums[kind] = round(sum) end
  return sums
end

local function totals(state)
  local postage, problem = shipping(state)
  if not postage then return nil, problem end
  local goods, off = subtotal(state), discount(state)
  return {
    goods = goods,
    discount = off,
    shipping = postage,
    taxes = taxes(state),
    total = goods - off + postage,
  }
end

-- State -----------------------------------------------------------------------------------

local function note(state, what, detail)
  local history = state.history
  history[#history + 1] = { what = what, detail = detail, version = state.version }
  if #history > HISTORY then table.remove(history, 1) end
end

local function changed(state, what, detail)
  state.version = state.version + 1
  note(state, what, detail)
  return state.version
end

local function line_count(state)
  local count = 0
  for _ in pairs(state.lines) do count = count + 1 end
  return count
end

local function add(state, article, quantity)
  local line = state.lines[article.sku]
  if not line and line_count(state) >= MAX_LINES then return nil, "too many articles" end
  local sum = quantity + (line and line.quantity or 0)
  if sum > MAX_QUANTITY then return nil, "too many pieces" end
  state.lines[article.sku] = {
    name = article.name, price = article.price, grams = article.grams, tax = article.tax,
    quantity = sum,
  }
  return changed(state, "add", article.sku)
end

local function printed(state)
  local rows = {}
  for sku, line in pairs(state.lines) do
    rows[#rows + 1] = ("%-12s %-40s %3d x %10s"):format(sku, line.name, line.quantity,
      money(line.price))
  end
  table.sort(rows)
  local sums = totals(state)
  if sums then rows[#rows + 1] = ("%70s"):format(money(sums.total)) end
  return table.concat(rows, "\n")
end

local function new(id, country)
  return {
    id = id,
    version = 0,
    status = "open",
    currency = "EUR",
    lines = {},
    coupons = {},
    history = {},
    address = { name = "", street = "", town = "", code = "", country = country or "DE" },
    options = { gift = false, insured = false, express = false },
  }
end

local ADDRESS = { name = true, street = true, town = true, code = true, country = true }

-- Calls -----------------------------------------------------------------------------------

local call = {}

function call.add(state, article, quantity)
  if state.status ~= "open" then return nil, "closed" end
  local problem = problem_of(article)
  if problem then return nil, problem end
  if not is_count(quantity) then return nil, "bad quantity" end
  return add(state, article, quantity)
end

function call.change(state, sku, quantity)
  if state.status ~= "open" then return nil, "closed" end
  local line = state.lines[sku]
  if not line then return nil, "not in the basket" end
  if not is_count(quantity) then return nil, "bad quantity" end
  line.quantity = quantity
  return changed(state, "change", sku)
end

function call.remove(state, sku)
  if not state.lines[sku] then return nil, "not in the basket" end
  state.lines[sku] = nil
  return changed(state, "remove", sku)
end

function call.redeem(state, coupon)
  local problem = coupon_problem(state, coupon)
  if problem then return nil, problem end
  state.coupons[coupon.code] = coupon
  return changed(state, "redeem", coupon.code)
end

function call.send_to(state, address)
  for field, value in pairs(address) do
    if not ADDRESS[field] or type(value) ~= "string" then return nil, "bad " .. tostring(field) end
  end
  if not ZONES[address.country] then return nil, "unknown country" end
  for field, value in pairs(address) do state.address[field] = value end
  return changed(state, "send_to", address.country)
end

function call.order(state)
  if pieces(state) == 0 then return nil, "nothing in the basket" end
  local sums, problem = totals(state)
  if not sums then return nil, problem end
  state.status = "ordered"
  changed(state, "order", money(sums.total))
  return sums
end

function call.totals(state) return totals(state) end
function call.history(state) return state.history end
function call.printed(state) return printed(state) end
function call.version(state) return state.version end

-- The rest --------------------------------------------------------------------------------

local cast = {}

function cast.option(state, name, value)
  if state.options[name] ~= nil then state.options[name] = value == true end
  changed(state, "option", name)
end

function cast.clear(state)
  state.lines, state.coupons = {}, {}
  changed(state, "clear")
end

return service.define({ init = new, call = call, cast = cast, version = 1 })
