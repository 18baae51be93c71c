#include "net/watch.h"

#include "net/foreground.h"
#include "test/test.h"

#include <sys/stat.h>
#include <unistd.h>

static struct neap_foreground *loop;
static struct neap_watch *watch;
static char home[64];
static int changes;
static int failures;
static int alarms;

static void nothing(void *context) {
    (void)context;
}

static void no_signal(void *context, int number) {
    (void)context;
    (void)number;
}

/* Stands for "nothing was told": the tests run until something is, or this rings. */
static void on_alarm(void *context, int alarm) {
    (void)context;
    (void)alarm;
    alarms++;
    neap_foreground_stop(loop);
}

static void on_change(void *context) {
    (void)context;
    changes++;
    neap_foreground_stop(loop);
}

static void on_failure(void *context, const char *folder, int err) {
    (void)context;
    (void)folder;
    failures += err != 0;
}

static void begin(void) {
    changes = failures = alarms = 0;
    strcpy(home, "/tmp/neap-watch-test-XXXXXX");
    EXPECT_TRUE(mkdtemp(home) != NULL);
    loop = neap_foreground_new(&(struct neap_foreground_events){
        .on_signal = no_signal, .on_note = nothing, .on_alarm = on_alarm });
    watch = neap_watch_new(loop, &(struct neap_watch_events){ .on_change = on_change,
                                                              .on_failure = on_failure });
}

static void end(void) {
    neap_watch_free(watch);
    neap_foreground_free(loop);
    rmdir(home);
}

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", home, name);
    return path;
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(path_of(name), "w");
    EXPECT_TRUE(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* Until a change is told. */
static void await_change(void) {
    neap_foreground_set_alarm(loop, 1, 20000);
    neap_foreground_run(loop);
    neap_foreground_clear_alarm(loop, 1);
    EXPECT_INT(alarms, 0);
}

/* Longer than a change would take to be told. */
static void expect_silence(void) {
    neap_foreground_set_alarm(loop, 0, 4 * NEAP_WATCH_MS);
    neap_foreground_run(loop);
    EXPECT_INT(alarms, 1);
}

/* Watches the folder, and lets what comes of that pass. */
static void add_home(void) {
    neap_watch_add(watch, home);
    await_change();
    EXPECT_INT(changes, 1);
}

TEST(a_folder_that_is_added_is_told_of_once) {
    begin();

    add_home();
    neap_watch_add(watch, home);
    expect_silence();

    EXPECT_INT(changes, 1);
    end();
}

TEST(a_lua_file_that_is_written_is_a_change) {
    begin();
    add_home();

    write_file("a.lua", "return 1");
    await_change();

    EXPECT_INT(changes, 2);
    unlink(path_of("a.lua"));
    end();
}

TEST(many_changes_together_are_told_once) {
    begin();
    add_home();

    for (int i = 0; i < 20; i++)
        write_file("a.lua", "return 1");
    await_change();
    expect_silence();

    EXPECT_INT(changes, 2);
    unlink(path_of("a.lua"));
    end();
}

TEST(a_file_that_takes_the_place_of_another_is_a_change) {
    begin();
    write_file("a.lua", "return 1");
    write_file("b.tmp", "return 2");
    add_home();
    char from[256];
    snprintf(from, sizeof from, "%s", path_of("b.tmp"));

    EXPECT_INT(rename(from, path_of("a.lua")), 0);
    await_change();

    EXPECT_INT(changes, 2);
    unlink(path_of("a.lua"));
    end();
}

TEST(files_that_are_no_code_are_none) {
    begin();
    add_home();

    write_file("app.log", "line");
    write_file("log", "line");
    expect_silence();

    EXPECT_INT(changes, 1);
    unlink(path_of("app.log"));
    unlink(path_of("log"));
    end();
}

TEST(a_folder_that_was_replaced_is_watched_again) {
    begin();
    add_home();
    rmdir(home);
    EXPECT_INT(mkdir(home, 0700), 0);
    await_change();
    EXPECT_INT(changes, 2);

    write_file("a.lua", "return 1");
    await_change();

    EXPECT_INT(changes, 3);
    unlink(path_of("a.lua"));
    end();
}

TEST(a_folder_that_is_not_there_is_told_once) {
    begin();

    neap_watch_add(watch, path_of("none"));
    await_change();

    EXPECT_INT(failures, 1);
    end();
}
