/* killable.h - marks functions of ours that may be abandoned at any instruction.
 * Owns:      none.
 * Threads:   none.
 * Bounds:    none.
 * Invariant: what carries the mark takes no lock, calls libc for nothing, and changes
 *            only memory that dies with the process. It lies in luajit_text, next to
 *            LuaJIT; the sanitizers' calls into their runtime do not belong there. */
#ifndef NEAP_VM_KILLABLE_H
#define NEAP_VM_KILLABLE_H

#define KILLABLE                                                                         \
    __attribute__((section("luajit_text"), noinline,                                     \
                   no_sanitize("address", "thread", "undefined")))
#define KILLABLE_INLINE                                                                  \
    __attribute__((always_inline, no_sanitize("address", "thread", "undefined"))) static inline

#endif
