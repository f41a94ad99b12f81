/*
 * The mock models, which answer at once and without a key: gpt echoes;
 * claude and gemini have canned answers to known prompts.
 */
#ifndef AICHAT_MOCK_H
#define AICHAT_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * Load the canned answers: claude.json and gemini.json from dir, or the
 * compiled-in ones when dir is "". Each file is one object, prompt to answer.
 * What is wrong is appended to problems, a line each; true when nothing is.
 * The answers live as long as the process.
 */
bool mock_load(const char *dir, struct buf *problems);

/*
 * Append the answer of the model (gpt, claude or gemini, in any case) to a
 * whole prompt, compared ignoring case; false when there is no such model.
 */
bool mock_answer(const char *model, const char *prompt, struct buf *out);

/* End the answer after so many words (0: none is too many); whether that took
 * any away. */
bool mock_cut(struct buf *answer, int64_t words);

/* Words, separated by white space: what mock models count as tokens. */
int mock_count_words(const char *text);

#endif
