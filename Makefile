# neap - reliable services in Lua. `make help` lists the targets.
#
# Everything lands in $(BUILD); `rm -rf build` is always safe. V=1 shows the commands.
# Append your own flags with CFLAGS, LDFLAGS; choose the place with BUILD.

BUILD  ?= build
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
CFLAGS ?= -O2 -g

# The Debian packages, by what needs them.
PACKAGES_BUILD = gcc libc6-dev binutils pkgconf libluajit-5.1-dev libuv1-dev \
                 lua-cjson-dev lua-lpeg-dev node-llhttp
PACKAGES_TEST  = libcmocka-dev lua-busted luajit lua-cjson lua-posix
PACKAGES_BENCH = wrk
PACKAGES_PEERS = erlang-base nginx libnginx-mod-http-ndk python3 luajit lua-cjson
PACKAGES_LINT  = clang-tidy clang-format lua-check luarocks
PACKAGES_FUZZ  = clang libclang-rt-dev

# --- tools and flags ---------------------------------------------------------

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
ifeq ($(MAKELEVEL),0)
MAKEFLAGS   += -j2  # a -j of the caller wins
endif
Q           := $(if $(V),,@)
SAY          = @$(if $(V),:,echo)
SUBMAKE      = $(MAKE) --no-print-directory
LUA         ?= luajit# runs the specs, in the dialect of what they test

# -isystem, so that -MMD leaves the VM's headers out and -Werror does not judge them.
pkg         = $(shell pkg-config $(1) 2>/dev/null)
VM_CFLAGS  := $(patsubst -I%,-isystem %,$(call pkg,--cflags luajit))
UV_CFLAGS  := $(patsubst -I%,-isystem %,$(call pkg,--cflags libuv))
UV_LIBS    := $(or $(call pkg,--libs-only-L --libs-only-l libuv),-luv)
archive     = $(shell $(CC) -print-file-name=$(1) 2>/dev/null)
LUAJIT_A   := $(call archive,libluajit-5.1.a)
CJSON_A    := $(call archive,liblua5.1-cjson.a)
LPEG_A     := $(call archive,liblua5.1-lpeg.a)

LLHTTP     ?= /usr/share/llhttp# its C sources; the header is in the next
LLHTTP_H   ?= /usr/share/include/llhttp

HOST_CFLAGS := -std=gnu11 -D_GNU_SOURCE -fPIE -Wall -Wextra -Werror -Ihost \
               $(VM_CFLAGS) $(UV_CFLAGS) -isystem $(LLHTTP_H) -MMD -MP -pthread
LIBS        := $(UV_LIBS) -lm -ldl -lpthread

# SANITIZE is set by `make asan`, `tsan` and `fuzz` only, with a BUILD of its own.
# ASan: its alternate signal stack collides with the carriers' (A20). A killed process leaves
# its slot as it is, which is no leak: leaks are looked for in the unit tests only.
export ASAN_OPTIONS  ?= use_sigaltstack=0:detect_leaks=0:abort_on_error=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS  ?= second_deadlock_stack=1:die_after_fork=0
SANITIZE_address := -fsanitize=address,undefined -fno-sanitize-recover=undefined
SANITIZE_thread  := -fsanitize=thread -Wno-tsan
# With CC=clang, by `make fuzz`; the fuzzers themselves are linked with the rest of libFuzzer.
SANITIZE_fuzzer  := -fsanitize=fuzzer-no-link,address,undefined \
                    -fno-sanitize-recover=undefined -Wno-unknown-pragmas
ifdef SANITIZE
HOST_CFLAGS += -DNEAP_DEBUG -fno-omit-frame-pointer $(SANITIZE_$(SANITIZE))
# ThreadSanitizer notes where functions begin and end; a Lua error ends them without a word. With
# 11,000 that never ended, as after a script that catches as many errors, each lock it saw cost
# 90 KB, and the node all memory there is. So what Lua calls does not tell.
UNTOLD := $(if $(filter thread,$(SANITIZE)),--param=tsan-instrument-func-entry-exit=0)
$(BUILD)/obj/vm/%.o $(BUILD)/obj/bind/%.o: HOST_CFLAGS += $(UNTOLD)
LINK_FLAGS  := $(SANITIZE_$(SANITIZE))
endif

# The program is optimized across files: a round trip of a message is 17 % faster (2.37
# against 2.02 million a second, median of 3). Unit tests link the same objects without.
# What lies in the killable text, or decides what does, is kept out: no function that holds
# a lock may be inlined into it (vm/killable.h).
ifndef SANITIZE
LTO      := -flto=auto -ffat-lto-objects
LTO_LINK := -flto=2
endif
NO_LTO   := vm/heap vm/leaf vm/checkpoint vm/exec_arena vm/cell vm/selftest vm/native_calls

# --- files ---------------------------------------------------------------------

SOURCES := $(sort $(wildcard host/base/*.c host/core/*.c host/vm/*.c host/net/*.c \
                             host/bind/*.c host/cli/*.c host/vm/*.S))
object   = $(patsubst host/%,$(BUILD)/obj/%.o,$(basename $(1)))
LLHTTP_O := $(addprefix $(BUILD)/obj/llhttp/,api.o http.o llhttp.o)
OBJECTS := $(call object,$(SOURCES)) $(BUILD)/obj/vm/library_files.o $(LLHTTP_O)
MAIN    := $(BUILD)/obj/cli/main.o
SCRIPTS := $(shell find lua/neap -name '*.lua' 2>/dev/null | LC_ALL=C sort)
UNITS   := $(patsubst host/test/%.c,$(BUILD)/unit/%,$(wildcard host/test/*$(ONLY)*_test.c))
FUZZERS := $(patsubst host/fuzz/%.c,%,$(wildcard host/fuzz/*$(ONLY)*_fuzz.c))
REPLAYS := $(addprefix $(BUILD)/unit/,$(FUZZERS))
C_FILES  = $(wildcard host/*/*.c host/*/*.h)

# --- what people call ------------------------------------------------------------

all: $(BUILD)/neap  ## build the program from installed packages (default)

run: deps  ## install what is missing, build, and run the shop example: a web server
	+@$(SUBMAKE) all
	$(BUILD)/neap run examples/shop

test: deps  ## everything that must pass before a commit; what CI runs
	+@$(SUBMAKE) all units
	+@rm -f $(BUILD)/unit.log $(BUILD)/spec.log; failed=""; \
	for suite in unit spec layers; do \
	    $(SUBMAKE) $$suite || failed="$$failed $$suite"; \
	done; \
	cat $(BUILD)/unit.log $(BUILD)/spec.log 2>/dev/null | awk -f .ci/totals.awk || true; \
	[ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

# That nothing matches ONLY is a mistake, unless `test` or a sanitizer runs both suites.
NONE = exit $(if $(filter 0,$(MAKELEVEL)),1,0)

unit: units  ## C tests with cmocka, and the corpora of the fuzzers; ONLY=mailbox narrows
	@[ -n "$(UNITS)$(REPLAYS)" ] || { echo "no unit test matches '$(ONLY)'"; $(NONE); }
	@V=$(V) .ci/unit $(BUILD)/unit.log $(sort $(UNITS) $(REPLAYS))

units: $(UNITS) $(REPLAYS)

# Makes calls of the system fail, for failures_spec: loaded before the program's own libraries.
$(BUILD)/failing.so: spec/support/failing.c
	$(SAY) "CC $<"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O1 -g -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

# The specs run without the compiler of their own LuaJIT: it has the faults that a node keeps
# from its processes (vm/unsafe_trace.h).
spec: all $(BUILD)/failing.so  ## Lua specs with busted; ONLY=supervisor narrows by path
	@command -v busted >/dev/null || { $(call missing,busted,lua-busted); }
	@command -v $(LUA) >/dev/null || { $(call missing,$(LUA),luajit); }
	@specs=$$(find spec -path '*$(ONLY)*_spec.lua' | LC_ALL=C sort); \
	[ -n "$$specs" ] || { echo "no spec matches '$(ONLY)'"; $(NONE); }; \
	LUA_INIT='if jit then jit.off() end' \
	NEAP=$(abspath $(BUILD)/neap) busted --lua=$$(command -v $(LUA)) $$specs 2>&1 \
	    | tee $(BUILD)/spec.log

asan:  ## the same tests under AddressSanitizer and UBSan, in build/asan
	+@$(SUBMAKE) BUILD=build/asan SANITIZE=address ASAN_OPTIONS=$(ASAN_OPTIONS):detect_leaks=1 unit
	+@$(SUBMAKE) BUILD=build/asan SANITIZE=address SPEC_DEADLINE=300 spec

tsan:  ## the same tests under ThreadSanitizer, in build/tsan
	+@$(SUBMAKE) BUILD=build/tsan SANITIZE=thread unit
	+@$(SUBMAKE) BUILD=build/tsan SANITIZE=thread SPEC_DEADLINE=300 spec

# spec/soak for as long as you like. A failure names the SEED to begin with.
soak soak-asan soak-tsan: T ?= 120
soak:      KILLS ?= 1000000
soak-asan soak-tsan: KILLS ?= 20000
SOAK = SOAK_SECONDS=$(T) SOAK_KILLS=$(KILLS) SOAK_SEED=$(SEED) $(SUBMAKE) ONLY=soak/soak
soak: all  ## random traffic beside a model of what must arrive, and kills; T=120 SEED=1 KILLS=1000000
	+@$(SOAK) spec

soak-asan:  ## the same under AddressSanitizer and UBSan
	+@$(SOAK) BUILD=build/asan SANITIZE=address SPEC_DEADLINE=300 spec

soak-tsan:  ## the same under ThreadSanitizer
	+@$(SOAK) BUILD=build/tsan SANITIZE=thread SPEC_DEADLINE=300 spec

# What it finds lands in build/fuzz; what is worth keeping is copied to host/fuzz/corpus.
fuzz: T ?= 60
fuzz: deps-fuzz  ## fuzzers with clang's libFuzzer, T=60 seconds each; ONLY=http narrows
	@[ -n "$(FUZZERS)" ] || { echo "no fuzzer matches '$(ONLY)'"; exit 1; }
	+@$(SUBMAKE) BUILD=build/fuzz SANITIZE=fuzzer CC=clang CFLAGS="-O1 -g" fuzzers
	@.ci/fuzz build/fuzz $(T) $(FUZZERS)

fuzzers: $(addprefix $(BUILD)/,$(FUZZERS))

layers:  ## no include or require points upward; every module and folder has its mirror
	@.ci/layers

bench: deps-bench  ## one line of JSON per figure
	+@$(SUBMAKE) all
	NEAP=$(abspath $(BUILD)/neap) spec/bench/run

# The other systems' drivers are not part of this tree; what they build lands in BUILD, too.
PEERS     ?= ../shared/peers
PEERS_TMP ?= $(BUILD)/peers
PEERS_ENV  = PEERS=$(abspath $(PEERS)) PEERS_TMP=$(abspath $(PEERS_TMP))

bench-peers:  ## the same on neap and its peers, in turns; ONLY=spawn,ring ROUNDS=5 PEERS=DIR
	@[ -d "$(PEERS)" ] || { echo "no peers at $(PEERS): PEERS=DIR names another folder" >&2; exit 2; }
	+@$(SUBMAKE) deps-peers
	+@$(SUBMAKE) all
	@$(PEERS_ENV) ONLY=$(ONLY) NEAP=$(abspath $(BUILD)/neap) spec/bench/peers/run

# --- lint --------------------------------------------------------------------------

lint: lint-tools lint-format lint-tidy lint-crit lint-lua  ## clang-format, clang-tidy, luacheck, critical sections

lint-tools:
	@command -v clang-tidy   >/dev/null || { $(call missing,clang-tidy,clang-tidy); }
	@command -v clang-format >/dev/null || { $(call missing,clang-format,clang-format); }
	@command -v luacheck     >/dev/null || { $(call missing,luacheck,lua-check); }

lint-format: lint-tools
	@clang-format --dry-run -Werror $(C_FILES)

lint-tidy: lint-tools
	@printf '%s\n' $(wildcard host/*/*.c) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet "$$@" -- \
	    $(filter-out -M% -Werror,$(HOST_CFLAGS)) 2>/dev/null || exit 1' clang-tidy

lint-crit:
	@awk -f .ci/crit.awk $(wildcard host/vm/*.[ch] host/bind/*.[ch]) /dev/null

lint-lua: lint-tools
	@luacheck --quiet --no-color lua spec examples host/fuzz
	@! command -v luarocks >/dev/null || luarocks lint rockspec/neap-scm-1.rockspec

format:  ## clang-format (and stylua, if there is one) in place
	clang-format -i $(C_FILES)
	@! command -v stylua >/dev/null || stylua lua spec examples

# --- packages ------------------------------------------------------------------------

deps:  ## install the Debian packages that `run` and `test` miss
	@.ci/deps $(PACKAGES_BUILD) $(PACKAGES_TEST)

deps-bench: deps  ## install the Debian packages that `bench` misses
	@.ci/deps $(PACKAGES_BENCH)

deps-peers: deps-bench  ## install what `bench-peers` misses; of nginx's Lua module a private copy
	@.ci/deps $(PACKAGES_PEERS)
	@$(PEERS_ENV) spec/bench/peers/setup

deps-fuzz: deps  ## install the Debian packages that `fuzz` misses
	@.ci/deps $(PACKAGES_FUZZ)

deps-lint:  ## install the Debian packages that `lint` misses
	@.ci/deps $(PACKAGES_LINT)

missing = echo "$(1) is missing: install the Debian package $(2) (make deps, or make deps-lint)" >&2; exit 1
header  = $(CC) -E $(VM_CFLAGS) $(UV_CFLAGS) -include $(1) -x c /dev/null -o /dev/null 2>/dev/null

# Says in one line what is not installed, before a compiler says it in fifty.
packages:
	@command -v $(CC)      >/dev/null || { $(call missing,$(CC),gcc); }
	@command -v objcopy    >/dev/null || { $(call missing,objcopy,binutils); }
	@command -v pkg-config >/dev/null || { $(call missing,pkg-config,pkgconf); }
	@$(call header,stdio.h)  || { $(call missing,stdio.h,libc6-dev); }
	@$(call header,luajit.h) || { $(call missing,luajit.h,libluajit-5.1-dev); }
	@[ -f "$(LUAJIT_A)" ]    || { $(call missing,libluajit-5.1.a,libluajit-5.1-dev); }
	@[ -f "$(LLHTTP)/llhttp.c" -a -f "$(LLHTTP_H)/llhttp.h" ] || { $(call missing,llhttp.c,node-llhttp); }
	@[ -f "$(CJSON_A)" ]     || { $(call missing,liblua5.1-cjson.a,lua-cjson-dev); }
	@[ -f "$(LPEG_A)" ]      || { $(call missing,liblua5.1-lpeg.a,lua-lpeg-dev); }
	@$(call header,uv.h)     || { $(call missing,uv.h,libuv1-dev); }

packages-unit: packages
	@$(CC) -E -include setjmp.h -include stdarg.h -include stddef.h -include stdint.h \
	    -include cmocka.h -x c /dev/null -o /dev/null 2>/dev/null || { $(call missing,cmocka.h,libcmocka-dev); }

# --- building --------------------------------------------------------------------------

# The host as an archive, so that a unit test links only the objects it needs.
, := ,
NEAP_A   := $(BUILD)/libneap.a
VM_A     := $(BUILD)/libluajit.a
NATIVE_A := $(BUILD)/libnative.a
LINK    = $(CC) -pie $(CFLAGS) $(LINK_FLAGS) $(LDFLAGS)
GROUP   = -Wl,--start-group $(NEAP_A) $(VM_A) $(NATIVE_A) -Wl,--end-group $(VM_WRAP)
# vm/cpuid.c; --wrap because the function itself stays what it is.
VM_WRAP := $(if $(filter x86_64 i%86,$(shell uname -m)),-Wl$(,)--wrap=lj_vm_cpuid)

ifeq ($(wildcard host/cli/main.c),)
$(BUILD)/neap: $(NEAP_A) $(VM_A) $(NATIVE_A)
	@echo "host/cli/main.c does not exist yet: no program"
else
$(BUILD)/neap: $(MAIN) $(NEAP_A) $(VM_A) $(NATIVE_A)
	$(SAY) "LD $@"
	$(Q)$(LINK) $(LTO_LINK) -o $@ $(MAIN) $(GROUP) $(LIBS)
endif

$(NEAP_A): $(filter-out $(MAIN),$(OBJECTS)) $(BUILD)/sources.list
	$(SAY) "AR $@"
	$(Q)rm -f $@ && ar rcs $@ $(filter-out $(MAIN),$(OBJECTS))

$(BUILD)/unit/%: $(BUILD)/obj/test/%.o $(NEAP_A) $(VM_A) $(NATIVE_A) | packages-unit
	$(SAY) "LD unit/$*"
	$(Q)mkdir -p $(@D)
	$(Q)$(LINK) $(if $(LTO),-fno-lto) -o $@ $< $(GROUP) -lcmocka $(LIBS)

# A fuzzer with the inputs of its corpus, by whatever compiler; and with libFuzzer.
$(BUILD)/unit/%_fuzz: $(BUILD)/obj/fuzz/%_fuzz.o $(BUILD)/obj/fuzz/replay.o $(NEAP_A) $(VM_A) $(NATIVE_A)
	$(SAY) "LD unit/$*_fuzz"
	$(Q)mkdir -p $(@D)
	$(Q)$(LINK) $(if $(LTO),-fno-lto) -o $@ $(filter %.o,$^) $(GROUP) $(LIBS)

$(BUILD)/%_fuzz: $(BUILD)/obj/fuzz/%_fuzz.o $(NEAP_A) $(VM_A) $(NATIVE_A)
	$(SAY) "LD $*_fuzz"
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $< $(GROUP) $(LIBS)

$(BUILD)/obj/fuzz/%.o: host/fuzz/%.c Makefile | packages
	$(SAY) "CC fuzz/$*.c"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -c -o $@ $<

$(BUILD)/obj/test/%.o: host/test/%.c Makefile | packages-unit
	$(SAY) "CC test/$*.c"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: host/%.c Makefile | packages
	$(SAY) "CC $*.c"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) $(if $(filter $*,$(NO_LTO)),,$(LTO)) -c -o $@ $<

# Generated code: its warnings are not ours.
$(foreach c,api http llhttp,$(eval $(BUILD)/obj/llhttp/$(c).o: $(wildcard $(LLHTTP)/$(c).c)))
$(BUILD)/obj/llhttp/%.o: Makefile | packages
	$(SAY) "CC llhttp/$*.c"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -w -fPIE -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_H) \
	    $(SANITIZE_$(SANITIZE)) $(LTO) -c -o $@ $(LLHTTP)/$*.c

$(BUILD)/obj/%.o: host/%.S Makefile | packages
	$(SAY) "AS $*.S"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HOST_CFLAGS) -c -o $@ $<

# A private copy of the VM. Its code lies in a section of its own, so that "the program
# counter is in the VM" is an exact question (vm/cell.h): the bare form of
# --rename-section, as the one with flags breaks the program. Its calls of libc's byte
# functions and of the system's memory go to ours (vm/leaf.c, vm/exec_arena.h).
# --redefine-sym rather than the linker's --wrap: only the VM's own calls are redirected.
VM_SECTIONS := .text .text.unlikely
VM_SYMBOLS  := memcpy memmove memset memchr memcmp strlen \
               sin cos tan asin acos atan sinh cosh tanh exp log log2 log10 pow fmod atan2
VM_SEAMS    := mmap64:mmap munmap:munmap mprotect:mprotect \
               __register_frame:register_frame __deregister_frame:deregister_frame \
               _Unwind_RaiseException:raise
VM_OBJCOPY  := $(foreach s,$(VM_SECTIONS),--rename-section $(s)=luajit_text) \
               $(foreach s,$(VM_SYMBOLS),--redefine-sym $(s)=neap_vm_$(s)) \
               $(foreach s,$(VM_SEAMS),--redefine-sym $(subst :,=neap_vm_,$(s)))

$(VM_A): $(wildcard $(LUAJIT_A)) Makefile | packages
	$(SAY) "OBJCOPY $@"
	$(Q)mkdir -p $(@D)
	$(Q)objcopy $(VM_OBJCOPY) $(LUAJIT_A) $@
	@left=$$(objdump -h $@ | awk '$$2 ~ /^\.text/ && $$3 !~ /^0+$$/ { print $$2 }' | sort -u); \
	[ -z "$$left" ] || { echo "$(LUAJIT_A) has code in $$left:" \
	    "add it to VM_SECTIONS, or a process that runs it can not be killed" >&2; exit 1; }

# The built-in C modules, likewise: their text next to the VM's, and what they call of libc
# goes to ours (vm/native_calls.h). First each becomes one object, in which all names but its
# openers are its own. Their variables are constants in all but name: as .data.rel.ro they
# can not be written once the program runs, so no two threads can share a state by mistake;
# cjson's one real variable is never written, as --wrap keeps it from asking for the locale.
NATIVE_SECTIONS := .text=luajit_text .data=.data.rel.ro .data.rel.local=.data.rel.ro.local
NATIVE_SEAMS    := malloc realloc free abort exit fwrite fputc __assert_fail:assert_fail \
                   __fprintf_chk:fprintf __vfprintf_chk:vfprintf __stack_chk_fail:stack_smashed
NATIVE_LIBC     := _GLOBAL_OFFSET_TABLE_ stderr strchr strncmp strncasecmp __vsnprintf_chk \
                   isalnum isalpha iscntrl isdigit isgraph islower isprint ispunct isspace \
                   isupper isxdigit
VM_SEAMS_NATIVE := memcpy memmove strtod __snprintf_chk:snprintf

SEAMS_cjson := __wrap_fpconv_init:fpconv_init lua_tolstring:json_string
SEAMS_lpeg  := luaL_register:register
OPENS_cjson := luaopen_cjson luaopen_cjson_safe
OPENS_lpeg  := luaopen_lpeg

# seams PREFIX LIST: of "name" or "name:ours".
seams          = $(foreach s,$(2),--redefine-sym \
                     $(firstword $(subst :, ,$(s)))=$(1)$(lastword $(subst :, ,$(s))))
NATIVE_OBJCOPY = $(foreach s,$(NATIVE_SECTIONS),--rename-section $(s)) \
                 $(call seams,neap_vm_,$(VM_SEAMS_NATIVE)) \
                 $(call seams,neap_native_,$(NATIVE_SEAMS) $(SEAMS_$(1))) \
                 $(foreach s,$(OPENS_$(1)),--keep-global-symbol=$(s))

$(BUILD)/native/cjson.o: $(wildcard $(CJSON_A))
$(BUILD)/native/lpeg.o: $(wildcard $(LPEG_A))
$(BUILD)/native/%.o: Makefile .ci/native | packages
	$(SAY) "OBJCOPY native/$*.o"
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) -r --whole-archive --wrap=fpconv_init -o $@ $(filter %.a,$^)
	$(Q)objcopy $(call NATIVE_OBJCOPY,$*) $@
	@.ci/native $@ $(NATIVE_LIBC)

$(NATIVE_A): $(BUILD)/native/cjson.o $(BUILD)/native/lpeg.o
	$(SAY) "AR $@"
	$(Q)rm -f $@ && ar rcs $@ $^

# The Lua library, embedded: an assembler file with one .incbin per module (vm/library.h).
$(BUILD)/library_files.S: $(BUILD)/sources.list .ci/embed
	$(Q).ci/embed $(SCRIPTS) > $@

$(BUILD)/obj/vm/library_files.o: $(BUILD)/library_files.S $(SCRIPTS) | packages
	$(SAY) "AS library_files.S"
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

# Changes when a source file appears or disappears, which no time stamp tells.
$(BUILD)/sources.list: always
	@mkdir -p $(@D)
	@echo "$(SOURCES) $(SCRIPTS)" | cmp -s - $@ || echo "$(SOURCES) $(SCRIPTS)" > $@

# --- the usual ---------------------------------------------------------------------------

install: all  ## into PREFIX (/usr/local), below DESTDIR: the program, and annotations for editors
	install -D -m 755 $(BUILD)/neap $(DESTDIR)$(BINDIR)/neap
	@for f in $(SCRIPTS); do \
	    install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/neap/$$f; \
	done

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' Makefile

.PHONY: all run test unit units spec asan tsan soak soak-asan soak-tsan fuzz fuzzers layers bench bench-peers lint lint-tools \
        lint-format lint-tidy lint-crit lint-lua format deps deps-bench deps-peers deps-fuzz \
        deps-lint packages packages-unit always install clean help

-include $(OBJECTS:.o=.d) $(UNITS:$(BUILD)/unit/%=$(BUILD)/obj/test/%.d) \
         $(FUZZERS:%=$(BUILD)/obj/fuzz/%.d)
