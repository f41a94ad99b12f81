#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/db_conninfo.h"

/*
 * - GSS negotiation makes system calls the sandbox forbids.
 * - Statements are small and by key: a plan by statistics can only be worse,
 *   and a table that was empty when a plan was made must not be scanned for
 *   ever; so generic plans, indexes always, no compilation.
 * - A statement nobody waits for any more ends by itself.
 */
static const char *const ours[][2] = {
    {"connect_timeout", "2"},
    {"gssencmode", "disable"},
    {"client_encoding", "UTF8"},
    {"application_name", "aichat"},
};

static const char session_options[] =
    "-c statement_timeout=2000"
    " -c idle_in_transaction_session_timeout=10000"
    " -c client_connection_check_interval=2000"
    " -c plan_cache_mode=force_generic_plan"
    " -c enable_seqscan=off -c jit=off"
    " -c client_min_messages=error";

/* keyword='value', quoted as libpq reads it. */
static void
put(struct buf *b, const char *keyword, const char *value)
{
	buf_printf(b, "%s='", keyword);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			buf_char(b, '\\');
		buf_char(b, *value);
	}
	buf_text(b, "' ");
}

const char *
db_conninfo_value(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, keyword) == 0)
			return (options->val);
	return (NULL);
}

char *
db_conninfo(const char *url)
{
	PQconninfoOption *options, *o;
	struct buf        b = {0}, session = {0};
	size_t            i;

	if ((options = PQconninfoParse(url, NULL)) == NULL)
		return (strdup(url));
	buf_text(&session, session_options);
	for (o = options; o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		/* Later -c wins: the operator's come last. */
		if (strcmp(o->keyword, "options") == 0)
			buf_printf(&session, " %s", o->val);
		else
			put(&b, o->keyword, o->val);
	}
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (db_conninfo_value(options, ours[i][0]) == NULL)
			put(&b, ours[i][0], ours[i][1]);
	put(&b, "options", session.data);
	buf_release(&session);
	PQconninfoFree(options);
	return (b.data);
}
