#include "base/error.h"

#include <stddef.h>
#include <string.h>

struct row {
    int code;
    const char *kind;
    const char *sentence;
};

static const struct row ROWS[] = {
    { NEAP_ENOPROC, "noproc", "there is no such process" },
    { NEAP_EFULL, "full", "the mailbox is full" },
    { NEAP_ETAKEN, "taken", "the name is taken" },
    { NEAP_ELIMIT, "limit", "a limit of the process was reached" },
    { NEAP_EWAIT, "wait", "not done yet" },
    { NEAP_ETIMEOUT, "timeout", "the time is over" },
    { NEAP_EINVALID, "invalid", "not valid" },
    { NEAP_EMEMORY, "memory", "the system has no memory left for a process" },
    { NEAP_EEXIT, "exit", "the other process ended" },
    { NEAP_ECLOSED, "closed", "the other side is gone" },
    { NEAP_EDENIED, "denied", "the process lacks the capability" },
    { NEAP_EDEADLOCK, "deadlock", "waiting here could never end" },
};

static const struct row *find(int err) {
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].code == err)
            return &ROWS[i];
    return NULL;
}

const char *neap_error_kind(int err) {
    const struct row *row = find(err);
    return row != NULL ? row->kind : "system";
}

const char *neap_strerror(int err) {
    const struct row *row = find(err);
    return row != NULL ? row->sentence : strerror(-err);
}
