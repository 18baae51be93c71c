#include "net/http_inside.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t size_of(const union address *a) {
    return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static bool parse(const struct neap_http_options *options, union address *a) {
    *a = (union address){ 0 };
    if (inet_pton(AF_INET, options->address, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons(options->port);
        return true;
    }
    if (inet_pton(AF_INET6, options->address, &a->v6.sin6_addr) != 1)
        return false;
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons(options->port);
    return true;
}

static bool switch_on(int fd, int level, int option) {
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* A socket that listens, or -errno. */
static int open_one(union address *a, bool shared) {
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    bool v6 = a->any.sa_family == AF_INET6;
    bool ok = switch_on(fd, SOL_SOCKET, SO_REUSEADDR) &&
              (!shared || switch_on(fd, SOL_SOCKET, SO_REUSEPORT)) &&
              (!v6 || switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) &&
              bind(fd, &a->any, size_of(a)) == 0 && listen(fd, BACKLOG) == 0;
    int err = errno;
    socklen_t size = sizeof *a;
    if (ok && getsockname(fd, &a->any, &size) == 0) /* port 0 has become a real one */
        return fd;
    close(fd);
    return -err;
}

static void write_text(const union address *a, char text[64]) {
    char host[INET6_ADDRSTRLEN];
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof host);
        snprintf(text, 64, "%s:%u", host, ntohs(a->v4.sin_port));
    } else {
        inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
        snprintf(text, 64, "[%s]:%u", host, ntohs(a->v6.sin6_port));
    }
}

static int refuse(const union address *a, int err, char why[NEAP_HTTP_WHY]) {
    char text[64];
    write_text(a, text);
    if (err == -EADDRINUSE)
        snprintf(why, NEAP_HTTP_WHY, "%s is in use: something listens there already", text);
    else if (err == -EACCES)
        snprintf(why, NEAP_HTTP_WHY, "%s may not be used: ports below 1024 are for root",
                 text);
    else if (err == -EADDRNOTAVAIL)
        snprintf(why, NEAP_HTTP_WHY, "%s is no address of this machine", text);
    else
        snprintf(why, NEAP_HTTP_WHY, "%s: %s", text, neap_strerror(err));
    return err == -EADDRINUSE ? NEAP_ETAKEN : err;
}

/* Sockets that share a port do not see each other, another program's with the same user
 * included: so one that does not share asks first whether the port is free. */
static int ask(union address *a) {
    int fd = open_one(a, false);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static int open_all(union address *a, uint32_t count, int *fds) {
    int err = count > 1 ? ask(a) : 0;
    for (uint32_t i = 0; err == 0 && i < count; i++) {
        fds[i] = open_one(a, count > 1);
        err = fds[i] < 0 ? fds[i] : 0;
        while (err != 0 && i > 0)
            close(fds[--i]);
    }
    return err;
}

int neap_http_listen(const struct neap_http_options *options, uint32_t count, int *fds,
                     char text[64], char why[NEAP_HTTP_WHY]) {
    union address a;
    if (!parse(options, &a)) {
        snprintf(why, NEAP_HTTP_WHY,
                 "\"%s\" is no address; expected one such as 127.0.0.1 or ::1",
                 options->address);
        return NEAP_EINVALID;
    }
    int err = open_all(&a, count, fds);
    if (err != 0)
        return refuse(&a, err, why);
    write_text(&a, text);
    return 0;
}
