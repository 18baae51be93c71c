/* selftest.h - does what we rely on work with the LuaJIT that was linked?
 * Owns:      none.
 * Threads:   the main thread, at start, before any carrier runs.
 * Bounds:    about 50 ms; who has used 2 s of CPU, or waits 30 s, counts as stuck.
 * Invariant: leaves no trace: slots and exec arena are as before. But who is stuck stays, and
 *            runs its machine code on. */
#ifndef NEAP_VM_SELFTEST_H
#define NEAP_VM_SELFTEST_H

/* --- main thread --------------------------------------------------------- */
/* Needs an open exec arena and neap_cell_install. Returns 0, or NEAP_EINVALID and the name
 * of the failing seam: "killable text", "layout of values", "state", "built-in modules",
 * "memory limit", "exec arena", "unwinding", "unsafe traces", "kill". With "exec arena",
 * "unwinding" or "unsafe traces" a node can run with the JIT off. NEAP_EMEMORY: the system refuses address space or a
 * thread. NEAP_ETIMEOUT: a thread of it is stuck, so the exec arena must
 * never be closed. */
int neap_selftest(const char **what);

#endif
