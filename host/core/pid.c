#include "core/pid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char *neap_pid_format(struct neap_pid pid, char text[NEAP_PID_TEXT]) {
    if (neap_pid_is_none(pid))
        snprintf(text, NEAP_PID_TEXT, "-");
    else
        snprintf(text, NEAP_PID_TEXT, "%" PRIu32 ".%" PRIu64, pid.slot, pid.generation);
    return text;
}

/* strtoull accepts blanks and signs before the digits; a pid has none. */
static bool digits(const char **text, uint64_t max, uint64_t *value) {
    if (**text < '0' || **text > '9')
        return false;
    char *end;
    errno = 0;
    *value = strtoull(*text, &end, 10);
    *text = end;
    return errno == 0 && *value <= max;
}

bool neap_pid_parse(const char *text, struct neap_pid *pid) {
    uint64_t slot;
    uint64_t generation;
    if (!digits(&text, UINT32_MAX, &slot) || *text++ != '.' ||
        !digits(&text, UINT64_MAX, &generation) || *text != '\0' || generation == 0)
        return false;
    *pid = (struct neap_pid){ .slot = (uint32_t)slot, .generation = generation };
    return true;
}
