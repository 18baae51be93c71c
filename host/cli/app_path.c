#include "cli/app_path.h"

#include "base/alloc.h"
#include "cli/complain.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_file(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static char *not_found(const char *command, const char *given, int err) {
    char lua[PATH_MAX + 8];
    snprintf(lua, sizeof lua, "%.*s.lua", PATH_MAX, given);
    if (err == ENOENT && is_file(lua))
        neap_complain(command, "there is no \"%s\": did you mean \"%s\"?", given, lua);
    else
        neap_complain(
            command,
            "cannot open \"%s\": %s; expected a directory with app.lua, or a .lua file",
            given, strerror(err));
    return NULL;
}

static bool readable(const char *command, const char *path) {
    if (access(path, R_OK) == 0)
        return true;
    neap_complain(command, "cannot read \"%s\": %s", path, strerror(errno));
    return false;
}

static bool check_directory(const char *command, const char *given, const char *dir) {
    char file[PATH_MAX + 16];
    struct stat st;
    snprintf(file, sizeof file, "%s/app.lua", dir);
    bool found = stat(file, &st) == 0;
    if (found && S_ISREG(st.st_mode))
        return readable(command, file);
    if (!found && errno != ENOENT) {
        neap_complain(command, "cannot open \"%s\": %s", file, strerror(errno));
        return false;
    }
    neap_complain(command,
                  "\"%s\" has no app.lua: expected a directory with app.lua, or a "
                  ".lua file",
                  given);
    return false;
}

static bool check_file(const char *command, const char *given, const struct stat *st,
                       const char *path) {
    const char *dot = strrchr(path, '.');
    bool lua = dot != NULL && strcmp(dot, ".lua") == 0;
    if (S_ISREG(st->st_mode) && lua)
        return readable(command, path);
    neap_complain(command,
                  "\"%s\" is neither a directory nor a .lua file: expected a directory "
                  "with app.lua, or a .lua file",
                  given);
    return false;
}

char *neap_app_path(const char *command, const char *given) {
    char path[PATH_MAX];
    struct stat st;
    if (realpath(given, path) == NULL || stat(path, &st) != 0)
        return not_found(command, given, errno);
    bool ok = S_ISDIR(st.st_mode) ? check_directory(command, given, path)
                                  : check_file(command, given, &st, path);
    return ok ? neap_strdup(path) : NULL;
}
