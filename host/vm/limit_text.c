#include "vm/limit_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER = 32 };

static const double KIB = 1024, MIB = 1024.0 * 1024, GIB = 1024.0 * 1024 * 1024;

static double unit_of(double bytes, const char **name) {
    double unit = bytes >= GIB ? GIB : bytes >= MIB ? MIB : bytes >= KIB ? KIB : 1;
    *name = unit == GIB ? "GB" : unit == MIB ? "MB" : unit == KIB ? "KB" : "";
    return unit;
}

/* As a spec has it: "64MB", or 1000000 if it is no whole number of units. */
static const char *as_given(double bytes, char text[NUMBER]) {
    const char *name;
    double units = bytes / unit_of(bytes, &name);
    bool whole = units == floor(units);
    if (whole && name[0] != '\0')
        snprintf(text, NUMBER, "\"%.0f%s\"", units, name);
    else
        snprintf(text, NUMBER, "%.0f", bytes);
    return text;
}

static const char *about(double bytes, char text[NUMBER]) {
    const char *name;
    double units = bytes / unit_of(bytes, &name);
    if (name[0] != '\0')
        snprintf(text, NUMBER, "%.1f%s", units, name);
    else
        snprintf(text, NUMBER, "%.0f bytes", bytes);
    return text;
}

typedef int sentence(char text[NEAP_LIMIT_TEXT], double used, double max);

/* It is not over its own limit: what is left is for those that hold less. */
static int node_memory(char text[NEAP_LIMIT_TEXT], double used) {
    char a[NUMBER];
    return snprintf(
        text, NEAP_LIMIT_TEXT,
        "the node has no more memory for a process that holds %s: raise ulimit "
        "-v, or lower limits.memory of the largest",
        about(used, a));
}

static int memory(char text[NEAP_LIMIT_TEXT], double used, double max) {
    char a[NUMBER], b[NUMBER];
    if (used <= max)
        return node_memory(text, used);
    return snprintf(text, NEAP_LIMIT_TEXT,
                    "limits.memory = %s (used %s): raise limits.memory in its spec",
                    as_given(max, a), about(used, b));
}

static int cpu(char text[NEAP_LIMIT_TEXT], double used, double max) {
    bool is_whole = fmod(max, 1000) == 0;
    return snprintf(
        text, NEAP_LIMIT_TEXT,
        "limits.cpu = \"%.14g%s\" (used %.0f ms in one turn): raise limits.cpu "
        "in its spec, or receive in between",
        is_whole ? max / 1000 : max, is_whole ? "s" : "ms", used);
}

static int instructions(char text[NEAP_LIMIT_TEXT], double used, double max) {
    return snprintf(text, NEAP_LIMIT_TEXT,
                    "limits.instructions = %.0f (used %.0f in one turn): raise "
                    "limits.instructions in its spec, or receive in between",
                    max, used);
}

/* Its bound is made of two keys. */
static int mailbox(char text[NEAP_LIMIT_TEXT], double used, double max) {
    char a[NUMBER], b[NUMBER];
    return snprintf(text, NEAP_LIMIT_TEXT,
                    "%s of signals wait, of at most %s: receive them, or raise "
                    "mailbox.bytes or limits.handles in its spec",
                    about(used, a), about(max, b));
}

static int carrier(char text[NEAP_LIMIT_TEXT], double used, double max) {
    return snprintf(text, NEAP_LIMIT_TEXT,
                    "all of the node's %.0f threads are taken (%.0f by processes that do "
                    "not let others run): lower limits.cpu in its spec",
                    max, used);
}

static const struct {
    const char *limit;
    sentence *say;
} SENTENCES[] = { { "memory", memory },
                  { "cpu", cpu },
                  { "instructions", instructions },
                  { "mailbox", mailbox },
                  { "carrier", carrier } };

size_t neap_limit_text(char text[NEAP_LIMIT_TEXT], const char *limit, double used,
                       double max) {
    for (size_t i = 0; i < sizeof SENTENCES / sizeof *SENTENCES; i++)
        if (strcmp(SENTENCES[i].limit, limit) == 0)
            return (size_t)SENTENCES[i].say(text, used, max);
    return (size_t)snprintf(text, NEAP_LIMIT_TEXT, "%.32s limit: used %.14g of %.14g",
                            limit, used, max);
}
