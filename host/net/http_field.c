#include "net/http_field.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
enum {
    T = NEAP_HTTP_TEXT,
    V = NEAP_HTTP_TEXT | NEAP_HTTP_VISIBLE,
    H = NEAP_HTTP_TEXT | NEAP_HTTP_VISIBLE | NEAP_HTTP_HOST,
    K = NEAP_HTTP_TEXT | NEAP_HTTP_VISIBLE | NEAP_HTTP_TOKEN,
    A = NEAP_HTTP_TEXT | NEAP_HTTP_VISIBLE | NEAP_HTTP_TOKEN | NEAP_HTTP_HOST,
};

const uint8_t neap_http_characters[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, T, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
 /*    !  "  #  $  %  &  '  (  )  *  +  ,  -  .  / */
    T, A, V, K, A, A, A, A, H, H, A, A, V, A, A, V,
 /* 0                             :  ;  <  =  >  ? */
    A, A, A, A, A, A, A, A, A, A, V, H, V, H, V, V,
 /* @  A                                           */
    V, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
 /*                                  [  \  ]  ^  _ */
    A, A, A, A, A, A, A, A, A, A, A, V, V, V, K, A,
 /* `  a                                           */
    K, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A,
 /*                                  {  |  }  ~    */
    A, A, A, A, A, A, A, A, A, A, A, V, K, V, A, 0,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T,
};
/* clang-format on */

/* Fields that say where a message ends or what becomes of the connection. */
static const char *const OURS[] = {
    "connection",       "content-length", "transfer-encoding", "keep-alive",
    "proxy-connection", "trailer",        "upgrade",
};

/* --- reading --- */

#define EACH(byte) (0x0101010101010101ull * (byte))

/* True when one of eight bytes may be below 0x20 or 0x7f; a tab is, too. */
static bool suspicious(uint64_t eight) {
    uint64_t low = (eight - EACH(0x20)) & ~eight;
    uint64_t delete = eight ^ EACH(0x7f);
    return ((low | ((delete - EACH(1)) & ~delete)) & EACH(0x80)) != 0;
}

size_t neap_http_text_run(const uint8_t *bytes, size_t size) {
    size_t n = 0;
    for (; size - n >= 8; n += 8) {
        uint64_t eight;
        memcpy(&eight, bytes + n, 8);
        if (suspicious(eight) && neap_http_run(bytes + n, 8, NEAP_HTTP_TEXT) < 8)
            break;
    }
    return n + neap_http_run(bytes + n, size - n, NEAP_HTTP_TEXT);
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool neap_http_same(const char *bytes, size_t size, const char *word) {
    size_t i = 0;
    while (i < size && word[i] != '\0' && lower(bytes[i]) == word[i])
        i++;
    return i == size && word[i] == '\0';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool neap_http_lists(const char *list, size_t size, const char *word) {
    const char *end = list + size;
    for (const char *at = list; at < end; at++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma != NULL ? comma : end;
        const char *last = stop;
        while (at < last && is_blank(*at))
            at++;
        while (last > at && is_blank(last[-1]))
            last--;
        if (neap_http_same(at, (size_t)(last - at), word))
            return true;
        at = stop;
    }
    return false;
}

/* --- what a handler may set --- */

struct shown { /* bytes as they may stand in a line of a log */
    char text[48];
};

static struct shown show(const char *bytes, size_t size) {
    struct shown s = { 0 };
    size_t n = size < sizeof s.text - 4 ? size : sizeof s.text - 4;
    for (size_t i = 0; i < n; i++)
        s.text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '?';
    if (n < size)
        memcpy(s.text + n, "...", 4);
    return s;
}

static int check_name(const char *name, size_t size, char why[NEAP_HTTP_WHY]) {
    size_t good = neap_http_run((const uint8_t *)name, size, NEAP_HTTP_TOKEN);
    if (size == 0) {
        snprintf(why, NEAP_HTTP_WHY, "the name of a header field is empty");
        return NEAP_EINVALID;
    }
    if (good == size)
        return 0;
    snprintf(
        why, NEAP_HTTP_WHY,
        "the header field \"%s\" has byte 0x%02x in its name; expected letters, digits "
        "and !#$%%&'*+-.^_`|~",
        show(name, size).text, (unsigned char)name[good]);
    return NEAP_EINVALID;
}

static int check_value(const char *name, size_t name_size, const char *value, size_t size,
                       char why[NEAP_HTTP_WHY]) {
    size_t good = neap_http_text_run((const uint8_t *)value, size);
    if (good == size)
        return 0;
    snprintf(
        why, NEAP_HTTP_WHY,
        "the header field \"%s\" has byte 0x%02x at position %zu of its value; expected "
        "no line breaks and no control characters (but tab)",
        show(name, name_size).text, (unsigned char)value[good], good + 1);
    return NEAP_EINVALID;
}

static int check_owner(const char *name, size_t size, char why[NEAP_HTTP_WHY]) {
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
        if (!neap_http_same(name, size, OURS[i]))
            continue;
        snprintf(
            why, NEAP_HTTP_WHY,
            "the header field \"%s\" is set by the host, from the body and the request; "
            "leave it out",
            OURS[i]);
        return NEAP_EINVALID;
    }
    return 0;
}

int neap_http_field_check(const char *name, size_t name_size, const char *value,
                          size_t value_size, char why[NEAP_HTTP_WHY]) {
    int err = check_name(name, name_size, why);
    if (err == 0)
        err = check_owner(name, name_size, why);
    if (err == 0)
        err = check_value(name, name_size, value, value_size, why);
    return err;
}
