/*
 * The day's allowance as a part of other statements, which take the user as
 * $1 and the server's limit as $2: one row (max, used) for a user who may
 * act, none for one who does not exist or is disabled. Days are UTC and
 * begin by the database's clock, the only one all nodes share.
 */
#ifndef AICHAT_STORE_ALLOWANCE_H
#define AICHAT_STORE_ALLOWANCE_H

#include "store/store_users.h"

#define STORE_TODAY "(now() AT TIME ZONE 'UTC')::date"

#define STORE_ALLOWANCE \
	"SELECT coalesce(u.daily_limit, $2::integer) AS max," \
	" coalesce((SELECT used FROM daily_usage" \
	" WHERE user_id = $1 AND day = " STORE_TODAY "), 0) AS used" \
	" FROM " STORE_ACTIVE_USER

#endif
