#include "core/reason.h"

#include <stddef.h>

const char *neap_reason_text(enum neap_reason_word word) {
    static const char *const TEXT[] = {
        [NEAP_REASON_NORMAL] = "normal", [NEAP_REASON_SHUTDOWN] = "shutdown",
        [NEAP_REASON_KILL] = "kill",     [NEAP_REASON_KILLED] = "killed",
        [NEAP_REASON_NOPROC] = "noproc", [NEAP_REASON_NOCONNECTION] = "noconnection",
        [NEAP_REASON_VALUE] = NULL,
    };
    return TEXT[word];
}
