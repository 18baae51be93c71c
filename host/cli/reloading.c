#include "cli/reloading.h"

#include "base/error.h"
#include "net/foreground.h"
#include "vm/reload.h"
#include "vm/runtime.h"

#include <string.h>

void neap_reloading_init(struct neap_reloading *r, struct neap_runtime *runtime,
                         struct neap_foreground *foreground, const struct neap_log *log,
                         int alarm) {
    *r = (struct neap_reloading){
        .runtime = runtime, .foreground = foreground, .log = log, .alarm = alarm
    };
}

static int begin(struct neap_reloading *r, struct neap_strings *names, uint64_t wait_ms) {
    int err = neap_reload_begin(neap_runtime_reload(r->runtime), names);
    if (err != 0)
        return err;
    r->is_running = true;
    r->is_switching = false;
    r->wait_ms = wait_ms;
    neap_foreground_set_alarm(r->foreground, r->alarm, NEAP_RELOADING_TRIAL_MS);
    return 0;
}

bool neap_reloading_serve(struct neap_reloading *r, struct neap_control *control,
                          bool json, uint64_t wait_ms, struct neap_strings *names,
                          struct neap_bytes *why) {
    int err = begin(r, names, wait_ms);
    if (err == NEAP_ETAKEN)
        neap_bytes_text(why, "another reload is under way: try again when it is done\n");
    else if (err != 0)
        neap_bytes_printf(why, "no process for a trial can be made: %s\n",
                          neap_strerror(err));
    if (err != 0)
        return false;
    r->control = control;
    r->request = neap_control_request(control);
    r->json = json;
    return true;
}

static void warn(const struct neap_reloading *r, int err) {
    const char *why = neap_strerror(err);
    struct neap_log_field field = { "reason", why, strlen(why), false };
    neap_log_write(r->log, NEAP_LOG_WARN, "-", "reload.failed", &field, 1);
}

void neap_reloading_look(struct neap_reloading *r) {
    struct neap_strings all = { 0 };
    int err = begin(r, &all, NEAP_RELOADING_WAIT_MS);
    r->is_due = err == NEAP_ETAKEN;
    if (err != 0 && err != NEAP_ETAKEN)
        warn(r, err);
}

static void answer(struct neap_reloading *r, const struct neap_reload_report *report) {
    struct neap_node *node = neap_runtime_node(r->runtime);
    struct neap_bytes text;
    neap_bytes_init(&text);
    (r->json ? neap_reloading_write_json : neap_reloading_write_text)(node, report, &text);
    neap_control_answer(
        r->control, r->request,
        neap_reloading_failed(report) ? NEAP_CONTROL_PARTLY : NEAP_CONTROL_OK, &text);
    neap_bytes_fini(&text);
    r->control = NULL;
}

static void finish(struct neap_reloading *r) {
    struct neap_reload_report report;
    neap_reload_take(neap_runtime_reload(r->runtime), &report);
    neap_foreground_clear_alarm(r->foreground, r->alarm);
    r->is_running = false;
    neap_reloading_log(r->log, &report);
    if (r->control != NULL)
        answer(r, &report);
    neap_reload_report_fini(&report);
    if (r->is_due)
        neap_reloading_look(r);
}

void neap_reloading_advance(struct neap_reloading *r) {
    if (!r->is_running)
        return;
    enum neap_reload_phase phase = neap_reload_advance(neap_runtime_reload(r->runtime));
    if (phase == NEAP_RELOAD_DONE) {
        finish(r);
    } else if (phase == NEAP_RELOAD_SWITCHING && !r->is_switching) {
        r->is_switching = true;
        neap_log_write(r->log, NEAP_LOG_DEBUG, "-", "reload.waiting", NULL, 0);
        neap_foreground_set_alarm(r->foreground, r->alarm, r->wait_ms);
    }
}

/* A trial that is killed tells when it has ended. */
void neap_reloading_on_alarm(struct neap_reloading *r) {
    neap_reload_finish(neap_runtime_reload(r->runtime));
    neap_reloading_advance(r);
}
