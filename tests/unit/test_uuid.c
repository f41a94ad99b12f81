/*
 * Identifiers: their layout, their order under every clock, and that two
 * processes never share random bits.
 */
/* links: core/uuid.c | -lsodium -Wl,--wrap=clock_gettime */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/uuid.h"

int __real_clock_gettime(clockid_t, struct timespec *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

static bool            clock_is_set;
static struct timespec clock_time;

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (!clock_is_set)
		return (__real_clock_gettime(id, ts));
	assert_int_equal(id, CLOCK_REALTIME);
	*ts = clock_time;
	return (0);
}

static void
set_clock(time_t seconds, long nanoseconds)
{
	clock_is_set = true;
	clock_time.tv_sec = seconds;
	clock_time.tv_nsec = nanoseconds;
}

/* Milliseconds and the 12 bits after them, as 60 bits. */
static uint64_t
time_of(const struct uuid *id)
{
	uint64_t t = 0;
	int      i;

	for (i = 0; i < 6; i++)
		t = t << 8 | id->bytes[i];
	return (t << 12 | (uint64_t)(id->bytes[6] & 15) << 8 | id->bytes[7]);
}

static void
puts_time_first(void **state)
{
	struct uuid id;

	(void)state;
	/* RFC 9562, appendix A.6: 2022-02-22T19:22:22Z is 017f22e2-79b0. */
	set_clock(1645557742, 0);
	uuid_new(&id);
	assert_memory_equal(id.bytes, "\x01\x7f\x22\xe2\x79\xb0", 6);
	assert_int_equal(id.bytes[6], 0x70);
	assert_int_equal(id.bytes[7], 0x00);
	assert_int_equal(id.bytes[8] & 0xc0, 0x80);

	set_clock(1645557742, 1500000);
	uuid_new(&id);
	assert_memory_equal(id.bytes, "\x01\x7f\x22\xe2\x79\xb1\x78\x00", 8);

	set_clock(1645557742, 999999999);
	uuid_new(&id);
	assert_int_equal(time_of(&id), (UINT64_C(1645557742999) << 12) + 4095);
}

static void
increases__while_the_clock_stands(void **state)
{
	struct uuid a, b;
	int         i;

	(void)state;
	set_clock(1700000000, 0);
	uuid_new(&a);
	for (i = 0; i < 10000; i++) {
		uuid_new(&b);
		assert_true(memcmp(a.bytes, b.bytes, 16) < 0);
		assert_int_equal(time_of(&b), time_of(&a) + 1);
		assert_int_equal(b.bytes[6] >> 4, 7);
		a = b;
	}
}

static void
increases__when_the_clock_steps_back(void **state)
{
	struct uuid a, b;

	(void)state;
	set_clock(1800000000, 0);
	uuid_new(&a);
	set_clock(1800000000 - 3600, 0);
	uuid_for_turn(&b, 0);
	assert_int_equal(time_of(&b), time_of(&a) + 1);
	set_clock(1800000001, 0);
	uuid_new(&a);
	assert_int_equal(time_of(&a), UINT64_C(1800000001000) << 12);
}

static void
increases__by_the_real_clock(void **state)
{
	struct timespec now;
	struct uuid     a, b;
	int             i;

	(void)state;
	clock_is_set = false;
	__real_clock_gettime(CLOCK_REALTIME, &now);
	uuid_new(&a);
	assert_true(time_of(&a) >> 12 >= (uint64_t)now.tv_sec * 1000);
	for (i = 0; i < 100000; i++) {
		uuid_new(&b);
		assert_true(memcmp(a.bytes, b.bytes, 16) < 0);
		a = b;
	}
}

static void
carries_conversation(void **state)
{
	static const uint32_t numbers[] = {0, 1, 0x01020304, UINT32_MAX};
	struct uuid           id;
	size_t                i;

	(void)state;
	for (i = 0; i < 4; i++) {
		uuid_for_turn(&id, numbers[i]);
		assert_true(uuid_conversation(&id) == numbers[i]);
		assert_int_equal(id.bytes[6] >> 4, 7);
		assert_int_equal(id.bytes[8] & 0xc0, 0x80);
	}
	uuid_for_turn(&id, 0x01020304);
	assert_memory_equal(id.bytes + 12, "\1\2\3\4", 4);
}

/* Ids of one process and instant differ in every random bit sometimes. */
static void
draws_all_random_bits(void **state)
{
	uint8_t     ones[8] = {0}, zeros[8] = {0};
	struct uuid id;
	int         i, j;

	(void)state;
	for (i = 0; i < 300; i++) {
		uuid_new(&id);
		for (j = 0; j < 8; j++) {
			ones[j] |= id.bytes[8 + j];
			zeros[j] |= (uint8_t)~id.bytes[8 + j];
		}
	}
	assert_int_equal(ones[0], 0xbf);
	assert_int_equal(zeros[0], 0x7f);
	for (j = 1; j < 8; j++) {
		assert_int_equal(ones[j], 0xff);
		assert_int_equal(zeros[j], 0xff);
	}
}

static void
differs__after_fork(void **state)
{
	struct uuid child, parent;
	int         fds[2], status;
	pid_t       pid;

	(void)state;
	uuid_new(&parent); /* so that the pool is not empty */
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		uuid_new(&child);
		_exit(write(fds[1], &child, sizeof(child)) != sizeof(child));
	}
	uuid_new(&parent);
	assert_int_equal(read(fds[0], &child, sizeof(child)), sizeof(child));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_memory_not_equal(child.bytes + 8, parent.bytes + 8, 8);
	close(fds[0]);
	close(fds[1]);
}

static void
formats_and_parses(void **state)
{
	static const char text[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	char              again[UUID_TEXT_SIZE];
	struct uuid       id, upper;

	(void)state;
	assert_true(uuid_parse(text, &id));
	assert_memory_equal(id.bytes,
	    "\x01\x7f\x22\xe2\x79\xb0\x7c\xc3"
	    "\x98\xc4\xdc\x0c\x0c\x07\x39\x8f",
	    16);
	uuid_format(&id, again);
	assert_string_equal(again, text);
	assert_true(uuid_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", &upper));
	assert_memory_equal(upper.bytes, id.bytes, 16);
}

static void
parses__nothing_else(void **state)
{
	static const char *bad[] = {
	    "",
	    "0",
	    "017f22e2",
	    "017f22e279b07cc398c4dc0c0c07398f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
	    " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	    "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
	    "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
	    "017f22e2-79b0-7cc39-8c4-dc0c0c07398f",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398/",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398:",
	    "017f22e2-79b0-7cc3-98c4-dc0c0c07398\x01",
	    "01\020f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	    "-----------------------------------",
	};
	struct uuid id;
	size_t      i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (uuid_parse(bad[i], &id))
			fail_msg("parsed %s", bad[i]);
}

static void
is_put_behind_an_older_one(void **state)
{
	struct uuid id, older, same;

	(void)state;
	uuid_for_turn(&id, 7);
	same = id;
	memset(&older, 0, sizeof(older));
	uuid_put_behind(&id, &older);
	assert_memory_equal(&id, &same, sizeof(id));
	/* All bits of the fraction are set: it carries into the time. */
	assert_true(uuid_parse("7fffffff-00ff-7fff-bfff-ffffffffffff", &older));
	uuid_put_behind(&id, &older);
	assert_true(memcmp(&id, &older, sizeof(id)) > 0);
	assert_int_equal(uuid_conversation(&id), 7);
	assert_int_equal(id.bytes[6] >> 4, 7);
	assert_memory_equal(id.bytes + 8, same.bytes + 8, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    /* The clocks they set go forward: ids do, too. */
	    cmocka_unit_test(puts_time_first),
	    cmocka_unit_test(increases__while_the_clock_stands),
	    cmocka_unit_test(increases__by_the_real_clock),
	    cmocka_unit_test(increases__when_the_clock_steps_back),
	    cmocka_unit_test(carries_conversation),
	    cmocka_unit_test(draws_all_random_bits),
	    cmocka_unit_test(differs__after_fork),
	    cmocka_unit_test(formats_and_parses),
	    cmocka_unit_test(is_put_behind_an_older_one),
	    cmocka_unit_test(parses__nothing_else),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
