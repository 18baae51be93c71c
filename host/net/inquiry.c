#include "net/inquiry.h"

#include "base/error.h"

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

static enum neap_control_answer answer_of(const char *word, size_t size) {
    if (size == 2 && memcmp(word, "ok", size) == 0)
        return NEAP_CONTROL_OK;
    if (size == 6 && memcmp(word, "partly", size) == 0)
        return NEAP_CONTROL_PARTLY;
    return NEAP_CONTROL_FAILED;
}

/* Takes the status line off the reply. */
static int take_status(struct neap_bytes *reply, enum neap_control_answer *how,
                       char why[NEAP_SOCKET_WHY]) {
    const char *end = reply->len > 0 ? memchr(reply->data, '\n', reply->len) : NULL;
    if (end == NULL) {
        snprintf(why, NEAP_SOCKET_WHY, "the node closed the connection without an answer");
        return NEAP_EEXIT;
    }
    size_t line = (size_t)(end - (const char *)reply->data) + 1;
    *how = answer_of((const char *)reply->data, line - 1);
    reply->len -= line;
    memmove(reply->data, reply->data + line, reply->len);
    return 0;
}

/* How long to wait for the next bytes; -1: for ever. */
static int patience_of(const struct neap_inquiry *inquiry, bool has_begun) {
    if (has_begun && inquiry->until_end)
        return -1;
    return has_begun || inquiry->patience == 0 ? NEAP_INQUIRY_MS : inquiry->patience;
}

static int read_reply(int fd, const struct neap_inquiry *inquiry,
                      struct neap_bytes *reply, char why[NEAP_SOCKET_WHY]) {
    int more;
    do
        more = read_more(fd, patience_of(inquiry, reply->len > 0), reply, why);
    while (more > 0);
    return more;
}

int neap_inquiry(const char *path, const struct neap_inquiry *inquiry,
                 enum neap_control_answer *how, struct neap_bytes *text,
                 char why[NEAP_SOCKET_WHY]) {
    int fd = -1;
    int err = neap_socket_connect(path, &fd);
    if (err != 0)
        return say(why, path, err);
    err = send_request(fd, inquiry->words, inquiry->count, why);
    if (err == 0)
        err = read_reply(fd, inquiry, text, why);
    if (err == 0)
        err = take_status(text, how, why);
    close(fd);
    return err;
}
