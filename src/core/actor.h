/*
 * Who a request acts for, and by what right. Every statement that acts for a
 * user checks both (store/store_allowance.h).
 */
#ifndef AICHAT_ACTOR_H
#define AICHAT_ACTOR_H

#include <stdint.h>

#include "core/uuid.h"

#define ACTOR_HASH_SIZE 67 /* "\x", SHA-256 in hexadecimal, and the NUL */

struct actor {
	int64_t     user_id;    /* 0: nobody */
	struct uuid credential; /* the session, or the API key */

	/* An API key's secret, hashed, as PostgreSQL reads a bytea; "" of a
	 * session, whose token was checked by its signature. */
	char key_hash[ACTOR_HASH_SIZE];
};

#endif
