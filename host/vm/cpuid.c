/* LuaJIT asks the processor for its features whenever a state opens its compiler. Under a
 * hypervisor each cpuid instruction is trapped and takes microseconds: a seventh of the
 * whole start of a process. The answers never change, so they are asked for once. */
#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { LEAVES = 8, WORDS = 4 };

int __real_lj_vm_cpuid(uint32_t leaf, uint32_t words[WORDS]);
int __wrap_lj_vm_cpuid(uint32_t leaf, uint32_t words[WORDS]);

static struct {
    int result;
    uint32_t words[WORDS];
} answers[LEAVES];

static pthread_once_t asked = PTHREAD_ONCE_INIT;

static void ask_all(void) {
    for (uint32_t leaf = 0; leaf < LEAVES; leaf++)
        answers[leaf].result = __real_lj_vm_cpuid(leaf, answers[leaf].words);
}

/* Called by LuaJIT, inside the VM: nothing is held but the once, and only the first time,
 * before any process runs (the self-test opens a state). */
int __wrap_lj_vm_cpuid(uint32_t leaf, uint32_t words[WORDS]) {
    if (leaf >= LEAVES)
        return __real_lj_vm_cpuid(leaf, words);
    pthread_once(&asked, ask_all);
    memcpy(words, answers[leaf].words, sizeof answers[leaf].words);
    return answers[leaf].result;
}
