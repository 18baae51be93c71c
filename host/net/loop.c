#include "net/loop.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "core/carrier.h"

#include <poll.h>
#include <uv.h>

struct poller {
    struct neap_poller base; /* first */
    uv_loop_t loop;
    uv_timer_t timer; /* the time-out of the poll that runs */
    uv_async_t bell;
};

/* That it rang ended the wait: there is nothing else to do. */
static void on_bell(uv_async_t *bell) {
    (void)bell;
}

static void on_timer(uv_timer_t *timer) {
    (void)timer;
}

/* Whole milliseconds from the loop's own time to the first one that is not too early:
 * otherwise a worker would wake, find its timer not due, and sleep once more. */
static uint64_t until(struct poller *p, neap_time timeout) {
    uint64_t now = uv_hrtime();
    uint64_t due = timeout < UINT64_MAX - now - NEAP_MS ? now + timeout + NEAP_MS - 1
                                                        : UINT64_MAX;
    uv_update_time(&p->loop);
    uint64_t base = uv_now(&p->loop);
    return due / NEAP_MS > base ? due / NEAP_MS - base : 0;
}

static void run_once(struct poller *p, neap_time timeout) {
    if (timeout == 0) {
        uv_run(&p->loop, UV_RUN_NOWAIT);
        return;
    }
    if (timeout != NEAP_FOREVER)
        uv_timer_start(&p->timer, on_timer, until(p, timeout), 0);
    uv_run(&p->loop, UV_RUN_ONCE);
    uv_timer_stop(&p->timer);
}

/* The carrier's pulse knows of it, which refuses to begin a turn meanwhile. */
static void poll_once(struct neap_poller *poller, neap_time timeout) {
    struct neap_carrier *c = neap_carrier_current(); /* NULL in tests of the loop alone */
    if (c != NULL)
        neap_pulse_enter_poll(neap_carrier_pulse(c));
    run_once((struct poller *)poller, timeout);
    if (c != NULL)
        neap_pulse_leave_poll(neap_carrier_pulse(c));
}

static void wake(struct neap_poller *poller) {
    int err = uv_async_send(&((struct poller *)poller)->bell);
    NEAP_ASSERT(err == 0);
}

/* Closing the bell waits for a thread that is still ringing it. */
static void free_poller(struct neap_poller *poller) {
    struct poller *p = (struct poller *)poller;
    uv_close((uv_handle_t *)&p->timer, NULL);
    uv_close((uv_handle_t *)&p->bell, NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&p->loop);
    NEAP_ASSERT(err == 0);
    neap_free(p);
}

/* What libuv waits on is a descriptor itself, and always the same. */
static bool has_io(struct neap_poller *poller) {
    struct pollfd fd = { .fd = uv_backend_fd(&((struct poller *)poller)->loop),
                         .events = POLLIN };
    return poll(&fd, 1, 0) > 0;
}

static const struct neap_poller_ops OPS = { poll_once, wake, free_poller, has_io };

/* Only a system without descriptors or memory refuses: a worker can not exist there. */
struct neap_poller *neap_loop_poller_new(void *context) {
    (void)context;
    struct poller *p = neap_calloc(1, sizeof *p);
    p->base.ops = &OPS;
    int err = uv_loop_init(&p->loop);
    NEAP_ASSERT(err == 0);
    err = uv_timer_init(&p->loop, &p->timer);
    NEAP_ASSERT(err == 0);
    err = uv_async_init(&p->loop, &p->bell, on_bell);
    NEAP_ASSERT(err == 0);
    return &p->base;
}

struct uv_loop_s *neap_loop_of(struct neap_poller *poller) {
    return &((struct poller *)poller)->loop;
}

const char *neap_loop_version(void) {
    return uv_version_string();
}
