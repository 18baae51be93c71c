/* leaf.h - memcpy and friends for LuaJIT: no lock, no call, killable at any instruction.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: they lie in the section luajit_text, between __start_ and __stop_luajit_text,
 *            so a kill need not wait for a long copy to end. LuaJIT reaches them through
 *            the renamed symbols of its archive; the host uses libc's. */
#ifndef NEAP_VM_LEAF_H
#define NEAP_VM_LEAF_H

#include <stddef.h>

/* --- any thread ---------------------------------------------------------- */
void *neap_vm_memcpy(void *to, const void *from, size_t n);
void *neap_vm_memmove(void *to, const void *from, size_t n);
void *neap_vm_memset(void *to, int byte, size_t n);
void *neap_vm_memchr(const void *in, int byte, size_t n);
int neap_vm_memcmp(const void *a, const void *b, size_t n);
size_t neap_vm_strlen(const char *text);

#endif
