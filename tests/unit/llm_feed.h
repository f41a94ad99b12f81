/*
 * Feeds a provider's parser as the network would: whole, cut in two at every
 * byte, and byte by byte, which must make no difference. Included by tests of
 * providers after cmocka.h.
 */
#ifndef LLM_FEED_H
#define LLM_FEED_H

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "llm/provider.h"
#include "llm/sse_reader.h"

struct feed {
	const struct provider *provider;
	struct llm_answer      answer;
};

static void
feed_event(void *arg, const char *event, const char *data, size_t len)
{
	struct feed *f = arg;

	f->provider->read_event(&f->answer, event, data, len);
}

static void
feed_stray(void *arg, const char *line, size_t len)
{
	struct feed *f = arg;

	if (f->provider->read_stray != NULL)
		f->provider->read_stray(&f->answer, line, len);
}

/* A piece of its own on the heap, so that reading beyond it is noticed. */
static void
feed_piece(struct sse_reader *r, const char *bytes, size_t len)
{
	char *piece = malloc(len > 0 ? len : 1);

	assert_non_null(piece);
	memcpy(piece, bytes, len);
	assert_true(sse_reader_feed(r, piece, len));
	free(piece);
}

/* The first piece has first bytes, each further one step. */
static struct llm_answer
feed_pieces(const struct provider *p, const char *body, size_t len,
    size_t first, size_t step)
{
	struct feed       f = {.provider = p};
	struct sse_reader r = {
	    .event = feed_event, .stray = feed_stray, .arg = &f};
	size_t at, n = first;

	for (at = 0; at < len; at += n, n = step)
		feed_piece(&r, body + at, n < len - at ? n : len - at);
	sse_reader_end(&r);
	p->read_end(&f.answer);
	sse_reader_release(&r);
	assert_true(f.answer.ended != (f.answer.failure != LLM_NO_FAILURE));
	return (f.answer);
}

static void
assert_same_answer(const struct llm_answer *a, const struct llm_answer *b)
{
	assert_int_equal(a->text.len, b->text.len);
	if (a->text.len > 0)
		assert_memory_equal(a->text.data, b->text.data, a->text.len);
	assert_int_equal(a->finish, b->finish);
	assert_int_equal(a->failure, b->failure);
	assert_int_equal(a->ended, b->ended);
	assert_int_equal(a->prompt_tokens, b->prompt_tokens);
	assert_int_equal(a->response_tokens, b->response_tokens);
	assert_int_equal(a->retry_after_ms, b->retry_after_ms);
	assert_string_equal(a->upstream_id, b->upstream_id);
	assert_string_equal(a->problem, b->problem);
}

/* The answer of a stream, however it is cut; the caller releases it. */
static struct llm_answer
feed_every_way(const struct provider *p, const char *body, size_t len)
{
	struct llm_answer whole, other;
	size_t            cut;

	whole = feed_pieces(p, body, len, len, 1);
	for (cut = 1; cut < len; cut++) {
		other = feed_pieces(p, body, len, cut, len);
		assert_same_answer(&whole, &other);
		llm_answer_release(&other);
	}
	other = feed_pieces(p, body, len, 1, 1);
	assert_same_answer(&whole, &other);
	llm_answer_release(&other);
	return (whole);
}

/* That a stream gives this text and reason to finish, and no failure. */
static inline void
assert_answer(const struct provider *p, const char *body, const char *text,
    enum llm_finish finish)
{
	struct llm_answer a = feed_every_way(p, body, strlen(body));

	assert_string_equal(a.problem, "");
	assert_int_equal(a.failure, LLM_NO_FAILURE);
	assert_true(a.ended);
	assert_int_equal(a.finish, finish);
	assert_string_equal(a.text.len > 0 ? a.text.data : "", text);
	llm_answer_release(&a);
}

/* That a stream fails like this, after this text. */
static inline void
assert_failure(const struct provider *p, const char *body, const char *text,
    enum llm_failure failure, const char *problem)
{
	struct llm_answer a = feed_every_way(p, body, strlen(body));

	assert_string_equal(a.problem, problem);
	assert_int_equal(a.failure, failure);
	assert_string_equal(a.text.len > 0 ? a.text.data : "", text);
	llm_answer_release(&a);
}

/*
 * That a stream cut off before its last keep bytes from the end fails
 * wherever that is: only the whole one is an answer.
 */
static inline void
assert_cut_fails(const struct provider *p, const char *body, size_t keep)
{
	struct llm_answer a;
	size_t            len;

	for (len = 0; len + keep < strlen(body); len++) {
		a = feed_pieces(p, body, len, len, 1);
		assert_int_equal(a.failure, LLM_PROTOCOL);
		assert_false(a.ended);
		llm_answer_release(&a);
	}
}

/* That an HTTP error is classified like this. */
static inline void
assert_refusal(const struct provider *p, int status, const char *retry_after,
    const char *body, enum llm_failure failure, int retry_ms,
    const char *problem)
{
	struct llm_answer a = {0};

	p->read_error(&a, status, retry_after, body, strlen(body));
	assert_string_equal(a.problem, problem);
	assert_int_equal(a.failure, failure);
	assert_int_equal(a.retry_after_ms, retry_ms);
	assert_false(a.ended);
	llm_answer_release(&a);
}

/* That the request's body is this JSON, whatever the order of its members. */
static inline void
assert_body(const struct llm_http *http, const char *expected)
{
	cJSON *want = cJSON_Parse(expected);
	cJSON *got = cJSON_ParseWithOpts(http->body.data, NULL, 1);

	assert_non_null(want);
	assert_non_null(got);
	if (!cJSON_Compare(want, got, 1))
		assert_string_equal(http->body.data, expected);
	cJSON_Delete(want);
	cJSON_Delete(got);
}

#endif
