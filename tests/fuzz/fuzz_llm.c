/*
 * Whatever a provider sends, its parser ends with either an answer or a
 * failure, text and log lines are well-formed, and how the bytes were cut
 * makes no difference. The first byte picks the provider, the second the cut.
 * The first line of what follows is a refusal's Retry-After, too.
 */
/* links: llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "llm/provider.h"
#include "llm/sse_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct provider *const providers[] = {
    &provider_gemini,
    &provider_openai,
    &provider_anthropic,
};

struct feed {
	const struct provider *provider;
	struct llm_answer      answer;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
take_event(void *arg, const char *event, const char *data, size_t len)
{
	struct feed *f = arg;

	f->provider->read_event(&f->answer, event, data, len);
}

static void
take_stray(void *arg, const char *line, size_t len)
{
	struct feed *f = arg;

	if (f->provider->read_stray != NULL)
		f->provider->read_stray(&f->answer, line, len);
}

/* Printable, so that no log line can be forged. */
static void
check_words(const char *words, size_t size)
{
	size_t i, len = strnlen(words, size);

	require(len < size);
	for (i = 0; i < len; i++)
		require(words[i] >= ' ' && words[i] <= 'z');
}

static void
check_answer(const struct llm_answer *a)
{
	size_t bad;

	require(a->ended != (a->failure != LLM_NO_FAILURE));
	require(!a->ended || a->finish != LLM_UNFINISHED);
	require(a->failure == LLM_NO_FAILURE || a->problem[0] != '\0');
	require(a->text.len == 0 || json_utf8(a->text.data, a->text.len, &bad));
	require(a->prompt_tokens >= 0 && a->response_tokens >= 0);
	require(a->retry_after_ms >= 0 && a->retry_after_ms <= 86400000);
	check_words(a->problem, sizeof(a->problem));
	check_words(a->upstream_id, sizeof(a->upstream_id));
}

/* The stream, in two pieces. */
static struct llm_answer
read_stream(const struct provider *p, const char *body, size_t len, size_t cut)
{
	struct feed       f = {.provider = p};
	struct sse_reader r = {
	    .event = take_event, .stray = take_stray, .arg = &f};

	if (sse_reader_feed(&r, body, cut) &&
	    sse_reader_feed(&r, body + cut, len - cut))
		sse_reader_end(&r);
	p->read_end(&f.answer);
	sse_reader_release(&r);
	check_answer(&f.answer);
	return (f.answer);
}

static void
compare(const struct llm_answer *a, const struct llm_answer *b)
{
	require(a->text.len == b->text.len);
	require(a->text.len == 0 ||
	    memcmp(a->text.data, b->text.data, a->text.len) == 0);
	require(a->finish == b->finish && a->failure == b->failure);
	require(a->prompt_tokens == b->prompt_tokens);
	require(a->response_tokens == b->response_tokens);
	require(strcmp(a->problem, b->problem) == 0);
}

static void
read_refusal(const struct provider *p, const char *body, size_t len)
{
	static const int  statuses[] = {302, 400, 429, 503};
	struct llm_answer a;
	char              after[64];
	size_t            i;

	snprintf(
	    after, sizeof(after), "%.*s", (int)(len < 63 ? len : 63), body);
	after[strcspn(after, "\r\n")] = '\0';

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		memset(&a, 0, sizeof(a));
		p->read_error(&a, statuses[i], i % 2 ? after : NULL, body, len);
		require(a.failure != LLM_NO_FAILURE);
		check_answer(&a);
		llm_answer_release(&a);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct provider *p;
	const char            *body = (const char *)data + 2;
	struct llm_answer      whole, cut;

	if (size < 2)
		return (0);
	p = providers[data[0] % 3];
	size -= 2;
	whole = read_stream(p, body, size, size);
	cut = read_stream(p, body, size, size * data[1] / 256);
	compare(&whole, &cut);
	llm_answer_release(&whole);
	llm_answer_release(&cut);
	read_refusal(p, body, size);
	return (0);
}
