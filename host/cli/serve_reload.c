/* Answers `neap reload`: when the services have switched, or have had their time. */
#include "cli/serve.h"

#include "cli/reloading.h"

#include <stdlib.h>

enum { FORM, WAIT, NAMES }; /* the arguments */

enum neap_control_answer neap_serve_reload(void *context, size_t count,
                                           char *const *arguments,
                                           struct neap_bytes *reply) {
    struct neap_serving *s = context;
    struct neap_strings names = { 0 };
    if (count < NAMES) {
        neap_bytes_text(reply,
                        "expected json or text, ms to wait, and names of modules\n");
        return NEAP_CONTROL_FAILED;
    }
    uint64_t wait_ms = strtoull(arguments[WAIT], NULL, 10);
    for (size_t i = NAMES; i < count; i++)
        neap_strings_add(&names, arguments[i]);
    bool has_begun = neap_reloading_serve(
        s->reloading, *s->control, neap_serve_wants_json(count, arguments),
        wait_ms < NEAP_RELOADING_WAIT_MAX_MS ? wait_ms : NEAP_RELOADING_WAIT_MAX_MS,
        &names, reply);
    return has_begun ? NEAP_CONTROL_LATER : NEAP_CONTROL_FAILED;
}
