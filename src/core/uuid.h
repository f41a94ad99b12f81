/*
 * Identifiers: UUID version 7 (RFC 9562), whose order is the order of their
 * making. The 12 bits after the milliseconds hold the fraction of the
 * millisecond (RFC 9562, section 6.2, method 3).
 *
 * A turn's id carries its conversation's number in the last 32 bits, in place
 * of random ones: so the primary key (user_id, conversation, id) finds a turn
 * from its id alone, and inserting a turn maintains no second index.
 */
#ifndef AICHAT_UUID_H
#define AICHAT_UUID_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37 /* 36 characters and the NUL */

struct uuid {
	uint8_t bytes[16];
};

void uuid_new(struct uuid *);
void uuid_for_turn(struct uuid *, uint32_t conversation);

/* The conversation number in a turn's id, and putting another there. */
uint32_t uuid_conversation(const struct uuid *);
void     uuid_set_conversation(struct uuid *, uint32_t);

/* Make a new id come behind an older one, which another machine with a clock
 * that is ahead may have made. */
void uuid_put_behind(struct uuid *, const struct uuid *older);

void uuid_format(const struct uuid *, char text[UUID_TEXT_SIZE]);

/* Canonical text, either case; false when it is anything else. */
bool uuid_parse(const char *text, struct uuid *);

#endif
