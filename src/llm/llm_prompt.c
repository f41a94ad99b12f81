#include <stdlib.h>
#include <string.h>

#include "llm/llm_prompt.h"

char *
llm_text_copy(const char *text)
{
	char *s;

	if (text == NULL)
		return (NULL);
	if ((s = strdup(text)) == NULL)
		abort();
	return (s);
}

void
llm_prompt_copy(struct llm_prompt *out, const struct llm_prompt *p)
{
	struct llm_message *messages;
	size_t              i;

	*out = *p;
	/* One at least: none is not to look like no memory. */
	if ((messages = calloc(p->count + 1, sizeof(*messages))) == NULL)
		abort();
	for (i = 0; i < p->count; i++) {
		messages[i].role = p->messages[i].role;
		messages[i].text = llm_text_copy(p->messages[i].text);
	}
	out->messages = messages;
	out->system = llm_text_copy(p->system);
	out->options.stop = llm_text_copy(p->options.stop);
}

void
llm_prompt_release(struct llm_prompt *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		free((void *)(uintptr_t)p->messages[i].text);
	free((void *)(uintptr_t)p->messages);
	free((void *)(uintptr_t)p->system);
	free((void *)(uintptr_t)p->options.stop);
	memset(p, 0, sizeof(*p));
}
