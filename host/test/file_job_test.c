#include "net/file_job.h"

#include "base/error.h"
#include "test/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static struct neap_file_job job_of(enum neap_file_verb verb, const char *name) {
    return (struct neap_file_job){ .verb = verb,
                                   .path = folder_path(name),
                                   .folder = strlen(folder),
                                   .anchor = strlen(folder),
                                   .max = 1000,
                                   .memory = 1000000,
                                   .length = UINT64_MAX,
                                   .follow = true };
}

static struct neap_file_job run(enum neap_file_verb verb, const char *name) {
    struct neap_file_job job = job_of(verb, name);
    neap_file_job_run(&job);
    return job;
}

static struct neap_file_job put(enum neap_file_verb verb, const char *name,
                                const char *text) {
    struct neap_file_job job = job_of(verb, name);
    job.data = text;
    job.size = strlen(text);
    neap_file_job_run(&job);
    return job;
}

#define EXPECT_READ(job, want)                                                           \
    do {                                                                                 \
        EXPECT_INT((job).err, 0);                                                        \
        EXPECT_BYTES((job).bytes, (job).len, (want), strlen(want));                      \
        neap_file_job_fini(&(job));                                                      \
    } while (0)

/* --- reading --- */

TEST(a_file_is_read_whole_or_in_part) {
    folder_make();
    folder_put("f", "0123456789", 10);
    struct neap_file_job whole = run(NEAP_FILE_READ, "f");
    EXPECT_READ(whole, "0123456789");
    static const struct {
        uint64_t offset, length;
        const char *want;
    } PARTS[] = { { 3, 4, "3456" },
                  { 8, 100, "89" },
                  { 0, 0, "" },
                  { 10, 5, "" },
                  { 9000000000000000, 1, "" },
                  { 0, 10, "0123456789" } };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        struct neap_file_job part = job_of(NEAP_FILE_READ, "f");
        part.offset = PARTS[i].offset;
        part.length = PARTS[i].length;
        neap_file_job_run(&part);
        EXPECT_READ(part, PARTS[i].want);
    }
    folder_remove();
}

TEST(a_file_of_exactly_max_bytes_is_read_and_one_more_is_refused) {
    char text[1001];
    memset(text, 'x', sizeof text);
    folder_make();
    folder_put("max", text, 1000);
    folder_put("more", text, 1001);

    struct neap_file_job max = run(NEAP_FILE_READ, "max");
    struct neap_file_job more = run(NEAP_FILE_READ, "more");

    EXPECT_INT(max.err, 0);
    EXPECT_U64(max.len, 1000);
    EXPECT_INT(more.err, NEAP_ELIMIT);
    EXPECT_U64(more.used, 1001);
    EXPECT_NULL(more.bytes);
    neap_file_job_fini(&max);
    folder_remove();
}

TEST(a_part_counts_by_its_own_length) {
    folder_make();
    folder_put("f", "0123456789", 10);
    struct neap_file_job job = job_of(NEAP_FILE_READ, "f");
    job.max = 4;
    job.offset = 6;

    neap_file_job_run(&job);

    EXPECT_READ(job, "6789");
    folder_remove();
}

/* A hole takes no room on the disk, and must take none in memory. */
TEST(a_huge_file_is_refused_before_it_is_read) {
    folder_make();
    folder_put("huge", "", 0);
    EXPECT_INT(truncate(folder_path("huge"), (off_t)1 << 40), 0);
    struct neap_file_job job = job_of(NEAP_FILE_READ, "huge");
    job.max = UINT64_MAX;

    neap_file_job_run(&job);

    EXPECT_INT(job.err, NEAP_EMEMORY);
    EXPECT_U64(job.used, (uint64_t)1 << 40);
    folder_remove();
}

/* The files of /proc say that they are empty: as one that grows after it was looked at. */
TEST(what_comes_beyond_the_size_is_read_or_refused) {
    struct neap_file_job job = { .verb = NEAP_FILE_READ, .path = "/proc/self/maps" };
    job.length = UINT64_MAX;
    job.max = job.memory = 1000000;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, 0);
    EXPECT_TRUE(job.len > 100);
    neap_file_job_fini(&job);

    job.max = 50;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, NEAP_ELIMIT);
    EXPECT_U64(job.used, 51);

    job.max = 1000000;
    job.memory = 60;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, NEAP_EMEMORY);
    EXPECT_U64(job.used, 61);
}

TEST(a_read_that_nobody_waits_for_ends) {
    folder_make();
    folder_put("f", "text", 4);
    struct neap_file_job job = job_of(NEAP_FILE_READ, "f");
    job.cancelled = 1;

    neap_file_job_run(&job);

    EXPECT_INT(job.err, -ECANCELED);
    EXPECT_NULL(job.bytes);
    folder_remove();
}

/* --- what is no regular file --- */

TEST(what_could_wait_for_ever_is_refused) {
    folder_make();
    EXPECT_INT(mkfifo(folder_path("pipe"), 0600), 0);
    EXPECT_INT(mkdir(folder_path("dir"), 0700), 0);
    EXPECT_INT(symlink("/dev/zero", folder_path("zero")), 0);
    static const enum neap_file_verb VERBS[] = { NEAP_FILE_READ, NEAP_FILE_WRITE,
                                                 NEAP_FILE_APPEND };
    for (size_t i = 0; i < 3; i++) {
        struct neap_file_job pipe = put(VERBS[i], "pipe", "x");
        EXPECT_INT(pipe.err, -EINVAL);
        EXPECT_STR(pipe.what, "it is a pipe, not a regular file");
        struct neap_file_job dir = put(VERBS[i], "dir", "x");
        EXPECT_INT(dir.err, -EISDIR);
        EXPECT_STR(dir.what, "it is a directory");
        struct neap_file_job zero = job_of(VERBS[i], "zero");
        zero.folder = zero.anchor = 0; /* anywhere */
        neap_file_job_run(&zero);
        EXPECT_INT(zero.err, -EINVAL);
    }
    EXPECT_INT(folder_count(), 3);
    folder_remove();
}

/* --- what leads out of the folder --- */

/* The job is for what lies below "in", where these links are. */
static struct neap_file_job within(enum neap_file_verb verb, const char *name) {
    struct neap_file_job job = job_of(verb, name);
    job.folder = strlen(folder_path("in"));
    job.data = "new";
    job.size = 3;
    neap_file_job_run(&job);
    return job;
}

static void make_ways_out(void) {
    folder_make();
    folder_put("out", "old", 3);
    EXPECT_INT(mkdir(folder_path("in"), 0700), 0);
    EXPECT_INT(mkdir(folder_path("dir"), 0700), 0);
    folder_put("in/f", "old", 3);
    EXPECT_INT(symlink("../out", folder_path("in/file")), 0);
    EXPECT_INT(symlink(folder_path("out"), folder_path("in/absolute")), 0);
    EXPECT_INT(symlink("..", folder_path("in/up")), 0);
    EXPECT_INT(symlink("f", folder_path("in/inside")), 0);
    EXPECT_INT(symlink("in", folder_path("link")), 0);
}

TEST(no_link_leads_out_of_the_folder) {
    static const char *const FILES[] = { "in/file", "in/absolute", "in/up/out" };
    static const enum neap_file_verb VERBS[] = { NEAP_FILE_READ, NEAP_FILE_WRITE,
                                                 NEAP_FILE_APPEND, NEAP_FILE_STAT };
    make_ways_out();
    for (size_t i = 0; i < 12; i++) {
        struct neap_file_job job = within(VERBS[i % 4], FILES[i / 4]);
        EXPECT_INT(job.err, -EXDEV);
        EXPECT_STR(job.what, "it leads out of the folder that was granted");
    }
    EXPECT_INT(within(NEAP_FILE_LIST, "in/up").err, -EXDEV);
    EXPECT_INT(within(NEAP_FILE_REMOVE, "in/up/out").err, -EXDEV);
    EXPECT_INT(within(NEAP_FILE_REMOVE, "in/up/dir").err, -EXDEV);
    EXPECT_INT(within(NEAP_FILE_MKDIR, "in/up/made").err, -EXDEV);
    EXPECT_STR(folder_get("out"), "old");
    EXPECT_INT(folder_count(), 4);
    folder_remove();
}

TEST(links_within_the_folder_are_followed_and_removed_as_what_they_are) {
    make_ways_out();
    struct neap_file_job read = within(NEAP_FILE_READ, "in/inside");
    EXPECT_READ(read, "old");
    EXPECT_INT(within(NEAP_FILE_WRITE, "in/inside").err, 0);
    EXPECT_STR(folder_get("in/f"), "new");
    EXPECT_INT(within(NEAP_FILE_REMOVE, "in/file").err, 0);
    EXPECT_STR(folder_get("out"), "old");
    folder_remove();
}

TEST(the_folder_itself_is_listed_and_neither_made_nor_removed) {
    make_ways_out();
    struct neap_file_job list = within(NEAP_FILE_LIST, "in");
    EXPECT_INT(list.err, 0);
    EXPECT_U64(list.count, 5);
    neap_file_job_fini(&list);
    EXPECT_INT(within(NEAP_FILE_STAT, "in").err, 0);
    EXPECT_INT(within(NEAP_FILE_MKDIR, "in").err, -EEXIST);
    EXPECT_INT(within(NEAP_FILE_WRITE, "in").err, -EISDIR);
    struct neap_file_job removed = within(NEAP_FILE_REMOVE, "in");
    EXPECT_INT(removed.err, -EBUSY);
    EXPECT_STR(removed.what, "it is the folder that was granted");
    folder_remove();
}

TEST(a_folder_that_was_granted_below_another_is_no_link) {
    make_ways_out();
    struct neap_file_job job = job_of(NEAP_FILE_READ, "link/f");
    job.folder = strlen(folder_path("link"));
    neap_file_job_run(&job);
    EXPECT_INT(job.err, -ELOOP);
    folder_remove();
}

/* --- writing --- */

TEST(a_new_file_is_written_with_its_mode) {
    mode_t mask = umask(022);
    folder_make();

    EXPECT_INT(put(NEAP_FILE_WRITE, "f", "text").err, 0);
    umask(077);
    EXPECT_INT(put(NEAP_FILE_WRITE, "g", "").err, 0);
    umask(mask);

    EXPECT_STR(folder_get("f"), "text");
    EXPECT_INT(folder_mode("f"), 0644);
    EXPECT_INT(folder_mode("g"), 0600);
    EXPECT_INT(folder_count(), 2);
    folder_remove();
}

TEST(a_file_that_is_written_anew_is_another_one_of_its_mode) {
    struct stat before, after;
    folder_make();
    folder_put("f", "old and longer", 14);
    EXPECT_INT(chmod(folder_path("f"), 04751), 0);
    stat(folder_path("f"), &before);

    EXPECT_INT(put(NEAP_FILE_WRITE, "f", "new").err, 0);

    stat(folder_path("f"), &after);
    EXPECT_STR(folder_get("f"), "new");
    EXPECT_INT(after.st_mode & 07777, 0751); /* not 04751: the owner may be another one */
    EXPECT_TRUE(before.st_ino != after.st_ino);
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

TEST(what_a_link_leads_to_is_written_and_the_link_stays) {
    struct stat st;
    folder_make();
    EXPECT_INT(mkdir(folder_path("sub"), 0700), 0);
    folder_put("sub/f", "old", 3);
    EXPECT_INT(symlink("sub/f", folder_path("link")), 0);
    EXPECT_INT(symlink("nowhere", folder_path("dangling")), 0);

    EXPECT_INT(put(NEAP_FILE_WRITE, "link", "new").err, 0);

    EXPECT_STR(folder_get("sub/f"), "new");
    EXPECT_INT(lstat(folder_path("link"), &st), 0);
    EXPECT_TRUE(S_ISLNK(st.st_mode));
    EXPECT_INT(put(NEAP_FILE_WRITE, "dangling", "new").err, -ENOENT);
    EXPECT_INT(folder_count(), 3);
    folder_remove();
}

TEST(a_long_name_leaves_room_for_the_temporary_one) {
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    folder_make();

    EXPECT_INT(put(NEAP_FILE_WRITE, name, "text").err, 0);

    EXPECT_STR(folder_get(name), "text");
    folder_remove();
}

TEST(a_write_that_nobody_waits_for_leaves_the_old_file_and_nothing_else) {
    folder_make();
    folder_put("f", "old", 3);
    struct neap_file_job job = job_of(NEAP_FILE_WRITE, "f");
    for (size_t size = 0; size <= 3; size += 3) { /* between two pieces, and at the end */
        job.data = "new";
        job.size = size;
        job.cancelled = 1;
        neap_file_job_run(&job);
        EXPECT_INT(job.err, -ECANCELED);
    }

    EXPECT_STR(folder_get("f"), "old");
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

/* A disk that is full, as far as this goes: what is written fails in the middle. */
TEST(a_write_that_fails_in_the_middle_leaves_the_old_file_and_nothing_else) {
    static char big[1 << 20];
    struct rlimit former, small;
    folder_make();
    folder_put("f", "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &former);
    small = former;
    small.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &small);
    struct neap_file_job job = job_of(NEAP_FILE_WRITE, "f");
    job.data = big;
    job.size = sizeof big;

    neap_file_job_run(&job);

    setrlimit(RLIMIT_FSIZE, &former);
    EXPECT_INT(job.err, -EFBIG);
    EXPECT_STR(folder_get("f"), "old");
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

TEST(what_can_not_be_written_says_why) {
    folder_make();
    folder_put("f", "", 0);

    EXPECT_INT(put(NEAP_FILE_WRITE, "no/f", "x").err, -ENOENT);
    EXPECT_INT(put(NEAP_FILE_WRITE, "f/f", "x").err, -ENOTDIR);
    EXPECT_INT(put(NEAP_FILE_WRITE, "f/", "x").err, -ENOTDIR);
    EXPECT_INT(put(NEAP_FILE_WRITE, "new/", "x").err, -EISDIR);
    EXPECT_INT(put(NEAP_FILE_APPEND, "no/f", "x").err, -ENOENT);
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

TEST(a_file_that_may_not_be_written_is_not_replaced) {
    if (geteuid() == 0 && seteuid(65534) != 0)
        return; /* to root everything is allowed */
    folder_make();
    folder_put("f", "old", 3);
    EXPECT_INT(chmod(folder_path("f"), 0444), 0);

    int err = put(NEAP_FILE_WRITE, "f", "new").err;

    EXPECT_STR(folder_get("f"), "old");
    EXPECT_INT(folder_count(), 1);
    folder_remove();
    (void)!seteuid(getuid());
    EXPECT_INT(err, -EACCES);
}

TEST(an_append_adds_to_the_end_and_makes_the_file) {
    folder_make();

    EXPECT_INT(put(NEAP_FILE_APPEND, "f", "one ").err, 0);
    EXPECT_INT(put(NEAP_FILE_APPEND, "f", "two").err, 0);
    EXPECT_INT(put(NEAP_FILE_APPEND, "f", "").err, 0);

    EXPECT_STR(folder_get("f"), "one two");
    folder_remove();
}

TEST(an_append_that_was_begun_is_ended_though_nobody_waits) {
    folder_make();
    struct neap_file_job job = job_of(NEAP_FILE_APPEND, "f");
    job.data = "line\n";
    job.size = 5;
    job.cancelled = 1;

    neap_file_job_run(&job);

    EXPECT_STR(folder_get("f"), "line\n");
    folder_remove();
}

/* --- listing and the rest --- */

TEST(a_directory_is_listed_in_order) {
    folder_make();
    folder_put("b", "", 0);
    folder_put("a", "", 0);
    folder_put("B", "", 0);
    folder_put(".hidden", "", 0);

    struct neap_file_job job = run(NEAP_FILE_LIST, ".");

    EXPECT_INT(job.err, 0);
    EXPECT_INT(job.count, 4);
    EXPECT_STR(job.names[0], ".hidden");
    EXPECT_STR(job.names[1], "B");
    EXPECT_STR(job.names[2], "a");
    EXPECT_STR(job.names[3], "b");
    neap_file_job_fini(&job);
    folder_remove();
}

TEST(a_directory_with_too_many_names_is_refused) {
    char name[32];
    folder_make();
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "file-with-a-long-name-%d", i);
        folder_put(name, "", 0);
    }
    struct neap_file_job job = job_of(NEAP_FILE_LIST, ".");

    job.max = 300;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, 0);
    EXPECT_INT(job.count, 300);
    neap_file_job_fini(&job);
    job.max = 299;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, NEAP_ELIMIT);
    EXPECT_U64(job.used, 300);
    job.max = 300;
    job.memory = 1000;
    neap_file_job_run(&job);
    EXPECT_INT(job.err, NEAP_EMEMORY);
    EXPECT_NULL(job.bytes);
    folder_remove();
}

TEST(an_empty_directory_and_one_that_is_none) {
    folder_make();
    struct neap_file_job job = run(NEAP_FILE_LIST, ".");
    EXPECT_INT(job.err, 0);
    EXPECT_INT(job.count, 0);
    neap_file_job_fini(&job);
    folder_put("f", "", 0);
    EXPECT_INT(run(NEAP_FILE_LIST, "f").err, -ENOTDIR);
    EXPECT_INT(run(NEAP_FILE_LIST, "no").err, -ENOENT);
    folder_remove();
}

TEST(facts_are_of_the_link_or_of_what_it_leads_to) {
    folder_make();
    folder_put("f", "text", 4);
    EXPECT_INT(chmod(folder_path("f"), 0640), 0);
    EXPECT_INT(symlink("f", folder_path("link")), 0);
    struct neap_file_job link = job_of(NEAP_FILE_STAT, "link");
    link.follow = false;

    struct neap_file_job file = run(NEAP_FILE_STAT, "link");
    neap_file_job_run(&link);

    EXPECT_INT(file.facts.type, NEAP_FILE_IS_FILE);
    EXPECT_INT(file.facts.mode, 0640);
    EXPECT_U64(file.facts.size, 4);
    EXPECT_TRUE(file.facts.modified > 1e9);
    EXPECT_INT(link.facts.type, NEAP_FILE_IS_LINK);
    EXPECT_TRUE(link.facts.inode != file.facts.inode);
    EXPECT_U64(link.facts.device, file.facts.device);
    EXPECT_INT(run(NEAP_FILE_STAT, ".").facts.type, NEAP_FILE_IS_DIRECTORY);
    EXPECT_INT(run(NEAP_FILE_STAT, "no").err, -ENOENT);
    folder_remove();
}

TEST(files_and_empty_directories_are_removed) {
    folder_make();
    EXPECT_INT(run(NEAP_FILE_MKDIR, "d").err, 0);
    EXPECT_INT(run(NEAP_FILE_MKDIR, "d").err, -EEXIST);
    folder_put("d/f", "", 0);
    EXPECT_INT(symlink("d", folder_path("link")), 0);

    EXPECT_INT(run(NEAP_FILE_REMOVE, "d").err, -ENOTEMPTY);
    EXPECT_INT(run(NEAP_FILE_REMOVE, "link").err, 0);
    EXPECT_INT(run(NEAP_FILE_REMOVE, "d/f").err, 0);
    EXPECT_INT(run(NEAP_FILE_REMOVE, "d").err, 0);
    EXPECT_INT(run(NEAP_FILE_REMOVE, "d").err, -ENOENT);
    EXPECT_INT(folder_count(), 0);
    folder_remove();
}

TEST(an_error_has_the_name_and_the_words_of_the_system) {
    char text[NEAP_FILE_TEXT];
    EXPECT_STR(neap_file_error(-ENOENT, text), "ENOENT");
    EXPECT_STR(text, "no such file or directory");
    EXPECT_STR(neap_file_error(-EDQUOT, text), "EDQUOT");
    EXPECT_STR(neap_file_error(-4000, text), "UNKNOWN");
    EXPECT_STR(text, "error 4000");
}

TEST(no_descriptor_is_left_open) {
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    folder_make();
    folder_put("f", "text", 4);
    for (int verb = 0; verb < NEAP_FILE_VERBS; verb++) { /* the last makes a directory */
        put(verb, "no/f", "x");
        struct neap_file_job job = put(verb, "f", "x");
        neap_file_job_fini(&job);
    }
    struct neap_file_job job = run(NEAP_FILE_LIST, "f");
    neap_file_job_fini(&job);
    folder_remove();
    int after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_INT(after, before + 1);
    close(before);
    close(after);
}
