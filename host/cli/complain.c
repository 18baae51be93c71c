#include "cli/complain.h"

#include "vm/runtime.h"

#include <stdarg.h>
#include <stdio.h>

static void print_line(const char *command, const char *fmt, va_list args) {
    char text[2048];
    vsnprintf(text, sizeof text, fmt, args);
    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "neap%s%s: %s\n", command != NULL ? " " : "",
            command != NULL ? command : "", text);
}

void neap_complain(const char *command, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    print_line(command, fmt, args);
    va_end(args);
}

int neap_usage_error(const char *command, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    print_line(command, fmt, args);
    va_end(args);
    return NEAP_EXIT_INVALID;
}
