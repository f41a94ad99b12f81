#include "harness_sse.h"

char *
sse_body(int conversation, const char *model, const char *prompt)
{
	cJSON *body = cJSON_Parse(chat_body(conversation, model, prompt));

	cJSON_AddTrueToObject(body, "stream");
	return (cJSON_PrintUnformatted(body));
}

struct sse *
sse_chat(const struct server *server, const char *token, int conversation,
    const char *model, const char *prompt)
{
	struct request q = {.path = "/chat/", .token = token};

	q.body = sse_body(conversation, model, prompt);
	return (sse_open(server, &q));
}

struct sse *
sse_resume(
    const struct server *server, const char *token, const char *id, long after)
{
	struct request q = {.token = token};

	q.path = scratch_printf("/chat/messages/%s/stream", id);
	if (after >= 0)
		q.headers[0] = scratch_printf("Last-Event-ID: %ld", after);
	return (sse_open(server, &q));
}

const cJSON *
sse_json(const struct sse_event *e)
{
	const cJSON *json = cJSON_Parse(e->data);

	if (json == NULL)
		fail_msg("not JSON: %s", e->data);
	return (json);
}

const struct sse_event *
sse_last(const struct sse *s)
{
	assert_true(s->count > 0);
	return (&s->events[s->count - 1]);
}

const char *
sse_id(const struct sse *s)
{
	assert_true(s->count > 0);
	assert_string_equal(s->events[0].name, "start");
	return (cJSON_GetStringValue(
	    cJSON_GetObjectItem(sse_json(&s->events[0]), "id")));
}

char *
sse_text(const struct sse *s)
{
	const char *piece;
	char       *data, *text;
	size_t      size, i;
	FILE       *all;

	assert_non_null(all = open_memstream(&data, &size));
	for (i = 0; i < s->count; i++) {
		if (strcmp(s->events[i].name, "delta") != 0)
			continue;
		piece = cJSON_GetStringValue(
		    cJSON_GetObjectItem(sse_json(&s->events[i]), "text"));
		assert_non_null(piece);
		fputs(piece, all);
	}
	fclose(all);
	text = scratch_printf("%s", data);
	free(data);
	return (text);
}

static const char *
expected_name(const struct sse *s, size_t i, long after, const char *last)
{
	if (i == s->count - 1)
		return (last);
	return (after == 0 && i == 0 ? "start" : "delta");
}

void
sse_check_whole(const struct sse *s, long after, const char *last,
    const char *file, int line)
{
	const char *name;
	size_t      i;

	if (!s->ended || s->head->status != 200 || s->count == 0) {
		print_error("a stream that did not end: %zu events, %s\n",
		    s->count, s->head != NULL ? s->head->headers : "-");
		_fail(file, line);
	}
	for (i = 0; i < s->count; i++) {
		name = expected_name(s, i, after, last);
		if (s->events[i].id == after + 1 + (long)i &&
		    strcmp(s->events[i].name, name) == 0)
			continue;
		print_error("event %ld, %s, where %ld, %s, belongs: %s\n",
		    s->events[i].id, s->events[i].name, after + 1 + (long)i,
		    name, s->events[i].data);
		_fail(file, line);
	}
}
