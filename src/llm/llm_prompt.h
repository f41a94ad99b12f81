/*
 * A prompt that outlives who made it.
 */
#ifndef AICHAT_LLM_PROMPT_H
#define AICHAT_LLM_PROMPT_H

#include "llm/provider.h"

/* A text of it: freed by free(); NULL for NULL. */
char *llm_text_copy(const char *);

/* Copy all of it to *out, which is then to be released. */
void llm_prompt_copy(struct llm_prompt *out, const struct llm_prompt *);
void llm_prompt_release(struct llm_prompt *);

#endif
