-- The library runs on LuaJIT without io, os and debug beyond what the prelude leaves.
std = "luajit"
codes = true
max_line_length = 100
cache = false

-- Scripts for a node stand in strings, one statement after the other.
max_string_line_length = false
files["spec/**/*_spec.lua"] = { std = "+busted", max_line_length = 160 }
-- What runs away fills tables that nobody reads.
files["spec/hostile"] = { ignore = { "241", "211" } }
files["spec/hostile/code.lua"] = { ignore = { "122" } } -- it breaks the libraries of its process
files["spec/bench/http/post.lua"] = { globals = { "wrk" } }
files["spec/bench"] = { ignore = { "241" }, max_line_length = 110 }
files["examples/runaway.lua"] = { ignore = { "241" } }
files["rockspec/*.rockspec"] = { std = "+rockspec" }

-- Handlers take arguments that they ignore: state, first of all.
unused_args = false
