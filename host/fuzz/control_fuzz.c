/* What a client of the control socket sends: the answer is that of a naive reader, however the
 * bytes are cut and whatever follows the line.
 *
 * Input: a line of letters, the sizes of the pieces, in turn (fuzz_size_of); then what the
 * client sends before it closes its side. */
#include "base/bytes.h"
#include "fuzz/fuzz.h"
#include "net/control.h"
#include "net/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

enum { PATIENCE = 10000 }; /* turns of the loop */

static struct neap_foreground *loop;
static struct neap_control *control;
static uint64_t later; /* the request that waits for its answer; 0: none */
static char home[] = "/tmp/neap-control-fuzz-XXXXXX";
static char path[NEAP_SOCKET_PATH];
static struct neap_bytes wanted;
static struct neap_bytes got;

/* --- the node's side ---------------------------------------------------------- */

static void write_words(struct neap_bytes *out, size_t count, char *const *words) {
    for (size_t i = 0; i < count; i++)
        neap_bytes_printf(out, "[%s]", words[i]);
}

static enum neap_control_answer echo(void *context, size_t count, char *const *arguments,
                                     struct neap_bytes *reply) {
    (void)context;
    write_words(reply, count, arguments);
    return NEAP_CONTROL_OK;
}

static enum neap_control_answer partly(void *context, size_t count,
                                       char *const *arguments, struct neap_bytes *reply) {
    echo(context, count, arguments, reply);
    return NEAP_CONTROL_PARTLY;
}

static enum neap_control_answer hold(void *context, size_t count, char *const *arguments,
                                     struct neap_bytes *reply) {
    echo(context, count, arguments, reply);
    return NEAP_CONTROL_HELD;
}

static enum neap_control_answer answer_later(void *context, size_t count,
                                             char *const *arguments,
                                             struct neap_bytes *reply) {
    (void)context;
    (void)count;
    (void)arguments;
    (void)reply;
    later = neap_control_request(control);
    return NEAP_CONTROL_LATER;
}

static const struct neap_control_command COMMANDS[] = {
    { "echo", echo }, { "partly", partly }, { "hold", hold }, { "later", answer_later }
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };
static const struct neap_control_options OPTIONS = { .commands = COMMANDS,
                                                     .count = COMMAND_COUNT };

static void no_signal(void *context, int number) {
    (void)context;
    (void)number;
    exit(1); /* somebody wants this program to end */
}

static void no_note(void *context) {
    (void)context;
}

static void no_alarm(void *context, int alarm) {
    (void)context;
    (void)alarm;
}

static void end(void) {
    char dir[sizeof home + 8];
    neap_control_close(control);
    neap_foreground_free(loop);
    snprintf(dir, sizeof dir, "%s/neap", home);
    rmdir(dir);
    rmdir(home);
    neap_bytes_fini(&wanted);
    neap_bytes_fini(&got);
}

static void begin(void) {
    static char why[NEAP_SOCKET_WHY];
    EXPECT_TRUE(mkdtemp(home) != NULL);
    setenv("XDG_RUNTIME_DIR", home, 1);
    loop = neap_foreground_new(&(struct neap_foreground_events){
        .on_signal = no_signal, .on_note = no_note, .on_alarm = no_alarm });
    EXPECT_INT(neap_socket_path("f", path, why), 0);
    EXPECT_INT(neap_control_open(loop, "f", &OPTIONS, &control, why), 0);
    (void)atexit(end);
}

/* --- what is to come ------------------------------------------------------------ */

static void want_answer(char *line) {
    static const char *const STATUS[] = { "ok\n", "partly\n", "ok\n", "ok\n" };
    char *words[NEAP_CONTROL_WORDS] = { line };
    size_t count = 1;
    for (char *at = line; *at != '\0' && count < NEAP_CONTROL_WORDS; at++)
        if (*at == '\t') {
            *at = '\0';
            words[count++] = at + 1;
        }
    char *tab = strchr(words[count - 1], '\t');
    if (tab != NULL)
        *tab = '\0';
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(words[0], COMMANDS[i].name) == 0) {
            neap_bytes_text(&wanted, STATUS[i]);
            if (COMMANDS[i].run != answer_later)
                write_words(&wanted, count - 1, words + 1);
            return;
        }
    neap_bytes_printf(&wanted, "failed\nthe node does not know the command \"%.40s\"\n",
                      words[0]);
}

static void want(const uint8_t *data, size_t size) {
    size_t most = size < NEAP_CONTROL_REQUEST ? size : NEAP_CONTROL_REQUEST;
    const uint8_t *end_of_line = most != 0 ? memchr(data, '\n', most) : NULL;
    wanted.len = 0;
    if (end_of_line != NULL) {
        char *line = strndup((const char *)data, (size_t)(end_of_line - data));
        want_answer(line);
        free(line);
    } else if (size >= NEAP_CONTROL_REQUEST) {
        neap_bytes_text(&wanted, "failed\nthe request is too long\n");
    }
    neap_bytes_put(&wanted, '\0');
}

/* --- the client's side ------------------------------------------------------------ */

static void turn(void) {
    static const struct neap_bytes NOTHING;
    uv_run(neap_foreground_loop(loop), UV_RUN_NOWAIT);
    if (later != 0)
        neap_control_answer(control, later, NEAP_CONTROL_OK, &NOTHING);
    later = 0;
}

/* Reads what is there; false at the end. */
static bool listen_to(int fd) {
    ssize_t n = read(fd, neap_bytes_room(&got, 8192), 8192);
    if (n > 0)
        got.len += (size_t)n;
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static int connect_client(void) {
    int fd = -1;
    EXPECT_INT(neap_socket_connect(path, &fd), 0);
    EXPECT_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void ask(const uint8_t *data, size_t size, const char *letters, size_t count) {
    int fd = connect_client();
    ssize_t n = 0;
    unsigned turns = 0;
    got.len = 0;
    for (size_t i = 0; n >= 0 && size > 0; i++) {
        size_t piece = count != 0 ? fuzz_size_of(letters[i % count]) : size;
        n = write(fd, data, piece < size ? piece : size);
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
        turn();
    }
    shutdown(fd, SHUT_WR);
    while (listen_to(fd) && turns++ < PATIENCE)
        turn();
    EXPECT_TRUE(turns < PATIENCE);
    close(fd);
    turn();
    neap_bytes_put(&got, '\0');
    EXPECT_STR((char *)got.data, (char *)wanted.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = { data, data + size };
    size_t count;
    char *letters = fuzz_text(&in, '\n', &count);
    size_t left = (size_t)(in.end - in.at);
    if (loop == NULL)
        begin();
    want(in.at, left);
    ask(in.at, left, letters, 0);
    ask(in.at, left, letters, count);
    free(letters);
    return 0;
}
