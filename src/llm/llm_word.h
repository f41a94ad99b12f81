/*
 * The words providers answer with (types, codes, reasons): what they mean to
 * us, and how they may be shown. They are not trusted to be words.
 */
#ifndef AICHAT_LLM_WORD_H
#define AICHAT_LLM_WORD_H

#include <stddef.h>

#define LLM_WORD_MAX 60 /* characters of a word in a log line */

/* A row of a table that ends with a NULL word. */
struct llm_word {
	const char *word;
	int         meaning;
};

/* What word, or NULL, means in this table; unknown when it is not there. */
int llm_word_meaning(const struct llm_word *, const char *word, int unknown);

/*
 * Copy at most size - 1 characters of word to out: letters, digits and
 * "_.- "; anything else as an underscore.
 */
void llm_word_copy(char *out, size_t size, const char *word);

#endif
