#include "vm/checkpoint.h"

#include "vm/cell.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define OF_ONE(name)                                                                     \
    double neap_vm_##name(double x) {                                                    \
        neap_cell_checkpoint();                                                          \
        return name(x);                                                                  \
    }

#define OF_TWO(name)                                                                     \
    double neap_vm_##name(double x, double y) {                                          \
        neap_cell_checkpoint();                                                          \
        return name(x, y);                                                               \
    }

OF_ONE(sin)
OF_ONE(cos)
OF_ONE(tan)
OF_ONE(asin)
OF_ONE(acos)
OF_ONE(atan)
OF_ONE(sinh)
OF_ONE(cosh)
OF_ONE(tanh)
OF_ONE(exp)
OF_ONE(log)
OF_ONE(log2)
OF_ONE(log10)
OF_TWO(pow)
OF_TWO(fmod)
OF_TWO(atan2)

_Unwind_Reason_Code neap_vm_raise(struct _Unwind_Exception *exception) {
    neap_cell_checkpoint();
    return _Unwind_RaiseException(exception);
}

double neap_vm_strtod(const char *text, char **end) {
    neap_cell_checkpoint();
    return strtod(text, end);
}

int neap_vm_snprintf(char *to, size_t size, int flag, size_t room, const char *fmt, ...) {
    va_list args;
    (void)flag;
    (void)room;
    neap_cell_checkpoint();
    va_start(args, fmt);
    int n = vsnprintf(to, size, fmt, args);
    va_end(args);
    return n;
}
