rockspec_format = "3.0"
package = "neap"
version = "scm-1"

-- Built from a checkout, with `luarocks make`: the url is the checkout itself.
source = {
  url = "git+file://.",
}

description = {
  summary = "A C host for reliable services written in Lua",
  detailed = [[
    Isolated processes, each a LuaJIT state of its own with limits and a mailbox, supervised
    by Lua. The rock holds the program `neap` and the annotated library for editors.
  ]],
  license = "MIT",
}

supported_platforms = { "linux" }
dependencies = { "lua >= 5.1" } -- luarocks wants one; the program brings its own LuaJIT

build = {
  type = "make",
  build_target = "all",
  install_target = "install",
  build_variables = { CFLAGS = "$(CFLAGS) -g" },
  install_variables = {
    PREFIX = "$(PREFIX)",
    BINDIR = "$(BINDIR)",
  },
}
