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

	db_call_drop(call);
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

void
db_call_take(struct db_call *call, PGresult *result)
{
	db_call_drop(call);
	if ((call->rows = calloc(1, sizeof(*call->rows))) == NULL)
		abort();
	call->rows->result = result;
	call->rows->users = 1;
	call->count_of_rows = PQntuples(result);
}

void
db_call_share(
    struct db_call *call, const struct db_call *of, int first, int count)
{
	call->rows = of->rows;
	call->rows->users++;
	call->first = of->first + first;
	call->count_of_rows = count;
}

void
db_call_drop(struct db_call *call)
{
	if (call->rows != NULL && --call->rows->users == 0) {
		PQclear(call->rows->result);
		free(call->rows);
	}
	call->rows = NULL;
	call->first = call->count_of_rows = 0;
}

int
db_rows(const struct db_call *call)
{
	return (call->count_of_rows);
}

/* libpq takes no result, and a row that there is not, for a NULL. */
static const PGresult *
result_of(const struct db_call *call)
{
	return (call->rows != NULL ? call->rows->result : NULL);
}

/* The row in it; never one of another call's. */
static int
row_of(const struct db_call *call, int row)
{
	return (row < call->count_of_rows ? call->first + row : -1);
}

bool
db_is_null(const struct db_call *call, int row, int col)
{
	return (PQgetisnull(result_of(call), row_of(call, row), col) == 1);
}

const char *
db_text(const struct db_call *call, int row, int col)
{
	return (PQgetvalue(result_of(call), row_of(call, row), col));
}

size_t
db_length(const struct db_call *call, int row, int col)
{
	return ((size_t)PQgetlength(result_of(call), row_of(call, row), col));
}

int64_t
db_int(const struct db_call *call, int row, int col)
{
	const char *bytes = db_text(call, row, col);
	uint64_t    wide;
	uint32_t    word;
	uint16_t    half;

	switch (db_length(call, row, col)) {
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

bool
db_bool(const struct db_call *call, int row, int col)
{
	return (
	    db_length(call, row, col) == 1 && db_text(call, row, col)[0] != 0);
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
