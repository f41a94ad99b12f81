/*
 * Building a call's parameters and reading its rows. Results come in
 * PostgreSQL's binary formats (src/backend/utils/adt, *send()), which spares
 * the server from printing timestamps and numbers for us to read again.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/db_call.h"
#include "core/log.h"

#define PG_EPOCH_US 946684800000000LL /* 2000-01-01 since 1970 */

static void
free_call(struct wait *w)
{
	struct db_call *call = db_call_of(w);

	PQclear(call->rows);
	buf_wipe(&call->args);
	free(call);
}

struct db_call *
db_call_new(const struct db_statement *statement)
{
	struct db_call *call;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		abort();
	call->statement = statement;
	snprintf(call->request, sizeof(call->request), "%s", log_get_request());
	call->wait.kind = WAIT_DB;
	call->wait.free = free_call;
	return (call);
}

struct wait *
db_call_wait(struct db_call *call)
{
	return (&call->wait);
}

struct db_call *
db_call_of(struct wait *w)
{
	return ((struct db_call *)w);
}

static void
deliver(void *arg)
{
	struct db_call *call = arg;

	if (call->done != NULL)
		call->done(call, call->done_arg);
	wait_release(&call->wait);
}

void
db_send_for(
    struct db_call *call, void (*done)(struct db_call *, void *), void *arg)
{
	call->done = done;
	call->done_arg = arg;
	wait_own(&call->wait, deliver, call);
	db_send(call);
}

static void
bind_bytes(struct db_call *call, const char *text, size_t len)
{
	if (call->count == DB_PARAMS_MAX)
		abort();
	call->offsets[call->count] = text == NULL ? -1 : (long)call->args.len;
	if (text != NULL)
		buf_append(&call->args, text, len + 1);
	call->count++;
}

void
db_bind_text(struct db_call *call, const char *text)
{
	bind_bytes(call, text, text == NULL ? 0 : strlen(text));
}

void
db_bind_int(struct db_call *call, int64_t value)
{
	char text[24];
	int  len;

	len = snprintf(text, sizeof(text), "%lld", (long long)value);
	bind_bytes(call, text, (size_t)len);
}

void
db_bind_uuid(struct db_call *call, const struct uuid *value)
{
	char text[UUID_TEXT_SIZE];

	if (value != NULL)
		uuid_format(value, text);
	db_bind_text(call, value == NULL ? NULL : text);
}

int
db_rows(const struct db_call *call)
{
	return (PQntuples(call->rows));
}

bool
db_is_null(const struct db_call *call, int row, int col)
{
	return (PQgetisnull(call->rows, row, col) == 1);
}

int64_t
db_result_int(const PGresult *rows, int row, int col)
{
	const char *bytes = PQgetvalue(rows, row, col);
	uint64_t    wide;
	uint32_t    word;
	uint16_t    half;

	switch (PQgetlength(rows, row, col)) {
	case 8:
		memcpy(&wide, bytes, sizeof(wide));
		return ((int64_t)be64toh(wide));
	case 4:
		memcpy(&word, bytes, sizeof(word));
		return ((int32_t)be32toh(word));
	case 2:
		memcpy(&half, bytes, sizeof(half));
		return ((int16_t)be16toh(half));
	}
	return (0);
}

int64_t
db_int(const struct db_call *call, int row, int col)
{
	return (db_result_int(call->rows, row, col));
}

bool
db_bool(const struct db_call *call, int row, int col)
{
	return (PQgetlength(call->rows, row, col) == 1 &&
	    PQgetvalue(call->rows, row, col)[0] != 0);
}

const char *
db_text(const struct db_call *call, int row, int col)
{
	return (PQgetvalue(call->rows, row, col));
}

size_t
db_length(const struct db_call *call, int row, int col)
{
	return ((size_t)PQgetlength(call->rows, row, col));
}

void
db_uuid(const struct db_call *call, int row, int col, struct uuid *out)
{
	memset(out, 0, sizeof(*out));
	if (db_length(call, row, col) == sizeof(out->bytes))
		memcpy(out->bytes, db_text(call, row, col), sizeof(out->bytes));
}

int64_t
db_time(const struct db_call *call, int row, int col)
{
	return (db_int(call, row, col) + PG_EPOCH_US);
}

bool
db_conflict(const struct db_call *call)
{
	return (call->conflict);
}

bool
db_repeated(const struct db_call *call)
{
	return (call->repeated);
}
