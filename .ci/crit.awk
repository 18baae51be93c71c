# No Lua API call in a critical section: between neap_crit_enter( and neap_crit_leave( in
# one function, or a file's own crit_enter( and crit_leave(. A raise there would leave the
# process unkillable.
function report(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    found = 1
}
FNR == 1 { inside = wrapper = 0 }
{ gsub(/\/\*.*\*\//, ""); gsub(/"([^"\\]|\\.)*"/, "\"\"") }
/^[ \t]*\*/ || /^[ \t]*\/\*/ { next }
/^[a-z].*crit_(enter|leave)[ \t]*\(.*\{/ { wrapper = !/\}/ } # the definition of the two
wrapper { if (/^\}/) wrapper = 0; next }
/^[ \t].*crit_leave[ \t]*\(/ { inside = 0 }
inside && /(^|[^A-Za-z0-9_])luaL?_[A-Za-z_]+[ \t]*\(/ {
    report("a Lua API call in the critical section entered in line " entered)
}
/^[ \t].*crit_enter[ \t]*\(/ { inside = 1; entered = FNR }
/^\}/ && inside {
    report("the critical section entered in line " entered " is not left")
    inside = 0
}
END { exit found }
