-- The library runs on LuaJIT without io, os and debug beyond what the prelude leaves.
std = "luajit"
codes = true
max_line_length = 100
cache = false

files["spec/**/*_spec.lua"] = { std = "+busted" }
files["rockspec/*.rockspec"] = { std = "+rockspec" }

-- Handlers take arguments that they ignore: state, first of all.
unused_args = false
