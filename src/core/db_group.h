/*
 * Calls of one kind that arrive together run as one statement and one commit.
 * Nothing waits for company: a group is sent at once while fewer than
 * DB_GROUPS_FLYING of its kind are under way, and what arrives meanwhile is
 * the next one. A group that fails is repeated call by call, so that one
 * cannot harm the others; whoever sends a call notices no difference.
 */
#ifndef AICHAT_DB_GROUP_H
#define AICHAT_DB_GROUP_H

#include "core/db_call.h"

#define DB_GROUPS_FLYING 2 /* of a kind, so that connections are left */

struct db_group_kind {
	/* Takes arrays, and answers what the single statement answers, with
	 * the number of the call in them (from 1) as the last column, by which
	 * the rows are sorted. */
	const struct db_statement *statement;
	int                        most; /* calls of one group */
	/* Which of a call's parameters they are of, from 0; ends with -1. The
	 * first is a number that no two calls of a group share (the second
	 * waits for the next group), and by which they are sorted. */
	const int *params;

	/* core/db_group.c's own */
	struct db_calls waiting;
	int             flying;
};

/* A kind with these two, for a static variable. */
#define DB_GROUP_KIND(kind, which, calls, indices) \
	static struct db_group_kind kind = {.statement = &(which), \
	    .most = (calls), \
	    .params = (indices), \
	    .waiting = TAILQ_HEAD_INITIALIZER(kind.waiting)}

/* As db_send(): the call is bound, and the owner of its wait is set. */
void db_group_send(struct db_group_kind *, struct db_call *);

#endif
