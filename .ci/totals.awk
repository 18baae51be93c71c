# Adds up what cmocka and busted said at their ends.
/^\[  PASSED  \] [0-9]+ test/ { passed += $4 }
/^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
/^[0-9]+ success(es)? \/ [0-9]+ failures? \/ [0-9]+ errors? \/ [0-9]+ pending/ {
    passed += $1
    failed += $4 + $7
}
END { printf "%d passed, %d failed\n", passed, failed }
