#include "cli/units.h"

#include "core/limits.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *none(char text[NEAP_UNITS]) {
    snprintf(text, NEAP_UNITS, "none");
    return text;
}

/* One decimal, unless it is 0. */
static const char *with_unit(double value, const char *unit, char text[NEAP_UNITS]) {
    double tenths = (double)(uint64_t)(value * 10 + 0.5) / 10;
    bool whole = tenths == (double)(uint64_t)tenths;
    snprintf(text, NEAP_UNITS, whole ? "%.0f %s" : "%.1f %s", tenths, unit);
    return text;
}

const char *neap_units_bytes(uint64_t bytes, char text[NEAP_UNITS]) {
    static const char *const UNITS[] = { "KiB", "MiB", "GiB", "TiB" };
    if (bytes == NEAP_NO_LIMIT)
        return none(text);
    if (bytes < 1024) {
        snprintf(text, NEAP_UNITS, "%u B", (unsigned)bytes);
        return text;
    }
    double value = (double)bytes / 1024;
    int unit = 0;
    while (value >= 1023.95 && unit < 3) {
        value /= 1024;
        unit++;
    }
    return with_unit(value, UNITS[unit], text);
}

const char *neap_units_time(uint64_t ns, char text[NEAP_UNITS]) {
    uint64_t seconds = ns / 1000000000;
    if (ns == NEAP_NO_LIMIT)
        return none(text);
    if (ns == 0)
        snprintf(text, NEAP_UNITS, "0 ms");
    else if (seconds < 1)
        return with_unit((double)ns / 1e6, "ms", text);
    else if (seconds < 60)
        return with_unit((double)ns / 1e9, "s", text);
    else if (seconds < 3600)
        snprintf(text, NEAP_UNITS, "%" PRIu64 " min %" PRIu64 " s", seconds / 60,
                 seconds % 60);
    else if (seconds < 86400)
        snprintf(text, NEAP_UNITS, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600,
                 seconds / 60 % 60);
    else
        snprintf(text, NEAP_UNITS, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400,
                 seconds / 3600 % 24);
    return text;
}

const char *neap_units_count(uint64_t count, char text[NEAP_UNITS]) {
    if (count == NEAP_NO_LIMIT)
        return none(text);
    snprintf(text, NEAP_UNITS, "%" PRIu64, count);
    return text;
}

bool neap_units_read_time(const char *text, uint64_t *ns) {
    static const struct {
        const char *unit;
        double ns;
    } UNITS[] = { { "", 1e6 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };
    static const double YEAR = 366 * 24 * 3600e9;
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double value = strtod(text, &end);
    if (digits == 0 || end != text + digits)
        return false;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (strcmp(end, UNITS[i].unit) == 0 && value * UNITS[i].ns <= YEAR) {
            *ns = (uint64_t)(value * UNITS[i].ns);
            return true;
        }
    return false;
}
