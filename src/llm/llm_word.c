#include <string.h>

#include "llm/llm_word.h"

#define HARMLESS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz" \
	"0123456789_.- "

int
llm_word_meaning(const struct llm_word *table, const char *word, int unknown)
{
	if (word == NULL)
		return (unknown);
	for (; table->word != NULL; table++)
		if (strcmp(table->word, word) == 0)
			return (table->meaning);
	return (unknown);
}

void
llm_word_copy(char *out, size_t size, const char *word)
{
	size_t i;

	for (i = 0; i + 1 < size && word[i] != '\0'; i++)
		out[i] = strchr(HARMLESS, word[i]) != NULL ? word[i] : '_';
	out[i] = '\0';
}
