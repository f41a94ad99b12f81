#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "harness.h"
#include "harness_clock.h"

#define PRELOAD "LD_PRELOAD"
#define FILE_OF "TEST_CLOCK"

/* Where users without rights and containers find it, too. */
static char *
copy_library(void)
{
	char *from, *to;

	from = scratch_printf(
	    "%s/.build/api/clock.so", setting("TEST_CHECKOUT"));
	to = scratch_printf("%s/clock.so", setting("TEST_FOLDER"));
	if (access(to, R_OK) == -1)
		assert_int_equal(
		    system(scratch_printf("install -m 755 %s %s", from, to)),
		    0);
	return (to);
}

struct clock *
clock_new(void)
{
	static int    number;
	struct clock *c = scratch_alloc(sizeof(*c));
	char         *path;
	void         *memory;
	int           fd;

	path = scratch_printf(
	    "%s/clock_%d_%d", setting("TEST_FOLDER"), (int)getpid(), ++number);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	assert_int_not_equal(fd, -1);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(ftruncate(fd, sizeof(*c->offset)), 0);
	memory = mmap(NULL, sizeof(*c->offset), PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	assert_true(memory != MAP_FAILED);
	close(fd);
	c->offset = memory;
	c->preload = scratch_printf(PRELOAD "=%s", copy_library());
	c->file = scratch_printf(FILE_OF "=%s", path);
	return (c);
}

void
clock_set(struct clock *c, int64_t offset_ms)
{
	*c->offset = offset_ms;
}

void
clock_inherit(const struct clock *c)
{
	if (c == NULL) {
		unsetenv(PRELOAD);
		unsetenv(FILE_OF);
		return;
	}
	setenv(PRELOAD, strchr(c->preload, '=') + 1, 1);
	setenv(FILE_OF, strchr(c->file, '=') + 1, 1);
}
