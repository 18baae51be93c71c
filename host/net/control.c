#include "net/control.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/list.h"
#include "net/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { ASK_MS = 5000, READ_MS = 30000 };

struct neap_control {
    uv_pipe_t listener;
    struct neap_control_options options;
    struct neap_list clients;
    size_t client_count;
    uint64_t requests; /* so far: the last one is handled now */
    char path[NEAP_SOCKET_PATH];
    dev_t device; /* of the socket's file: we remove only our own */
    ino_t inode;
};

/*  ASKING --line--> ANSWERING --written--> CLOSING
 *    |  |              ^  '--held--> HELD --^
 *    |  '--later--> WAITING                 |
 *    '--too long, too late, gone------------'
 *  Each state but HELD and WAITING has a time limit. */
enum client_state { ASKING, WAITING, ANSWERING, HELD, CLOSING };

struct client {
    struct neap_list link;
    struct neap_control *control;
    enum client_state state;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    unsigned open_handles;
    uint64_t request_number; /* while WAITING */
    struct neap_bytes reply;
    size_t asked; /* bytes of the request so far */
    char request[NEAP_CONTROL_REQUEST];
};

/* --- the end of a connection, and of the socket --- */

static void free_if_over(struct neap_control *c) {
    if (c->client_count == 0 && c->listener.data == NULL)
        neap_free(c);
}

static void on_listener_closed(uv_handle_t *handle) {
    struct neap_control *c = handle->data;
    handle->data = NULL;
    free_if_over(c);
}

static void on_client_closed(uv_handle_t *handle) {
    struct client *client = handle->data;
    struct neap_control *c = client->control;
    if (--client->open_handles > 0)
        return;
    neap_list_remove(&client->link);
    neap_bytes_fini(&client->reply);
    neap_free(client);
    c->client_count--;
    free_if_over(c);
}

static void close_client(struct client *client) {
    if (client->state == CLOSING)
        return;
    client->state = CLOSING;
    uv_close((uv_handle_t *)&client->pipe, on_client_closed);
    uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

static void on_late(uv_timer_t *timer) {
    close_client(timer->data);
}

/* --- answering --- */

static void on_written(uv_write_t *write, int status) {
    struct client *client = write->data;
    if (status != 0 || client->state == ANSWERING)
        close_client(client);
}

static void write_reply(struct client *client, enum client_state state) {
    uv_buf_t buffer = uv_buf_init((char *)client->reply.data, (unsigned)client->reply.len);
    client->state = state;
    client->write.data = client;
    uv_timer_stop(&client->timer);
    if (state == ANSWERING)
        uv_timer_start(&client->timer, on_late, READ_MS, 0);
    int err = uv_write(&client->write, (uv_stream_t *)&client->pipe, &buffer, 1,
                       on_written);
    if (err != 0)
        close_client(client);
}

/* The line is cut into words in place. */
static size_t split(char *line, char *words[NEAP_CONTROL_WORDS]) {
    size_t count = 0;
    char *rest = line;
    while (rest != NULL && count < NEAP_CONTROL_WORDS)
        words[count++] = strsep(&rest, "\t");
    return count;
}

static enum neap_control_answer run(const struct neap_control_options *options,
                                    size_t count, char *const *words,
                                    struct neap_bytes *reply) {
    for (size_t i = 0; i < options->count; i++)
        if (strcmp(options->commands[i].name, words[0]) == 0)
            return options->commands[i].run(options->context, count - 1, words + 1, reply);
    neap_bytes_printf(reply, "the node does not know the command \"%.40s\"\n", words[0]);
    return NEAP_CONTROL_FAILED;
}

/* The status goes in front of the text, so it is known first and written last. */
static void answer_with(struct client *client, enum neap_control_answer how,
                        const struct neap_bytes *text) {
    static const char *const STATUS[] = { [NEAP_CONTROL_OK] = "ok\n",
                                          [NEAP_CONTROL_FAILED] = "failed\n",
                                          [NEAP_CONTROL_PARTLY] = "partly\n",
                                          [NEAP_CONTROL_HELD] = "ok\n" };
    neap_bytes_text(&client->reply, STATUS[how]);
    neap_bytes_append(&client->reply, text->data, text->len);
    write_reply(client, how == NEAP_CONTROL_HELD ? HELD : ANSWERING);
}

static void wait_for_answer(struct client *client) {
    client->state = WAITING;
    client->request_number = client->control->requests;
    uv_timer_stop(&client->timer);
}

static void answer(struct client *client) {
    char *words[NEAP_CONTROL_WORDS];
    struct neap_bytes text;
    neap_bytes_init(&text);
    client->control->requests++;
    size_t count = split(client->request, words);
    enum neap_control_answer how = run(&client->control->options, count, words, &text);
    if (how == NEAP_CONTROL_LATER)
        wait_for_answer(client);
    else
        answer_with(client, how, &text);
    neap_bytes_fini(&text);
}

static void refuse(struct client *client, const char *why) {
    neap_bytes_printf(&client->reply, "failed\n%s\n", why);
    write_reply(client, ANSWERING);
}

/* --- asking --- */

/* What comes after the line is read over, so that we learn when the client goes. */
static void on_room_wanted(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
    struct client *client = handle->data;
    (void)size;
    if (client->state != ASKING)
        client->asked = 0;
    *buffer = uv_buf_init(client->request + client->asked,
                          (unsigned)(sizeof client->request - client->asked));
}

static void on_asked(struct client *client, size_t more) {
    char *end = memchr(client->request + client->asked, '\n', more);
    client->asked += more;
    if (end != NULL) {
        *end = '\0';
        answer(client);
    } else if (client->asked == sizeof client->request) {
        refuse(client, "the request is too long");
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer) {
    struct client *client = stream->data;
    (void)buffer;
    if (n > 0 && client->state == ASKING)
        on_asked(client, (size_t)n);
    else if (n < 0 && (client->state == ANSWERING || client->state == WAITING))
        uv_read_stop(stream); /* it closed its side only, as nc does */
    else if (n < 0)
        close_client(client);
}

/* --- connecting --- */

static struct client *client_new(struct neap_control *c) {
    struct client *client = neap_calloc(1, sizeof *client);
    client->control = c;
    client->pipe.data = client->timer.data = client;
    client->open_handles = 2;
    neap_bytes_init(&client->reply);
    neap_list_push(&c->clients, &client->link);
    c->client_count++;
    uv_pipe_init(c->listener.loop, &client->pipe, 0);
    uv_timer_init(c->listener.loop, &client->timer);
    return client;
}

static void on_connection(uv_stream_t *listener, int status) {
    struct neap_control *c = listener->data;
    if (status != 0)
        return;
    struct client *client = client_new(c);
    uv_stream_t *stream = (uv_stream_t *)&client->pipe;
    int err = uv_accept(listener, stream);
    bool welcome = c->client_count <= NEAP_CONTROL_CLIENTS;
    if (err == 0 && !welcome) {
        refuse(client, "too many clients: try again");
        return;
    }
    if (err == 0)
        err = uv_read_start(stream, on_room_wanted, on_read);
    if (err == 0)
        uv_timer_start(&client->timer, on_late, ASK_MS, 0);
    else
        close_client(client);
}

/* --- the socket --- */

static int say(char why[NEAP_SOCKET_WHY], const char *path, int err) {
    snprintf(why, NEAP_SOCKET_WHY, "cannot open the control socket %s: %s", path,
             neap_strerror(err));
    return err;
}

/* A socket that nobody listens to is left from a node that was killed. */
static int remove_stale(const char *path, const char *name, char why[NEAP_SOCKET_WHY]) {
    int fd = -1;
    int err = neap_socket_connect(path, &fd);
    if (err == 0)
        close(fd);
    if (err == -ENOENT)
        return 0;
    if (err == -ECONNREFUSED)
        return unlink(path) == 0 || errno == ENOENT ? 0 : say(why, path, -errno);
    if (err != 0 && err != -EAGAIN)
        return say(why, path, err);
    snprintf(
        why, NEAP_SOCKET_WHY,
        "a node called \"%s\" is already running (%s): choose another --name, or end it "
        "with neap stop --name %s",
        name, path, name);
    return NEAP_ETAKEN;
}

static int listen_at(const char *path, int *fd, char why[NEAP_SOCKET_WHY]) {
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    memcpy(at.sun_path, path, strlen(path));
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0)
        return say(why, path, -errno);
    if (bind(s, (struct sockaddr *)&at, sizeof at) != 0 || chmod(path, 0600) != 0 ||
        listen(s, NEAP_CONTROL_CLIENTS) != 0) {
        int err = -errno;
        close(s);
        return say(why, path, err);
    }
    *fd = s;
    return 0;
}

/* Two nodes that start at the same time must not both find a socket stale: the directory
 * is locked meanwhile. */
static int claim(const char *path, const char *name, int *fd, char why[NEAP_SOCKET_WHY]) {
    char dir[NEAP_SOCKET_PATH];
    int err = neap_socket_check_directory(path, true, why);
    if (err != 0)
        return err;
    snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    int lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX) != 0)
        err = say(why, path, -errno);
    if (err == 0)
        err = remove_stale(path, name, why);
    if (err == 0)
        err = listen_at(path, fd, why);
    if (lock >= 0)
        close(lock);
    return err;
}

static void remember_file(struct neap_control *c) {
    struct stat st;
    if (lstat(c->path, &st) == 0) {
        c->device = st.st_dev;
        c->inode = st.st_ino;
    }
}

static int start(struct neap_control *c, struct neap_foreground *f, int fd) {
    int err = uv_pipe_init(neap_foreground_loop(f), &c->listener, 0);
    NEAP_ASSERT(err == 0);
    c->listener.data = c;
    err = uv_pipe_open(&c->listener, fd);
    NEAP_ASSERT(err == 0);
    return uv_listen((uv_stream_t *)&c->listener, NEAP_CONTROL_CLIENTS, on_connection);
}

int neap_control_open(struct neap_foreground *f, const char *name,
                      const struct neap_control_options *options,
                      struct neap_control **control, char why[NEAP_SOCKET_WHY]) {
    char path[NEAP_SOCKET_PATH];
    int fd = -1;
    int err = neap_socket_path(name, path, why);
    if (err == 0)
        err = claim(path, name, &fd, why);
    if (err != 0)
        return err;
    struct neap_control *c = neap_calloc(1, sizeof *c);
    c->options = *options;
    neap_list_init(&c->clients);
    memcpy(c->path, path, sizeof path);
    remember_file(c);
    err = start(c, f, fd);
    if (err == 0) {
        *control = c;
        return 0;
    }
    say(why, path, err);
    neap_control_close(c);
    return err;
}

uint64_t neap_control_request(const struct neap_control *c) {
    return c->requests;
}

void neap_control_answer(struct neap_control *c, uint64_t request,
                         enum neap_control_answer how, const struct neap_bytes *text) {
    for (struct neap_list *at = c->clients.next; at != &c->clients; at = at->next) {
        struct client *client = NEAP_LIST_ITEM(at, struct client, link);
        if (client->state == WAITING && client->request_number == request) {
            answer_with(client, how, text);
            return;
        }
    }
}

static void remove_file(const struct neap_control *c) {
    struct stat st;
    if (lstat(c->path, &st) == 0 && st.st_dev == c->device && st.st_ino == c->inode)
        unlink(c->path);
}

void neap_control_close(struct neap_control *c) {
    if (c == NULL)
        return;
    remove_file(c);
    for (struct neap_list *at = c->clients.next; at != &c->clients; at = at->next)
        close_client(NEAP_LIST_ITEM(at, struct client, link));
    uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}
