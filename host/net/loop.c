#include "net/loop.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "core/carrier.h"

#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

/* A year: what is later overflows nothing, and is set again then. */
static const neap_time LONGEST = 365 * 86400ull * 1000 * NEAP_MS;

struct poller {
    struct neap_poller base; /* first */
    uv_loop_t loop;
    uv_async_t bell;

    /* The time-out of the poll. Not a timer of libuv's: those end at whole milliseconds, and
     * the kernel adds its slack to them. */
    int timer;
    uv_poll_t timer_watch;
    neap_time timer_at; /* by CLOCK_MONOTONIC; 0: it is not set */
};

/* That it rang ended the wait: there is nothing else to do. */
static void on_bell(uv_async_t *bell) {
    (void)bell;
}

/* Read, or it would be ready for ever. */
static void on_timer(uv_poll_t *watch, int status, int events) {
    (void)status;
    (void)events;
    struct poller *p = watch->data;
    uint64_t times;
    ssize_t n = read(p->timer, &times, sizeof times);
    if (n == sizeof times)
        p->timer_at = 0;
    else /* it was set anew after it was seen to be ready */
        NEAP_ASSERT(n < 0 && errno == EAGAIN);
}

static void set_timer(struct poller *p, neap_time at) {
    struct itimerspec t = { .it_value = { (time_t)(at / 1000000000u),
                                          (long)(at % 1000000000u) } };
    int err = timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &t, NULL);
    NEAP_ASSERT(err == 0);
    p->timer_at = at;
}

/* Later than it is set to, it stays: a worker that is mostly woken before its time would set
 * it for each poll. It ends one poll too early then, and the next sets it. */
static void expect(struct poller *p, neap_time timeout) {
    neap_time now = uv_hrtime();
    neap_time at = timeout < LONGEST ? now + timeout : now + LONGEST;
    if (p->timer_at == 0 || at < p->timer_at)
        set_timer(p, at);
}

static void run_once(struct poller *p, neap_time timeout) {
    if (timeout != 0 && timeout != NEAP_FOREVER)
        expect(p, timeout);
    uv_run(&p->loop, timeout == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
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
    uv_close((uv_handle_t *)&p->timer_watch, NULL);
    uv_close((uv_handle_t *)&p->bell, NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&p->loop);
    NEAP_ASSERT(err == 0);
    close(p->timer);
    neap_free(p);
}

/* What libuv waits on is a descriptor itself, and always the same. */
static bool has_io(struct neap_poller *poller) {
    struct pollfd fd = { .fd = uv_backend_fd(&((struct poller *)poller)->loop),
                         .events = POLLIN };
    return poll(&fd, 1, 0) > 0;
}

static const struct neap_poller_ops OPS = { poll_once, wake, free_poller, has_io };

static void open_timer(struct poller *p) {
    p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (p->timer < 0)
        neap_refused("a worker's timer", errno);
    p->timer_watch.data = p;
    int err = uv_poll_init(&p->loop, &p->timer_watch, p->timer);
    if (err != 0)
        neap_refused("a worker's timer", -err);
    err = uv_poll_start(&p->timer_watch, UV_READABLE, on_timer);
    NEAP_ASSERT(err == 0);
}

/* Only a system without descriptors or memory refuses: a worker can not exist there. */
struct neap_poller *neap_loop_poller_new(void *context) {
    (void)context;
    struct poller *p = neap_calloc(1, sizeof *p);
    p->base.ops = &OPS;
    int err = uv_loop_init(&p->loop);
    if (err != 0)
        neap_refused("a worker's I/O loop", -err);
    open_timer(p);
    err = uv_async_init(&p->loop, &p->bell, on_bell);
    if (err != 0)
        neap_refused("a worker's bell", -err);
    return &p->base;
}

struct uv_loop_s *neap_loop_of(struct neap_poller *poller) {
    return &((struct poller *)poller)->loop;
}

const char *neap_loop_version(void) {
    return uv_version_string();
}
