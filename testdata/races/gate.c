/* Preloaded into an actor: holds each change of a file below $GATE_FOLDER until the other actor has come as far.
 *
 * The actors share one page, $GATE_PAGE, of 32-bit numbers: [0] is the gate armed; [1 + i] how many changes actor i has
 * come to; [3 + i] is actor i done; [5] is
 * the other one an attacker, who always comes. Nothing of the example or of its library is replaced: the calls wait at the edge of
 * the C library. A look at a file (stat, access) is never held, so what waits here has looked already.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How long an actor waits for one that may itself be waiting for us (a lock), in steps of 0.2 ms. */
enum { PATIENCE = 750 };

static volatile int *page;
static const char *folder;
static int self;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("GATE_PAGE"), *actor = getenv("GATE_ACTOR");
    folder = getenv("GATE_FOLDER");
    if (!name || !actor || !folder) return;
    self = atoi(actor);
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int file = real(name, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) page = shared;
}

static void come(const char *path) {
    if (!page || !path || strncmp(path, folder, strlen(folder)) != 0 || !page[0]) return;
    int mine = __atomic_add_fetch(&page[1 + self], 1, __ATOMIC_SEQ_CST), other = 1 - self;
    /* Whoever did not come within our patience is waited for again only when they have moved. */
    static int stalled = -1;
    if (stalled >= 0 && __atomic_load_n(&page[1 + other], __ATOMIC_SEQ_CST) == stalled) return;
    stalled = -1;
    struct timespec pause = {0, 200000};
    for (int waited = 0; waited < PATIENCE; waited++) {
        if (!page[0] || page[3 + other] || __atomic_load_n(&page[1 + other], __ATOMIC_SEQ_CST) >= mine) return;
        nanosleep(&pause, NULL);
    }
    if (!page[5]) stalled = __atomic_load_n(&page[1 + other], __ATOMIC_SEQ_CST);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The third argument of `open` is there only with these flags; reading it otherwise is harmless but not defined. */
#define MODE(flags, last)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                             \
        va_list rest;                                                                                                  \
        va_start(rest, last);                                                                                          \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *path, int flags, ...) { MODE(flags, flags) come(path); return REAL(open)(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags, flags) come(path); return REAL(open64)(path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, flags) come(path); return REAL(openat)(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags) come(path); return REAL(openat64)(at, path, flags, mode); }
int mkdir(const char *path, mode_t mode) { come(path); return REAL(mkdir)(path, mode); }
int rmdir(const char *path) { come(path); return REAL(rmdir)(path); }
int unlink(const char *path) { come(path); return REAL(unlink)(path); }
int unlinkat(int at, const char *path, int flags) { come(path); return REAL(unlinkat)(at, path, flags); }
int rename(const char *from, const char *to) { come(to); return REAL(rename)(from, to); }
int link(const char *from, const char *to) { come(to); return REAL(link)(from, to); }
int linkat(int a, const char *from, int b, const char *to, int flags) { come(to); return REAL(linkat)(a, from, b, to, flags); }
int symlink(const char *from, const char *to) { come(to); return REAL(symlink)(from, to); }
int chmod(const char *path, mode_t mode) { come(path); return REAL(chmod)(path, mode); }
int chown(const char *path, uid_t user, gid_t group) { come(path); return REAL(chown)(path, user, group); }
