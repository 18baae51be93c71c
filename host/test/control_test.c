#include "net/control.h"

#include "base/error.h"
#include "net/foreground.h"
#include "net/inquiry.h"
#include "test/test.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* The control runs on the test's thread; the client on another, which ends the loop. */
static struct neap_foreground *loop;
static char home[64];
static char why[NEAP_SOCKET_WHY];

static void no_signal(void *context, int number) {
    (void)context;
    (void)number;
}

static void on_note(void *context) {
    (void)context;
    neap_foreground_stop(loop);
}

static enum neap_control_answer echo(void *context, size_t count, char *const *arguments,
                                     struct neap_bytes *reply) {
    (void)context;
    for (size_t i = 0; i < count; i++)
        neap_bytes_printf(reply, "[%s]", arguments[i]);
    return NEAP_CONTROL_OK;
}

static enum neap_control_answer refuse(void *context, size_t count,
                                       char *const *arguments, struct neap_bytes *reply) {
    (void)context;
    (void)count;
    (void)arguments;
    neap_bytes_text(reply, "no\n");
    return NEAP_CONTROL_FAILED;
}

static enum neap_control_answer much(void *context, size_t count, char *const *arguments,
                                     struct neap_bytes *reply) {
    (void)context;
    (void)count;
    (void)arguments;
    for (int i = 0; i < 100000; i++)
        neap_bytes_text(reply, "0123456789abcdef0123456789abcdef");
    return NEAP_CONTROL_OK;
}

/* Answered when the alarm rings. */
static struct {
    struct neap_control *control;
    uint64_t request;
    int alarm;
} later;

static enum neap_control_answer answer_later(void *context, size_t count,
                                             char *const *arguments,
                                             struct neap_bytes *reply) {
    (void)context;
    (void)count;
    (void)arguments;
    (void)reply;
    later.request = neap_control_request(later.control);
    neap_foreground_set_alarm(loop, 1, 1);
    return NEAP_CONTROL_LATER;
}

static void on_alarm(void *context, int alarm) {
    struct neap_bytes text = { 0 };
    (void)context;
    later.alarm = alarm;
    neap_bytes_text(&text, "done, but for x\n");
    neap_control_answer(later.control, later.request + 1, NEAP_CONTROL_OK, &text);
    neap_control_answer(later.control, later.request, NEAP_CONTROL_PARTLY, &text);
    neap_control_answer(later.control, later.request, NEAP_CONTROL_OK, &text);
    neap_bytes_fini(&text);
}

static const struct neap_control_command COMMANDS[] = {
    { "echo", echo }, { "fail", refuse }, { "much", much }, { "later", answer_later }
};
static const struct neap_control_options OPTIONS = { .commands = COMMANDS, .count = 4 };

static void begin(void) {
    strcpy(home, "/tmp/neap-control-test-XXXXXX");
    EXPECT_TRUE(mkdtemp(home) != NULL);
    setenv("XDG_RUNTIME_DIR", home, 1);
    loop = neap_foreground_new(&(struct neap_foreground_events){
        .on_signal = no_signal, .on_note = on_note, .on_alarm = on_alarm });
}

static void end(void) {
    char dir[128];
    neap_foreground_free(loop);
    snprintf(dir, sizeof dir, "%s/neap", home);
    rmdir(dir);
    EXPECT_INT(rmdir(home), 0); /* nothing is left there */
}

static struct neap_control *open_control(const char *name) {
    struct neap_control *control = NULL;
    EXPECT_INT(neap_control_open(loop, name, &OPTIONS, &control, why), 0);
    return control;
}

struct client { /* what its thread sends and got */
    const char *words[4];
    size_t count;
    int err;
    enum neap_control_answer how;
    struct neap_bytes text;
};

static void *ask(void *context) {
    struct client *client = context;
    char path[NEAP_SOCKET_PATH];
    client->err = neap_socket_path("t", path, why);
    if (client->err == 0)
        client->err = neap_inquiry(
            path, &(struct neap_inquiry){ .words = client->words, .count = client->count },
            &client->how, &client->text, why);
    neap_foreground_note(loop);
    return NULL;
}

/* One command to a node called "t". */
static struct client asked(const char *command, const char *argument) {
    struct client client = { .words = { command, argument },
                             .count = argument != NULL ? 2 : 1 };
    struct neap_control *control = open_control("t");
    pthread_t thread;
    later.control = control;
    pthread_create(&thread, NULL, ask, &client);
    neap_foreground_run(loop);
    pthread_join(thread, NULL);
    neap_control_close(control);
    return client;
}

TEST(a_command_gets_its_words_and_the_client_its_text) {
    begin();

    struct client client = asked("echo", "a b");

    EXPECT_INT(client.err, 0);
    EXPECT_INT(client.how, NEAP_CONTROL_OK);
    EXPECT_BYTES(client.text.data, client.text.len, "[a b]", 5);
    neap_bytes_fini(&client.text);
    end();
}

TEST(a_command_may_be_answered_later_and_in_part) {
    begin();

    struct client client = asked("later", NULL);

    EXPECT_INT(client.err, 0);
    EXPECT_INT(client.how, NEAP_CONTROL_PARTLY);
    EXPECT_BYTES(client.text.data, client.text.len, "done, but for x\n", 16);
    EXPECT_INT(later.alarm, 1);
    neap_bytes_fini(&client.text);
    end();
}

TEST(a_command_that_fails_says_why) {
    begin();

    struct client client = asked("fail", NULL);

    EXPECT_INT(client.err, 0);
    EXPECT_INT(client.how, NEAP_CONTROL_FAILED);
    EXPECT_BYTES(client.text.data, client.text.len, "no\n", 3);
    neap_bytes_fini(&client.text);
    end();
}

TEST(an_unknown_command_is_refused) {
    begin();

    struct client client = asked("nonsense", NULL);

    EXPECT_INT(client.err, 0);
    EXPECT_INT(client.how, NEAP_CONTROL_FAILED);
    neap_bytes_fini(&client.text);
    end();
}

TEST(a_long_answer_arrives_whole) {
    begin();

    struct client client = asked("much", NULL);

    EXPECT_INT(client.err, 0);
    EXPECT_U64(client.text.len, 3200000);
    neap_bytes_fini(&client.text);
    end();
}

/* Sends raw bytes, then waits for the node to answer and to close. */
static void *send_raw(void *size) {
    static char bytes[3 * NEAP_CONTROL_REQUEST];
    char path[NEAP_SOCKET_PATH];
    int fd;
    memset(bytes, 'x', sizeof bytes);
    if (neap_socket_path("t", path, why) == 0 && neap_socket_connect(path, &fd) == 0) {
        send(fd, bytes, *(size_t *)size, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while (read(fd, bytes, sizeof bytes) > 0)
            ;
        close(fd);
    }
    neap_foreground_note(loop);
    return NULL;
}

static void survive_raw(size_t size) {
    struct neap_control *control = open_control("t");
    pthread_t thread;
    later.control = control;
    pthread_create(&thread, NULL, send_raw, &size);
    neap_foreground_run(loop);
    pthread_join(thread, NULL);
    neap_control_close(control);
}

TEST(a_request_that_is_too_long_or_has_no_end_ends_its_connection) {
    begin();

    survive_raw(0);
    survive_raw(10);
    survive_raw(NEAP_CONTROL_REQUEST - 1);
    survive_raw(NEAP_CONTROL_REQUEST);
    survive_raw(3 * NEAP_CONTROL_REQUEST);

    end();
}

TEST(a_name_is_taken_while_its_node_lives) {
    begin();
    struct neap_control *first = open_control("t");
    struct neap_control *second = NULL;

    EXPECT_INT(neap_control_open(loop, "t", &OPTIONS, &second, why), NEAP_ETAKEN);
    EXPECT_TRUE(strstr(why, "a node called \"t\" is already running") != NULL);

    neap_control_close(first);
    second = open_control("t");
    neap_control_close(second);
    end();
}

TEST(the_socket_of_a_dead_node_is_taken_over) {
    begin();
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct stat st;
    neap_control_close(open_control("t"));
    EXPECT_INT(neap_socket_path("t", at.sun_path, why), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    EXPECT_INT(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd);

    struct neap_control *control = open_control("t");

    EXPECT_INT(stat(at.sun_path, &st), 0);
    EXPECT_INT(st.st_mode & 0777, 0600);
    neap_control_close(control);
    end();
}

TEST(a_directory_that_others_may_enter_is_refused) {
    begin();
    struct neap_control *control = NULL;
    char dir[128];
    snprintf(dir, sizeof dir, "%s/neap", home);
    EXPECT_INT(mkdir(dir, 0755), 0);
    EXPECT_INT(chmod(dir, 0755), 0);

    EXPECT_INT(neap_control_open(loop, "t", &OPTIONS, &control, why), NEAP_EINVALID);

    EXPECT_TRUE(strstr(why, "has mode 0755; expected 0700") != NULL);
    end();
}

TEST(a_path_that_is_too_long_is_refused_with_its_length) {
    begin();
    char path[NEAP_SOCKET_PATH];
    char deep[200] = "/tmp/";
    memset(deep + 5, 'x', 150);
    setenv("XDG_RUNTIME_DIR", deep, 1);

    EXPECT_INT(neap_socket_path("t", path, why), NEAP_EINVALID);

    EXPECT_TRUE(strstr(why, "would have 167 bytes, the system allows 107") != NULL);
    end();
}

TEST(names_are_those_that_make_a_file_name) {
    EXPECT_TRUE(neap_socket_name_is_valid("my shop"));
    EXPECT_FALSE(neap_socket_name_is_valid(""));
    EXPECT_FALSE(neap_socket_name_is_valid(".."));
    EXPECT_FALSE(neap_socket_name_is_valid("a/b"));
    EXPECT_FALSE(neap_socket_name_is_valid("a\nb"));
}

TEST(the_nodes_that_answer_are_listed) {
    begin();
    struct neap_control *b = open_control("b");
    struct neap_control *a = open_control("a");
    struct neap_socket_names all;

    neap_socket_names_init(&all);

    EXPECT_INT(all.count, 2);
    EXPECT_STR(all.names[0], "a");
    neap_socket_names_fini(&all);
    neap_control_close(a);
    neap_control_close(b);
    end();
}
