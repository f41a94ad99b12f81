/*
 * GET /chat/messages/{id}/stream: a turn's events from any point on, and
 * POST /chat/messages/{id}/stop: its end, keeping what came.
 */
#include <errno.h>
#include <stdlib.h>

#include "api/chat.h"
#include "api/chat_events.h"
#include "core/reply.h"
#include "core/request.h"
#include "store/store_turns.h"

#define PATH "/chat/messages/"

/* The last event the client has: Last-Event-ID, else ?after=. */
static bool
read_seen(struct flow *f, int64_t *seen)
{
	const char *value;
	char       *end;

	if (!http_request_header(f->req, "last-event-id", &value))
		return (request_query_number(f, "after", INT32_MAX, seen));
	errno = 0;
	*seen = strtoll(value, &end, 10);
	if (errno == 0 && end != value && *end == '\0' && *seen >= 0 &&
	    *seen <= INT32_MAX)
		return (true);
	reply_error_detail(
	    f, ERR_INVALID_FIELD, "Last-Event-ID must be the id of an event");
	return (false);
}

static int
read_stream(struct flow *f)
{
	struct follow *w = f->state;

	w->format = &chat_events;
	w->stream = true;
	if (!request_path_uuid(f, PATH, ERR_MESSAGE_NOT_FOUND, &w->id) ||
	    !read_seen(f, &w->seen))
		return (FLOW_DONE);
	return (FLOW_NEXT);
}

static const struct step stream_steps[] = {
    STEP(read_stream), FOLLOW_STEPS, STEPS_END};

int
chat_stream(struct http_request *req)
{
	return (
	    flow_run(req, stream_steps, sizeof(struct follow), follow_release));
}

/* A turn of another worker stops when that next looks; of this one, now. */
static int
ask_to_stop(struct flow *f)
{
	struct follow *w = f->state;

	w->format = &chat_events;
	if (!request_path_uuid(f, PATH, ERR_MESSAGE_NOT_FOUND, &w->id))
		return (FLOW_DONE);
	w->generation = generation_find(f->user.user_id, &w->id);
	if (w->generation != NULL)
		generation_stop(w->generation);
	return (store_turn_stop(f, &w->id));
}

static const struct step stop_steps[] = {
    STEP(ask_to_stop), FOLLOW_STEPS, STEPS_END};

int
chat_stop(struct http_request *req)
{
	return (
	    flow_run(req, stop_steps, sizeof(struct follow), follow_release));
}
