/*
 * A client of event streams for the API tests: any number of them at once,
 * over connections of their own or one after another over the same, read as
 * fast or as slowly as a test wants.
 */
#ifndef AICHAT_TESTS_HARNESS_SSE_H
#define AICHAT_TESTS_HARNESS_SSE_H

#include "harness.h"

struct sse_event {
	long        id; /* 0: none */
	const char *name;
	const char *data;
	long long   ms; /* since the request was sent */
};

struct sse_bytes {
	char  *data; /* NUL-terminated */
	size_t size, room;
};

struct sse {
	struct raw          *raw;
	const struct server *server;
	struct reply        *head; /* whole, when it is no stream; NULL
				    * until it came */
	struct sse_event *events;
	size_t            count;
	size_t            comments;
	bool              ended;  /* the answer, as HTTP has it */
	bool              closed; /* the connection */

	/* harness_sse.c's own */
	size_t           room;
	long long        opened;
	bool             chunked;
	struct sse_bytes received;
	struct sse_bytes body;
};

/* Send a request over a new connection, or over one there is. */
struct sse *sse_open(const struct server *, const struct request *);
struct sse *sse_on(struct raw *, const struct request *);
/* The same for one that was sent already, and is the next to be answered. */
struct sse *sse_next(struct raw *);

/* POST /chat/ with "stream": true. */
struct sse *sse_chat(const struct server *, const char *token, int conversation,
    const char *model, const char *prompt);
char       *sse_body(int conversation, const char *model, const char *prompt);
/* GET /chat/messages/{id}/stream, behind this event (-1: from the start). */
struct sse *sse_resume(
    const struct server *, const char *token, const char *id, long after);
/* A connection to this worker. */
struct raw *sse_connect(const struct server *, int worker);

/* Read until so many events are there; until the end. Whether it came within
 * ms; every other open stream of the list is read meanwhile. */
bool sse_wait(struct sse *, size_t count, long ms);
bool sse_wait_end(struct sse *, long ms);
bool sse_wait_all(struct sse *const *, size_t n, long ms);
/* Read all of them for ms, whatever comes. */
void sse_watch(struct sse *const *, size_t n, long ms);

/* Leave at once. */
void sse_close(struct sse *);

const cJSON            *sse_json(const struct sse_event *);
const struct sse_event *sse_last(const struct sse *);
const char             *sse_id(const struct sse *);   /* of the turn */
char                   *sse_text(const struct sse *); /* all deltas */

/*
 * A stream that is whole, from the event behind after on: it ended, its
 * numbers have no gap, start is 1 and the last event is of this name.
 */
#define sse_assert_whole(s, after, last) \
	sse_check_whole(s, after, last, __FILE__, __LINE__)
void sse_check_whole(const struct sse *, long after, const char *last,
    const char *file, int line);

#endif
