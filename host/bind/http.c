/* HTTP: opening a server, and what a handler process asks and answers. The options were
 * checked by lua/neap/http/options.lua, answers by lua/neap/http/response.lua. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/exit.h"
#include "core/grants.h"
#include "core/node.h"
#include "core/process.h"
#include "core/reset.h"
#include "core/spawn.h"
#include "core/worker.h"
#include "net/http_handler.h"
#include "net/http_request.h"
#include "net/http_server.h"
#include "vm/codec.h"
#include "vm/exit_reason.h"
#include "vm/fail.h"
#include "vm/value.h"
#include "vm/vm.h"

#include <stdio.h>
#include <string.h>

enum { FIELDS_MAX = 128 };

/* --- making handlers --- */

struct maker { /* how the handlers of one server are made */
    struct neap_runtime *runtime;
    struct neap_limits limits;
    struct neap_message *what; /* copied for each */
    struct neap_message *args;
    struct neap_grants *grants; /* the server's */
    neap_time request_timeout;
    char module[129];
};

static struct neap_message *copy(const struct neap_message *m) {
    return neap_message_new(m->kind, m->payload, m->size, m->blobs, m->blob_count);
}

static int make_handler(void *context, struct neap_worker *worker, struct neap_pid server,
                        struct neap_resource *resource) {
    const struct maker *m = context;
    struct neap_spawned out = { 0 };
    struct neap_spawn_options options = {
        .adopter = server,
        .worker = worker,
        .resource = resource,
        .limits = m->limits,
        .grants = m->grants,
        .module = m->module,
        .body = &neap_vm_new(m->runtime, NEAP_START_HTTP, copy(m->what), copy(m->args))->body,
    };
    return neap_spawn(neap_worker_node(worker), &options, &out);
}

static void report_expiry(struct neap_worker *worker, struct neap_pid handler,
                          const char *text) {
    char pid[NEAP_PID_TEXT];
    struct neap_log_field why = { "why", text, strlen(text), false };
    const struct neap_log *log = neap_node_log(neap_worker_node(worker));
    if (!neap_log_admit(log, NEAP_LOG_WARN, "http.expired", &why, 1))
        return;
    neap_pid_format(handler, pid);
    neap_log_write(log, NEAP_LOG_WARN, pid, "http.expired", &why, 1);
}

static void expire_handler(void *context, struct neap_worker *worker,
                           struct neap_pid handler, const char *what) {
    const struct maker *m = context;
    char text[80];
    snprintf(text, sizeof text, "%s took longer than %.0f ms", what,
             (double)m->request_timeout / 1e6);
    report_expiry(worker, handler, text);
    struct neap_reason reason = neap_reason_timeout(text);
    neap_exit_doom(neap_worker_node(worker), handler, reason);
    neap_reason_unref(reason);
}

static void free_maker(void *context) {
    struct maker *m = context;
    neap_message_free(m->what);
    neap_message_free(m->args);
    neap_grants_unref(m->grants);
    neap_free(m);
}

/* --- the server --- */

/* Whole milliseconds, at least one: what is over as soon as it begins would be no time-out. */
static neap_time read_time(lua_State *L, const char *key, uint64_t otherwise) {
    uint64_t ms = neap_field_count(L, 1, key, otherwise);
    if (ms >= NEAP_FOREVER / NEAP_MS)
        return NEAP_FOREVER;
    return (ms > 0 ? ms : 1) * NEAP_MS;
}

static void read_options(lua_State *L, struct neap_http_options *o) {
    *o = (struct neap_http_options){
        .port = (uint16_t)neap_field_count(L, 1, "port", 0),
        .pool_max = (uint32_t)neap_field_count(L, 1, "pool_max", 1000),
        .max_body = neap_field_count(L, 1, "max_body", 8u << 20),
        .idle_timeout = read_time(L, "idle_timeout", 60000),
        .request_timeout = read_time(L, "request_timeout", 30000),
    };
}

/* Encodes the value at `index`, or a list of one value, into a message on the vm. */
static void encode(struct neap_vm *vm, lua_State *L, int index, bool is_list) {
    struct neap_scratch *s = &vm->carrier->scratch;
    size_t max = (size_t)neap_process_limits(vm->process)->message;
    int err = is_list ? neap_encode_pack(s, L, &vm->handles, index, 1, "options", 1, max)
                      : neap_encode_value(s, L, &vm->handles, index, "handler", max);
    if (err != 0)
        neap_misuse(L, "neap.http", "%s", s->error);
}

static struct maker *make_maker(struct neap_vm *vm, const struct neap_limits *limits,
                                const char *module) {
    struct maker *m = neap_calloc(1, sizeof *m);
    m->runtime = vm->runtime;
    m->limits = *limits;
    m->what = vm->half_spawned;
    vm->half_spawned = NULL;
    m->args = neap_scratch_message(&vm->carrier->scratch, NEAP_MESSAGE_VALUE);
    m->grants = neap_process_inspect_grants(neap_process_node(vm->process),
                                            neap_process_pid(vm->process));
    snprintf(m->module, sizeof m->module, "%s", module);
    return m;
}

/* http_open(options, handler, handler_options): the address, or nil and an error. */
static int l_open(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_http_options options;
    struct neap_limits limits;
    char address[64] = "", why[NEAP_HTTP_WHY] = "";
    neap_need(vm, L, NEAP_GRANT_NET, "net", "neap.http");
    read_options(L, &options);
    neap_arg_limits(L, 1, &limits);
    neap_field_text(L, 1, "host", address, sizeof address);
    options.address = address;
    const char *module = neap_arg_string(L, 2, "neap.http", NULL);
    encode(vm, L, 2, false);
    neap_vm_free_message(vm, &vm->half_spawned);
    vm->half_spawned = neap_scratch_message(&vm->carrier->scratch, NEAP_MESSAGE_VALUE);
    encode(vm, L, 3, true);
    neap_crit_enter(&vm->carrier->cell);
    struct maker *m = make_maker(vm, &limits, module);
    m->request_timeout = options.request_timeout;
    struct neap_http_handlers handlers = { make_handler, expire_handler, free_maker, m };
    int err = neap_http_server_open(vm->process, &options, &handlers, why);
    if (err == 0) {
        snprintf(address, sizeof address, "%s",
                 neap_http_server_address(neap_http_server_of(vm->process)));
        neap_process_set_listen(vm->process, address);
    }
    neap_crit_leave(&vm->carrier->cell);
    if (err != 0)
        return neap_fail(vm, L, err == NEAP_ETAKEN ? "taken" : "invalid", "%s", why);
    lua_pushstring(L, address);
    return 1;
}

static int try_drain(struct neap_vm *vm, lua_State *L, bool is_late) {
    struct neap_http_server *s = neap_http_server_of(vm->process);
    neap_crit_enter(&vm->carrier->cell);
    int err = s == NULL ? 0 : neap_http_server_drain(s);
    neap_crit_leave(&vm->carrier->cell);
    if (err == NEAP_EWAIT && !is_late)
        return err;
    lua_pushboolean(L, err == 0);
    return 1;
}

/* Sets up a wait for one of the process's resources. */
static int wait_io(struct neap_vm *vm, lua_State *L, const char *name,
                   int (*io)(struct neap_vm *, lua_State *, bool)) {
    neap_wait_clear(vm);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_IO, .deadline = NEAP_FOREVER, .io = io };
    return neap_wait_start(vm, L, name);
}

static int l_drain(lua_State *L) {
    return wait_io(neap_vm_current(), L, "neap.http", try_drain);
}

/* --- the next request ---
 *
 * The request and its connection belong to the loop, which may close them as soon as another
 * carrier drives it: so who reads them keeps the worker (NEAP_PIN). */

static struct neap_http_handler *handler_of(struct neap_vm *vm, lua_State *L) {
    struct neap_http_handler *h = neap_http_handler_of(vm->process);
    if (h == NULL)
        neap_misuse(L, "neap.http", "this process is no handler of requests");
    return h;
}

static void push_span(lua_State *L, const struct neap_http_request *r,
                      struct neap_http_span span) {
    lua_pushlstring(L, neap_http_request_text(r, span), span.length);
}

static int push_request(lua_State *L, const struct neap_http_handler *h) {
    const struct neap_http_request *r = neap_http_handler_request(h);
    lua_pushnumber(L, (lua_Number)neap_http_handler_serial(h));
    lua_pushstring(L, neap_http_request_method(r));
    push_span(L, r, r->path);
    if (r->query.at == 0)
        lua_pushnil(L);
    else
        push_span(L, r, r->query);
    return 4;
}

static int try_next(struct neap_vm *vm, lua_State *L, bool is_late) {
    struct neap_http_handler *h = neap_http_handler_of(vm->process);
    (void)is_late;
    luaL_checkstack(L, 8, "a request");
    if (!neap_vm_is_current(vm) && !neap_http_handler_is_starting(h)) {
        lua_pushnil(L); /* requests get new code, hence a new process */
        return 1;
    }
    neap_crit_enter(&vm->carrier->cell);
    int err = neap_http_handler_next(h);
    neap_crit_leave(&vm->carrier->cell);
    if (err == NEAP_EWAIT)
        return err;
    if (err == 0)
        return push_request(L, h);
    lua_pushnil(L);
    return 1;
}

/* http_next(): serial, method, path, query or nil; nothing when the server has ended, or code
 * was replaced since this process loaded its own. What
 * the process did for the request before is over and done with. */
static int l_next(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    if (neap_http_handler_request(handler_of(vm, L)) !=
        NULL) /* `res` is a script's to change */
        neap_misuse(L, "response", "the request has not been answered");
    neap_wait_clear(vm);
    neap_crit_enter(&vm->carrier->cell);
    neap_process_reset(vm->process);
    neap_crit_leave(&vm->carrier->cell);
    return wait_io(vm, L, "neap.http", try_next);
}

/* The request if it still is the one with the serial in argument 1, or NULL: then a script
 * kept `req` longer than its request. */
static const struct neap_http_request *request_of(struct neap_vm *vm, lua_State *L) {
    struct neap_http_handler *h = handler_of(vm, L);
    bool same = lua_tonumber(L, 1) == (lua_Number)neap_http_handler_serial(h);
    const struct neap_http_request *r = same ? neap_http_handler_request(h) : NULL;
    if (r == NULL)
        neap_misuse(L, "req", "its request has been answered: nothing of it is left");
    return r;
}

/* Repeated ones are joined with ", " (RFC 9110, 5.3). */
static void add_field(lua_State *L, const struct neap_http_request *r,
                      const struct neap_http_field *f) {
    push_span(L, r, f->name);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    bool repeated = !lua_isnil(L, -1);
    if (repeated)
        lua_pushliteral(L, ", ");
    push_span(L, r, f->value);
    if (repeated)
        lua_concat(L, 3);
    else
        lua_remove(L, -2);
    lua_rawset(L, -3);
}

static int l_headers(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    const struct neap_http_request *r = request_of(vm, L);
    lua_createtable(L, 0, (int)r->field_count);
    for (uint32_t i = 0; i < r->field_count; i++)
        add_field(L, r, &r->fields[i]);
    return 1;
}

static int l_body(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    const struct neap_http_request *r = request_of(vm, L);
    lua_pushlstring(L, (const char *)r->body.data, r->body.len);
    return 1;
}

static int l_peer(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    char address[64];
    request_of(vm, L);
    uint16_t port = neap_http_handler_peer(handler_of(vm, L), address);
    lua_pushstring(L, address);
    lua_pushinteger(L, port);
    return 2;
}

/* --- the answer --- */

struct fields {
    struct neap_http_line all[FIELDS_MAX];
    size_t count;
};

static const char *text_at(lua_State *L, int table, int i, size_t *size) {
    lua_rawgeti(L, table, i);
    const char *text = lua_tolstring(L, -1, size);
    lua_pop(L, 1); /* the table keeps it */
    return text;
}

/* The flat list { name, value, ... } at `index`, of strings. */
static void read_fields(lua_State *L, int index, struct fields *f) {
    f->count = 0;
    if (lua_isnoneornil(L, index))
        return;
    size_t count = lua_objlen(L, index) / 2;
    if (count > FIELDS_MAX)
        neap_misuse(L, "response", "it has %zu header lines; expected at most %d", count,
                    FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct neap_http_line *to = &f->all[f->count++];
        to->name = text_at(L, index, (int)(2 * i + 1), &to->name_size);
        to->value = text_at(L, index, (int)(2 * i + 2), &to->value_size);
    }
}

/* Bytes of a string or a buffer; nil has none. */
static const char *read_bytes(struct neap_vm *vm, lua_State *L, int index, size_t *size) {
    *size = 0;
    if (lua_isnoneornil(L, index))
        return NULL;
    const struct neap_blob *blob = neap_handle_to_buffer(L, &vm->handles, index);
    if (blob == NULL)
        return neap_arg_string(L, index, "response", size);
    *size = neap_blob_size(blob);
    return (const char *)neap_blob_data(blob);
}

static bool has_started(const struct neap_http_handler *h) {
    return neap_http_handler_request(h) != NULL && neap_http_handler_has_started(h);
}

static int respond(struct neap_vm *vm, lua_State *L,
                   const struct neap_http_answer *answer, int body_index) {
    NEAP_PIN(&vm->carrier->cell);
    struct neap_http_handler *h = handler_of(vm, L);
    size_t size;
    if (has_started(h)) /* a script has changed what is behind `res` */
        neap_misuse(L, "response", "it has been started already");
    const char *body = read_bytes(vm, L, body_index, &size);
    if (answer->is_sized)
        size = (size_t)answer->size;
    neap_crit_enter(&vm->carrier->cell);
    if (neap_http_handler_request(h) != NULL)
        neap_http_handler_respond(h, answer, body, size);
    neap_crit_leave(&vm->carrier->cell);
    return 0;
}

/* The answer of a status and its fields at `index`; the size behind it is for those that say
 * it before they have the body. */
static struct neap_http_answer answer_of(lua_State *L, int index, struct fields *f,
                                         int size) {
    read_fields(L, index + 1, f);
    struct neap_http_answer answer = { .status = (int)lua_tonumber(L, index),
                                       .lines = f->all,
                                       .line_count = f->count };
    answer.is_sized = lua_type(L, size) == LUA_TNUMBER;
    if (answer.is_sized)
        answer.size = (uint64_t)lua_tonumber(L, size);
    return answer;
}

/* http_respond(status, fields, body [, size]): the size instead of the body, for HEAD. */
static int l_respond(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct fields f;
    struct neap_http_answer answer = answer_of(L, 1, &f, 4);
    return respond(vm, L, &answer, 3);
}

/* http_text(body): 200, as text. */
static int l_text(lua_State *L) {
    static const struct neap_http_line TYPE = { "content-type", 12,
                                                "text/plain; charset=utf-8", 25 };
    static const struct neap_http_answer ANSWER = { 200, &TYPE, 1, false, 0 };
    return respond(neap_vm_current(), L, &ANSWER, 1);
}

static int fail_closed(struct neap_vm *vm, lua_State *L) {
    return neap_fail(vm, L, "closed", "the client is gone");
}

/* http_start(serial, status, fields [, size]): true, or nil and an error. */
static int l_start(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    struct fields f;
    request_of(vm, L);
    struct neap_http_handler *h = handler_of(vm, L);
    if (neap_http_handler_has_started(h))
        neap_misuse(L, "res:start", "the response has been started already");
    struct neap_http_answer answer = answer_of(L, 2, &f, 4);
    neap_crit_enter(&vm->carrier->cell);
    int err = neap_http_handler_start(h, &answer);
    neap_crit_leave(&vm->carrier->cell);
    if (err != 0)
        return fail_closed(vm, L);
    lua_pushboolean(L, 1);
    return 1;
}

static int try_drained(struct neap_vm *vm, lua_State *L, bool is_late) {
    struct neap_http_handler *h = neap_http_handler_of(vm->process);
    (void)is_late;
    if (!neap_http_handler_is_drained(h))
        return NEAP_EWAIT;
    if (neap_http_handler_is_gone(h))
        return fail_closed(vm, L);
    lua_pushboolean(L, 1);
    return 1;
}

/* http_write(serial, bytes): true, or nil and an error; waits while the client is slow. It is
 * a wait also where the client is fast, or gone: a long stream is no long turn. */
static int l_write(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    size_t size;
    request_of(vm, L);
    struct neap_http_handler *h = handler_of(vm, L);
    if (!neap_http_handler_has_started(h))
        neap_misuse(L, "res:write", "call res:start(status [, headers]) first");
    const char *bytes = read_bytes(vm, L, 2, &size);
    neap_crit_enter(&vm->carrier->cell);
    neap_http_handler_write(h, bytes, size);
    neap_crit_leave(&vm->carrier->cell);
    return wait_io(vm, L, "res:write", try_drained);
}

/* http_started(): whether the answer to the current request has begun. */
static int l_started(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    struct neap_http_handler *h = handler_of(vm, L);
    lua_pushboolean(L, has_started(h));
    return 1;
}

/* http_end(): a streamed answer is complete. */
static int l_end(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    NEAP_PIN(&vm->carrier->cell);
    struct neap_http_handler *h = handler_of(vm, L);
    if (!has_started(h))
        neap_misuse(L, "response", "it has not been started: res:start does that");
    neap_crit_enter(&vm->carrier->cell);
    neap_http_handler_end(h);
    neap_crit_leave(&vm->carrier->cell);
    return 0;
}

const luaL_Reg NEAP_BIND_HTTP[] = {
    { "http_open", l_open },
    { "http_drain", l_drain },
    { "http_next", l_next },
    { "http_headers", l_headers },
    { "http_body", l_body },
    { "http_peer", l_peer },
    { "http_respond", l_respond },
    { "http_text", l_text },
    { "http_start", l_start },
    { "http_write", l_write },
    { "http_started", l_started },
    { "http_end", l_end },
    { NULL, NULL },
};
