/*
 * The inside of http_head*.c: a head in its parts, as views of its bytes.
 */
#ifndef AICHAT_HTTP_HEAD_INSIDE_H
#define AICHAT_HTTP_HEAD_INSIDE_H

#include "kore/http_head.h"

enum use {
	ONCE,  /* ASCII, and a second one is refused */
	FIRST, /* of several the first one counts */
	LIST,  /* several are one list (RFC 9110, section 5.3) */
	JUDGED /* looked at here, not passed on */
};

/*
 * The fields somebody reads; all others are dropped. X-Forwarded-For is a
 * list because every proxy adds the peer it saw, and may do so with a line of
 * its own: with any line lost, the entry counted from the end would be
 * another hop's, or one the client made up.
 */
#define FIELDS(X) \
	X(HOST, "host", ONCE) \
	X(CONNECTION, "connection", LIST) \
	X(CONTENT_LENGTH, "content-length", ONCE) \
	X(CONTENT_TYPE, "content-type", ONCE) \
	X(AUTHORIZATION, "authorization", ONCE) \
	X(ACCEPT, "accept", LIST) \
	X(ACCEPT_ENCODING, "accept-encoding", LIST) \
	X(IDEMPOTENCY_KEY, "idempotency-key", ONCE) \
	X(LAST_EVENT_ID, "last-event-id", ONCE) \
	X(X_REQUEST_ID, "x-request-id", FIRST) \
	X(USER_AGENT, "user-agent", FIRST) \
	X(X_FORWARDED_FOR, "x-forwarded-for", LIST) \
	X(ORIGIN, "origin", FIRST) \
	X(IF_NONE_MATCH, "if-none-match", LIST) \
	X(EXPECT, "expect", JUDGED) \
	X(TRANSFER_ENCODING, "transfer-encoding", JUDGED)

#define FIELDS_ENUM(id, name, use) FIELD_##id,
enum field {
	FIELDS(FIELDS_ENUM) FIELD__MAX
};

struct field_kind {
	const char *name;
	size_t      len;
	enum use    use;
};
extern const struct field_kind http_head_fields[FIELD__MAX];

enum body {
	BODY_NONE, /* Kore would take it for the next request */
	BODY_MAY,  /* Kore knows of none, but is told of another method */
	BODY_HAS
};

struct method {
	const char *name;
	enum body   body;
	bool        in_1_0; /* Kore takes it in HTTP/1.0 */
};

struct text {
	const char *at;
	size_t      len;
};

struct request {
	struct text          method_text;
	const struct method *method;
	struct text          target;
	bool                 version_1_0;
	const char          *fields; /* the first one */
	unsigned             count[FIELD__MAX];
	struct text          first[FIELD__MAX]; /* not empty */
};

/*
 * The reader goes through the bytes once, in order. Its functions return
 * false when they stop: error says why, ERR_NONE that the bytes ran out. So
 * the verdict does not depend on how the bytes were split.
 */
struct reader {
	const char *at;
	const char *end;
	enum error  error;
};

/* http_head_scan.c: the whole head, with the empty line that ends it. */
bool http_head_scan(struct reader *, struct request *);
/* The next value of a field in an accepted head; its empty line is the end. */
bool http_head_next(struct reader *, enum field wanted, struct text *value);
/* Whatever the case of its letters. */
bool text_equal(struct text, const char *other, size_t len);
/* Without the white space around it. */
void text_trim(struct text *);
/* How much of it is a reg-name (RFC 3986, section 3.2.2). */
size_t text_measure_name(struct text);

#endif
