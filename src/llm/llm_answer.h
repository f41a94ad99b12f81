/*
 * How the providers' parsers fill a struct llm_answer.
 */
#ifndef AICHAT_LLM_ANSWER_H
#define AICHAT_LLM_ANSWER_H

#include "llm/llm_json.h"
#include "llm/llm_word.h"
#include "llm/provider.h"

/* Whether more may come: neither ended nor failed. */
bool llm_answer_open(const struct llm_answer *);

/*
 * Append a piece of the text, a string of llm_json_read() or NULL. Surrogate
 * pairs are joined, also over two pieces; what is ill-formed becomes U+FFFD.
 */
void llm_answer_put(struct llm_answer *, const char *text);

/* Keep the provider's name of this answer, the first one told; or NULL. */
void llm_answer_identify(struct llm_answer *, const char *id);

/*
 * The terminator came: unless it failed, the answer is whole. It fails when
 * there is neither a text nor a reason to finish.
 */
void llm_answer_end(struct llm_answer *);

/* The body ended without one. */
void llm_answer_cut(struct llm_answer *);

/*
 * Say in a->problem what is wrong: a text of ours, then up to two of the
 * provider's words (or NULL), made harmless.
 */
void llm_answer_describe(struct llm_answer *, const char *problem,
    const char *word, const char *more);

/* Describe and fail; only the first failure counts. */
void llm_answer_fail(struct llm_answer *, enum llm_failure, const char *problem,
    const char *word, const char *more);

/* Fail with an HTTP status, or 0 for an error in the midst of a stream. */
void llm_answer_refuse(struct llm_answer *, enum llm_failure, int status,
    const char *word, const char *more);

#endif
