#include "net/foreground.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "net/pool_threads.h"

#include <signal.h>
#include <uv.h>

static const int SIGNALS[] = { SIGTERM, SIGINT, SIGHUP };
enum { SIGNAL_COUNT = sizeof SIGNALS / sizeof *SIGNALS };

struct neap_foreground {
    struct neap_foreground_events events;
    uv_loop_t loop;
    uv_async_t note;
    uv_timer_t alarms[NEAP_FOREGROUND_ALARMS];
    uv_signal_t signals[SIGNAL_COUNT];
};

static void on_signal(uv_signal_t *handle, int number) {
    struct neap_foreground *f = handle->data;
    f->events.on_signal(f->events.context, number);
}

static void on_note(uv_async_t *handle) {
    struct neap_foreground *f = handle->data;
    f->events.on_note(f->events.context);
}

static void on_alarm(uv_timer_t *handle) {
    struct neap_foreground *f = handle->data;
    f->events.on_alarm(f->events.context, (int)(handle - f->alarms));
}

static void watch(struct neap_foreground *f, uv_signal_t *handle, int number) {
    int err = uv_signal_init(&f->loop, handle);
    if (err == 0)
        err = uv_signal_start(handle, on_signal, number);
    if (err != 0)
        neap_refused("a handler of signals", -err);
    handle->data = f;
}

struct neap_foreground *neap_foreground_new(const struct neap_foreground_events *events) {
    struct neap_foreground *f = neap_calloc(1, sizeof *f);
    f->events = *events;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    int err = uv_loop_init(&f->loop);
    if (err == 0)
        err = uv_async_init(&f->loop, &f->note, on_note);
    if (err != 0)
        neap_refused("the main thread's loop", -err);
    f->note.data = f;
    for (int i = 0; i < NEAP_FOREGROUND_ALARMS; i++) {
        err = uv_timer_init(&f->loop, &f->alarms[i]);
        NEAP_ASSERT(err == 0);
        f->alarms[i].data = f;
    }
    for (int i = 0; i < SIGNAL_COUNT; i++)
        watch(f, &f->signals[i], SIGNALS[i]);
    return f;
}

int neap_foreground_start_pool(struct neap_foreground *f) {
    return neap_pool_threads_start(&f->loop);
}

void neap_foreground_free(struct neap_foreground *f) {
    if (f == NULL)
        return;
    neap_foreground_block_signals();
    uv_close((uv_handle_t *)&f->note, NULL);
    for (int i = 0; i < NEAP_FOREGROUND_ALARMS; i++)
        uv_close((uv_handle_t *)&f->alarms[i], NULL);
    for (int i = 0; i < SIGNAL_COUNT; i++)
        uv_close((uv_handle_t *)&f->signals[i], NULL);
    while (uv_run(&f->loop, UV_RUN_DEFAULT) != 0)
        ; /* a stop that nobody ran for ends the first one early */
    int err = uv_loop_close(&f->loop);
    NEAP_ASSERT(err == 0);
    neap_free(f);
}

void neap_foreground_note(struct neap_foreground *f) {
    int err = uv_async_send(&f->note);
    NEAP_ASSERT(err == 0);
}

void neap_foreground_run(struct neap_foreground *f) {
    uv_run(&f->loop, UV_RUN_DEFAULT);
}

void neap_foreground_stop(struct neap_foreground *f) {
    uv_stop(&f->loop);
}

void neap_foreground_set_alarm(struct neap_foreground *f, int alarm, uint64_t ms) {
    uv_update_time(&f->loop);
    uv_timer_start(&f->alarms[alarm], on_alarm, ms, 0);
}

void neap_foreground_clear_alarm(struct neap_foreground *f, int alarm) {
    uv_timer_stop(&f->alarms[alarm]);
}

static void mask_signals(int how) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < SIGNAL_COUNT; i++)
        sigaddset(&set, SIGNALS[i]);
    int err = pthread_sigmask(how, &set, NULL);
    NEAP_ASSERT(err == 0);
}

void neap_foreground_block_signals(void) {
    mask_signals(SIG_BLOCK);
}

void neap_foreground_unblock_signals(void) {
    mask_signals(SIG_UNBLOCK);
}

struct uv_loop_s *neap_foreground_loop(struct neap_foreground *f) {
    return &f->loop;
}
