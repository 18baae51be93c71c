#include "net/inquiry.h"

#include "base/error.h"
#include "net/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int say(char why[NEAP_SOCKET_WHY], const char *what, int err) {
    snprintf(why, NEAP_SOCKET_WHY, "%s: %s", what, neap_strerror(err));
    return err;
}

static int send_request(int fd, const char *const *words, size_t count,
                        char why[NEAP_SOCKET_WHY]) {
    struct neap_bytes line;
    neap_bytes_init(&line);
    for (size_t i = 0; i < count; i++)
        neap_bytes_printf(&line, "%s%s", i == 0 ? "" : "\t", words[i]);
    neap_bytes_put(&line, '\n');
    int err = line.len > NEAP_CONTROL_REQUEST ? NEAP_EINVALID : 0;
    if (err != 0)
        say(why, "the command is too long for a node", err);
    /* In one piece: the node's buffer for a socket is larger than any request. */
    else if (send(fd, line.data, line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
        err = say(why, "cannot send the command to the node", -errno);
    neap_bytes_fini(&line);
    return err;
}

/* 1: more was read; 0: the end; or an error. */
static int read_more(int fd, int timeout, struct neap_bytes *reply,
                     char why[NEAP_SOCKET_WHY]) {
    struct pollfd ready = { .fd = fd, .events = POLLIN };
    int n = poll(&ready, 1, timeout);
    if (n < 0 && errno == EINTR)
        return 1;
    if (n == 0)
        return say(why, "the node does not answer", NEAP_ETIMEOUT);
    ssize_t got = read(fd, neap_bytes_room(reply, 65536), 65536);
    if (got < 0 && errno == ECONNRESET)
        return 0; /* it ended with our request unread, or in the middle of its answer */
    if (got < 0)
        return say(why, "cannot read the node's answer", -errno);
    reply->len += (size_t)got;
    return got > 0;
}

/* Takes the status line off the reply. */
static int take_status(struct neap_bytes *reply, bool *ok, char why[NEAP_SOCKET_WHY]) {
    const char *end = reply->len > 0 ? memchr(reply->data, '\n', reply->len) : NULL;
    if (end == NULL) {
        snprintf(why, NEAP_SOCKET_WHY, "the node closed the connection without an answer");
        return NEAP_EEXIT;
    }
    size_t line = (size_t)(end - (const char *)reply->data) + 1;
    *ok = line == 3 && memcmp(reply->data, "ok", 2) == 0;
    reply->len -= line;
    memmove(reply->data, reply->data + line, reply->len);
    return 0;
}

static int read_reply(int fd, bool until_end, struct neap_bytes *reply,
                      char why[NEAP_SOCKET_WHY]) {
    int more;
    do {
        bool patient = until_end && reply->len > 0;
        more = read_more(fd, patient ? -1 : NEAP_INQUIRY_MS, reply, why);
    } while (more > 0);
    return more;
}

int neap_inquiry(const char *path, const char *const *words, size_t count, bool until_end,
                 bool *ok, struct neap_bytes *text, char why[NEAP_SOCKET_WHY]) {
    int fd = -1;
    int err = neap_socket_connect(path, &fd);
    if (err != 0)
        return say(why, path, err);
    err = send_request(fd, words, count, why);
    if (err == 0)
        err = read_reply(fd, until_end, text, why);
    if (err == 0)
        err = take_status(text, ok, why);
    close(fd);
    return err;
}
