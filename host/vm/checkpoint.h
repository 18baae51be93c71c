/* checkpoint.h - the calls out of the VM in which a signal would mostly miss it.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: each does what its namesake does, and leaves the VM if the process is due.
 *            LuaJIT and the built-in modules reach them through the renamed symbols of their
 *            archives.
 *
 * A loop of math.sin spends its time in libm, one of pcall(error) in the unwinder: 26 and
 * 13 signals were needed to hit the VM between two of them, 18 ms at worst; numbers as JSON,
 * which libc writes and reads, 7 and 2. No such library may be cut in half, but before or
 * after the call nothing is held. */
#ifndef NEAP_VM_CHECKPOINT_H
#define NEAP_VM_CHECKPOINT_H

#include "base/assert.h"

#include <stddef.h>
#include <unwind.h>

/* --- any thread ---------------------------------------------------------- */
double neap_vm_sin(double x);
double neap_vm_cos(double x);
double neap_vm_tan(double x);
double neap_vm_asin(double x);
double neap_vm_acos(double x);
double neap_vm_atan(double x);
double neap_vm_sinh(double x);
double neap_vm_cosh(double x);
double neap_vm_tanh(double x);
double neap_vm_exp(double x);
double neap_vm_log(double x);
double neap_vm_log2(double x);
double neap_vm_log10(double x);
double neap_vm_pow(double x, double y);
double neap_vm_fmod(double x, double y);
double neap_vm_atan2(double x, double y);

/* _Unwind_RaiseException: every error that LuaJIT throws. */
_Unwind_Reason_Code neap_vm_raise(struct _Unwind_Exception *exception);

/* Of cjson; the second is __snprintf_chk. */
double neap_vm_strtod(const char *text, char **end);
NEAP_PRINTF(5, 6)
int neap_vm_snprintf(char *to, size_t size, int flag, size_t room, const char *fmt, ...);

#endif
