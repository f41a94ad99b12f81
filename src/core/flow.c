#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/db_group.h"
#include "core/flow.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/reply.h"
#include "kore/methods.h"

/* A client's own request id is kept when it can do no harm in a log. */
static void
set_id(struct flow *f)
{
	const char *given;
	struct uuid fresh;
	size_t      n;

	if (http_request_header(f->req, "x-request-id", &given)) {
		n = strspn(given,
		    "0123456789abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.");
		if (n > 0 && given[n] == '\0' && n < sizeof(f->id)) {
			memcpy(f->id, given, n + 1);
			return;
		}
	}
	uuid_new(&fresh);
	uuid_format(&fresh, f->id);
}

static void
log_request(const struct flow *f)
{
	struct buf *line;

	if ((line = log_begin(LOG_LEVEL_INFO, "request")) == NULL)
		return;
	json_put_text(line, "method", http_method_text(f->req->method));
	json_put_text(line, "path", f->req->path);
	json_put_int(line, "status", f->req->status);
	json_put_int(line, "us", (int64_t)(clock_us() - f->started));
	if (f->user.user_id != 0)
		json_put_int(line, "user", f->user.user_id);
	log_end();
}

static void
count_request(const struct flow *f)
{
	size_t route = methods_route(f->req);
	int class = f->req->status / 100 - 1;

	if (f->streaming)
		metrics_change(METRIC_STREAMS, 0, -1);
	if (class < 0)
		return; /* the client left before the answer */
	metrics_count(METRIC_HTTP_REQUESTS,
	    metrics_pair(METRIC_HTTP_REQUESTS, route, (size_t) class), 1);
	metrics_observe(METRIC_HTTP_DURATION, route, clock_us() - f->started);
}

/* Kore frees hdlr_extra, the flow itself, after this; passwords and tokens
 * were in the body and in the headers. */
static void
free_flow(struct http_request *req)
{
	struct flow *f = req->hdlr_extra;
	const char  *token, *before;

	if (f->req == NULL)
		return;
	before = log_set_request(f->id);
	log_request(f);
	count_request(f);
	if (f->ended != NULL)
		f->ended(f);
	log_set_request(before);
	wait_release(f->wait);
	if (f->state != NULL && f->state_free != NULL)
		f->state_free(f->state);
	free(f->state);
	cJSON_Delete(f->body);
	if (req->http_body != NULL)
		explicit_bzero(req->http_body->data, req->http_body->length);
	if (req->headers != NULL &&
	    http_request_header(req, "authorization", &token))
		explicit_bzero((void *)(uintptr_t)token, strlen(token));
	memset(f, 0, sizeof(*f));
}

struct flow *
flow_of(struct http_request *req)
{
	struct flow *f;

	if (req->hdlr_extra != NULL)
		return (req->hdlr_extra);
	f = http_state_create(req, sizeof(*f), free_flow);
	f->req = req;
	f->started = clock_us();
	set_id(f);
	/* Kore would answer 408 itself while we wait. */
	req->owner->http_timeout = 0;
	return (f);
}

/* An answer that has begun can only be cut, for the client to notice. */
static int
fail(struct flow *f)
{
	if (f->streaming)
		return (KORE_RESULT_ERROR);
	reply_error(f, f->wait->error);
	return (KORE_RESULT_OK);
}

static void
note_wait(struct flow *f)
{
	if (f->wait_began != 0)
		f->waited[f->wait->kind] += clock_us() - f->wait_began;
	f->wait_began = 0;
}

static int
advance(struct flow *f)
{
	int ahead;

	for (;;) {
		if (f->wait != NULL && !f->wait->complete) {
			http_request_sleep(f->req);
			return (KORE_RESULT_RETRY);
		}
		note_wait(f);
		if (f->wait != NULL && f->wait->error != ERR_NONE)
			return (fail(f));
		if ((ahead = f->step->run(f)) == FLOW_DONE)
			return (KORE_RESULT_OK);
		f->step += ahead;
	}
}

int
flow_run(struct http_request *req, const struct step *steps, size_t state_size,
    void (*state_free)(void *))
{
	struct flow *f = flow_of(req);
	const char  *before;
	int          result;

	if (f->step == NULL) {
		if (req->hdlr->auth != NULL)
			f->authenticating = clock_us() - f->started;
		if (req->method == HTTP_METHOD_OPTIONS) {
			reply_preflight(f);
			return (KORE_RESULT_OK);
		}
		if (!methods_allow(req)) {
			reply_error(f, ERR_METHOD_NOT_ALLOWED);
			return (KORE_RESULT_OK);
		}
		f->step = steps;
		f->state_free = state_free;
		if (state_size > 0 &&
		    (f->state = calloc(1, state_size)) == NULL)
			fatal("flow: no memory");
	}
	before = log_set_request(f->id);
	result = advance(f);
	log_set_request(before);
	return (result);
}

static void
wake(void *arg)
{
	http_request_wakeup(((struct flow *)arg)->req);
}

int
flow_await(struct flow *f, struct wait *w)
{
	wait_release(f->wait);
	f->wait = w;
	f->wait_began = clock_us();
	wait_own(w, wake, f);
	return (FLOW_NEXT);
}

int
flow_query(struct flow *f, struct db_call *call)
{
	flow_await(f, db_call_wait(call));
	db_send(call);
	return (FLOW_NEXT);
}

int
flow_query_together(
    struct flow *f, struct db_group_kind *kind, struct db_call *call)
{
	flow_await(f, db_call_wait(call));
	db_group_send(kind, call);
	return (FLOW_NEXT);
}

int
flow_work(struct flow *f, struct work_pool *pool, struct work *w)
{
	w->wait.kind = WAIT_HASH;
	flow_await(f, &w->wait);
	if (!work_submit(pool, w))
		wait_complete(&w->wait, ERR_OVERLOADED);
	return (FLOW_NEXT);
}

struct db_call *
flow_rows(struct flow *f)
{
	return (db_call_of(f->wait));
}

struct work *
flow_worked(struct flow *f)
{
	return ((struct work *)f->wait);
}
