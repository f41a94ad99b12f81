#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/utf8.h"
#include "llm/llm_answer.h"

/* The surrogate at text, as llm_json_read() leaves it; 0 when none is. */
static uint32_t
surrogate(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	if (len < 3 || p[0] != 0xed || (p[1] & 0xe0) != 0xa0 ||
	    (p[2] & 0xc0) != 0x80)
		return (0);
	return (0xd000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu));
}

static void
put_pair(struct buf *b, uint32_t high, uint32_t low)
{
	uint32_t c;

	c = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	buf_append(b,
	    (char[]){(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
		(char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f))},
	    4);
}

/*
 * Take the ill-formed sequence at text; how long it was. One that ends the
 * piece (at most 3 bytes) may be the first half of a character: it is held.
 */
static size_t
put_ill_formed(struct llm_answer *a, const char *text, size_t len)
{
	uint32_t high = surrogate(text, len), low = 0;
	size_t   n = 3;

	if (high == 0)
		n = (size_t)-utf8_measure(text, len);
	else if (high < 0xdc00)
		low = surrogate(text + 3, len - 3);
	if (low >= 0xdc00) {
		put_pair(&a->text, high, low);
		n = 6;
	} else if (n == len) {
		memcpy(a->held, text, n);
		a->held[n] = '\0';
	} else {
		buf_text(&a->text, UTF8_REPLACEMENT);
	}
	return (n);
}

static void
put(struct llm_answer *a, const char *text, size_t len)
{
	size_t n;

	while (len > 0) {
		if (json_utf8(text, len, &n))
			n = len;
		buf_append(&a->text, text, n);
		if (n < len)
			n += put_ill_formed(a, text + n, len - n);
		text += n;
		len -= n;
	}
}

bool
llm_answer_open(const struct llm_answer *a)
{
	return (!a->ended && a->failure == LLM_NO_FAILURE);
}

void
llm_answer_put(struct llm_answer *a, const char *text)
{
	struct buf joined = {0};

	if (text == NULL || *text == '\0')
		return;
	if (a->held[0] == '\0') {
		put(a, text, strlen(text));
		return;
	}
	buf_text(&joined, a->held);
	buf_text(&joined, text);
	a->held[0] = '\0';
	put(a, joined.data, joined.len);
	buf_release(&joined);
}

void
llm_answer_identify(struct llm_answer *a, const char *id)
{
	if (id != NULL && a->upstream_id[0] == '\0')
		llm_word_copy(a->upstream_id, sizeof(a->upstream_id), id);
}

void
llm_answer_end(struct llm_answer *a)
{
	if (!llm_answer_open(a))
		return;
	if (a->held[0] != '\0')
		buf_text(&a->text, UTF8_REPLACEMENT);
	a->held[0] = '\0';
	if (a->finish == LLM_UNFINISHED && a->text.len == 0) {
		llm_answer_fail(a, LLM_PROTOCOL, "empty answer", NULL, NULL);
		return;
	}
	if (a->finish == LLM_UNFINISHED)
		a->finish = LLM_STOP;
	a->ended = true;
}

void
llm_answer_cut(struct llm_answer *a)
{
	llm_answer_fail(a, LLM_PROTOCOL, "upstream closed early", NULL, NULL);
}

void
llm_answer_describe(struct llm_answer *a, const char *problem, const char *word,
    const char *more)
{
	char clean[2][LLM_WORD_MAX + 1] = {"", ""};

	if (word != NULL)
		llm_word_copy(clean[0], sizeof(clean[0]), word);
	if (more != NULL && (word == NULL || strcmp(more, word) != 0))
		llm_word_copy(clean[1], sizeof(clean[1]), more);
	snprintf(a->problem, sizeof(a->problem), "%s%s%s%s%s", problem,
	    *clean[0] != '\0' || *clean[1] != '\0' ? ": " : "", clean[0],
	    *clean[0] != '\0' && *clean[1] != '\0' ? " " : "", clean[1]);
}

void
llm_answer_fail(struct llm_answer *a, enum llm_failure failure,
    const char *problem, const char *word, const char *more)
{
	if (a->failure != LLM_NO_FAILURE)
		return;
	a->failure = failure;
	llm_answer_describe(a, problem, word, more);
}

void
llm_answer_refuse(struct llm_answer *a, enum llm_failure failure, int status,
    const char *word, const char *more)
{
	char problem[32];

	snprintf(problem, sizeof(problem), "answered %d", status);
	llm_answer_fail(a, failure,
	    status != 0 ? problem : "error in the stream", word, more);
}
