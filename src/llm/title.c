#include <kore/kore.h>

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/log.h"
#include "llm/models.h"
#include "llm/sse_reader.h"
#include "llm/title.h"
#include "store/store_titles.h"

#define AT_ONCE   4    /* titles being asked for by a worker; more are not */
#define TOLD_MAX  2000 /* bytes of the prompt, and of the answer */
#define TITLE_MAX 4096 /* bytes of what the model says */

static const char instructions[] =
    "Give the conversation below a title of at most six words, in the "
    "conversation's own language. Answer with the title only.";

struct title {
	int64_t           user_id;
	struct uuid       turn;
	struct model     *model;
	struct buf        told;   /* the conversation, for the model */
	struct buf        before; /* the title it has */
	struct sse_reader reader;
	struct llm_answer answer;
};

static int at_once;

static void
title_free(struct title *t)
{
	buf_wipe(&t->told);
	buf_wipe(&t->before);
	sse_reader_release(&t->reader);
	llm_answer_release(&t->answer);
	free(t);
	at_once--;
}

static void
written(struct db_call *call, void *arg)
{
	(void)call;
	title_free(arg);
}

static void
settle(struct title *t)
{
	struct llm_answer *a = &t->answer;
	struct buf        *line;

	if (a->failure == LLM_NO_FAILURE && a->text.len > 0 &&
	    title_clean(a->text.data)) {
		db_send_for(store_title_set(t->user_id, &t->turn,
				t->before.data, a->text.data),
		    written, t);
		return;
	}
	if ((line = log_begin(LOG_LEVEL_WARN, "title_failed")) != NULL) {
		json_put_text(line, "model", t->model->at.id);
		json_put_text(line, "problem", a->problem);
		log_end();
	}
	title_free(t);
}

static void
read_event(void *arg, const char *event, const char *data, size_t len)
{
	struct title *t = arg;

	t->model->provider->read_event(&t->answer, event, data, len);
}

static bool
take_bytes(void *arg, int status, const char *bytes, size_t len)
{
	struct title *t = arg;
	bool          good;

	if (status != 200)
		return (true);
	good = sse_reader_feed(&t->reader, bytes, len) &&
	    t->answer.text.len <= TITLE_MAX;
	if (!good) {
		t->answer.failure = LLM_PROTOCOL;
		settle(t);
	}
	return (good);
}

static void
take_end(void *arg, enum upstream_end how, int status, const char *retry_after,
    const char *problem)
{
	struct title      *t = arg;
	struct llm_answer *a = &t->answer;

	(void)retry_after;
	if (status == 200 && how == UPSTREAM_COMPLETE) {
		sse_reader_end(&t->reader);
		t->model->provider->read_end(a);
	} else {
		a->failure = LLM_NETWORK;
		snprintf(a->problem, sizeof(a->problem), "status %d %s", status,
		    problem);
	}
	settle(t);
}

static void
ask(struct title *t)
{
	struct llm_message message = {LLM_USER, t->told.data};
	struct llm_prompt  prompt = {
	     .system = instructions, .messages = &message, .count = 1};
	struct upstream_call call = {
	    .data = take_bytes, .end = take_end, .arg = t};

	t->reader.event = read_event;
	t->reader.arg = t;
	if (model_ask(t->model, &prompt, &call) == NULL)
		title_free(t);
}

static void
looked(struct db_call *call, void *arg)
{
	struct title *t = arg;

	if (db_call_wait(call)->error != ERR_NONE || db_rows(call) == 0 ||
	    db_length(call, 0, 0) == 0) {
		title_free(t);
		return;
	}
	buf_text(&t->before, db_text(call, 0, 0));
	ask(t);
}

void
title_consider(int64_t user_id, const struct store_turn *turn)
{
	struct model *model = models_title();
	struct title *t;

	if (model == NULL || turn->conversation == 0 || at_once == AT_ONCE)
		return;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatal("title: no memory");
	at_once++;
	t->user_id = user_id;
	t->turn = turn->id;
	t->model = model;
	buf_printf(&t->told, "User: %.*s\n\nAssistant: %.*s", TOLD_MAX,
	    turn->prompt, TOLD_MAX, turn->response);
	db_send_for(store_title_wanted(user_id, &t->turn), looked, t);
}
