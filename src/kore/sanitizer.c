/*
 * Kore takes memory from pools of its own, in which a sanitizer sees neither
 * the end of an object nor its release. Under ASan each object is one of
 * malloc()'s.
 */
#include "kore/sanitizer.h"

#if defined(__SANITIZE_ADDRESS__)
#include <kore/kore.h>
#include <kore/seccomp.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the workers and the key process; a leak is looked for by a thread that
 * stops the others. */
static struct sock_filter filter[] = {
    KORE_SYSCALL_ALLOW(gettid),
    KORE_SYSCALL_ALLOW(getppid),
    KORE_SYSCALL_ALLOW(clone),
    KORE_SYSCALL_ALLOW(ptrace),
    KORE_SYSCALL_ALLOW(wait4),
    KORE_SYSCALL_ALLOW(prctl),
    KORE_SYSCALL_ALLOW(tgkill),
    KORE_SYSCALL_ALLOW(sched_yield),
    KORE_SYSCALL_ALLOW(getdents),
    KORE_SYSCALL_ALLOW(getdents64),
    KORE_SYSCALL_ALLOW(readlink),
    KORE_SYSCALL_ALLOW(openat),
    KORE_SYSCALL_ALLOW(pipe2),
    KORE_SYSCALL_ALLOW(mmap),
    KORE_SYSCALL_ALLOW(munmap),
    KORE_SYSCALL_ALLOW(mprotect),
    KORE_SYSCALL_ALLOW(madvise),
    KORE_SYSCALL_ALLOW(sigaltstack),
    KORE_SYSCALL_ALLOW(rt_sigprocmask),
    KORE_SYSCALL_ALLOW(newfstatat),
};

const char *__asan_default_options(void);
const char *__lsan_default_options(void);
const char *__ubsan_default_options(void);
const char *__lsan_default_suppressions(void);
void  __wrap_kore_pool_init(struct kore_pool *, const char *, size_t, size_t);
void *__wrap_kore_pool_get(struct kore_pool *);
void  __wrap_kore_pool_put(struct kore_pool *, void *);
void *__wrap_kore_malloc(size_t);
void *__wrap_kore_calloc(size_t, size_t);
void *__wrap_kore_realloc(void *, size_t);
void  __wrap_kore_free(void *);
char *__wrap_kore_strdup(const char *);

const char *
__asan_default_options(void)
{
	return ("detect_leaks=1:detect_stack_use_after_return=1:"
		"strict_string_checks=1");
}

const char *
__lsan_default_options(void)
{
	return ("print_suppressions=0");
}

/* Kore is compiled without -fno-sanitize-recover. */
const char *
__ubsan_default_options(void)
{
	return ("halt_on_error=1:print_stacktrace=1");
}

/* Leaks of Kore's own, each once a process. */
const char *
__lsan_default_suppressions(void)
{
	return ("leak:kore_proctitle_setup\n"   /* a copy of environ */
		"leak:kore_runtime_getcall\n"); /* of routes */
}

void
sanitizer_keep_stderr(void)
{
	/* gcc's libraries have one each, and ASan's is found first. */
	void *const libraries[] = {
	    RTLD_DEFAULT, dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD)};
	void (*set)(void *);
	size_t i;
	int    fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		set = (void (*)(void *))(uintptr_t)dlsym(
		    libraries[i], "__sanitizer_set_report_fd");
		if (set != NULL && fd != -1)
			set((void *)(uintptr_t)fd);
	}
}

bool
sanitizer_needs_proc(void)
{
	return (true);
}

void
sanitizer_allow(void)
{
	kore_seccomp_filter("sanitizer", filter, KORE_FILTER_LEN(filter));
}

static void *
must(void *p)
{
	if (p == NULL)
		fatal("no memory");
	return (p);
}

/* No regions, of which Kore writes some where nothing is aligned. */
void
__wrap_kore_pool_init(
    struct kore_pool *pool, const char *name, size_t len, size_t elm)
{
	(void)elm;
	memset(pool, 0, sizeof(*pool));
	pool->name = must(strdup(name));
	pool->elen = len;
}

/* Kore counts on zeroes in some of them (chandles of a request), which the
 * pages of its pools are of. */
void *
__wrap_kore_pool_get(struct kore_pool *pool)
{
	return (must(calloc(1, pool->elen)));
}

void
__wrap_kore_pool_put(struct kore_pool *pool, void *p)
{
	(void)pool;
	free(p);
}

void *
__wrap_kore_malloc(size_t len)
{
	return (must(malloc(len)));
}

void *
__wrap_kore_calloc(size_t n, size_t len)
{
	return (must(calloc(n, len)));
}

void *
__wrap_kore_realloc(void *p, size_t len)
{
	return (must(realloc(p, len)));
}

void
__wrap_kore_free(void *p)
{
	free(p);
}

char *
__wrap_kore_strdup(const char *s)
{
	return (must(strdup(s)));
}

#else

void
sanitizer_keep_stderr(void)
{
}

bool
sanitizer_needs_proc(void)
{
	return (false);
}

void
sanitizer_allow(void)
{
}

#endif
