#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sodium.h>

#include "core/uuid.h"

/* Random bytes drawn at once: one system call for 64 identifiers. */
static struct {
	uint8_t bytes[512];
	size_t  left;
} pool;

/* Milliseconds and 4096ths of one, as one number of 60 bits. */
static uint64_t last_time;

/* A child of fork() must not hand out the bytes its parent will. */
static void
drop_pool(void)
{
	pool.left = 0;
}

static void
fill_pool(void)
{
	static bool registered;

	if (!registered) {
		if (pthread_atfork(NULL, NULL, drop_pool) != 0)
			abort();
		registered = true;
	}
	randombytes_buf(pool.bytes, sizeof(pool.bytes));
	pool.left = sizeof(pool.bytes);
}

static void
draw(uint8_t *out, size_t n)
{
	if (pool.left < n)
		fill_pool();
	pool.left -= n;
	memcpy(out, pool.bytes + pool.left, n);
	sodium_memzero(pool.bytes + pool.left, n);
}

/*
 * Now, but later than the last time: two identifiers within a 4096th of a
 * millisecond, or a clock set back, count on from where they were (RFC 9562,
 * section 6.2).
 */
static uint64_t
next_time(void)
{
	struct timespec ts;
	uint64_t        now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	now = now << 12 | ((uint64_t)ts.tv_nsec % 1000000 << 12) / 1000000;
	if (now <= last_time)
		now = last_time + 1;
	last_time = now;
	return (now);
}

static void
store_big_endian(uint8_t *out, size_t n, uint64_t value)
{
	while (n-- > 0) {
		out[n] = (uint8_t)value;
		value >>= 8;
	}
}

static void
set_time(struct uuid *id, uint64_t time)
{
	store_big_endian(id->bytes, 6, time >> 12);
	store_big_endian(id->bytes + 6, 2, 0x7000 | (time & 0xfff));
}

void
uuid_new(struct uuid *id)
{
	set_time(id, next_time());
	draw(id->bytes + 8, 8);
	id->bytes[8] = 0x80 | (id->bytes[8] & 0x3f);
}

void
uuid_for_turn(struct uuid *id, uint32_t conversation)
{
	uuid_new(id);
	uuid_set_conversation(id, conversation);
}

void
uuid_set_conversation(struct uuid *id, uint32_t conversation)
{
	store_big_endian(id->bytes + 12, 4, conversation);
}

/* The time before the version and behind it, as next_time() counts. */
static uint64_t
time_of(const struct uuid *id)
{
	uint64_t time = 0;
	int      i;

	for (i = 0; i < 6; i++)
		time = time << 8 | id->bytes[i];
	return (time << 12 | (id->bytes[6] & 0x0fU) << 8 | id->bytes[7]);
}

void
uuid_put_behind(struct uuid *id, const struct uuid *older)
{
	if (time_of(id) <= time_of(older))
		set_time(id, time_of(older) + 1);
}

uint32_t
uuid_conversation(const struct uuid *id)
{
	const uint8_t *p = id->bytes + 12;

	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* Whether a dash stands before byte i of the text form: 8-4-4-4-12. */
static bool
dashed(int i)
{
	return (i == 4 || i == 6 || i == 8 || i == 10);
}

void
uuid_format(const struct uuid *id, char text[UUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	int               i;

	for (i = 0; i < 16; i++) {
		if (dashed(i))
			*text++ = '-';
		*text++ = digits[id->bytes[i] >> 4];
		*text++ = digits[id->bytes[i] & 15];
	}
	*text = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

bool
uuid_parse(const char *text, struct uuid *id)
{
	int high, i, low;

	for (i = 0; i < 16; i++) {
		if (dashed(i) && *text++ != '-')
			return (false);
		if ((high = hex_digit(*text++)) == -1)
			return (false);
		if ((low = hex_digit(*text++)) == -1)
			return (false);
		id->bytes[i] = (uint8_t)(high << 4 | low);
	}
	return (*text == '\0');
}
