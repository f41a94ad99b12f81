#include <string.h>

#include "llm/provider.h"

static const struct provider *const providers[] = {
    &provider_gemini,
    &provider_openai,
    &provider_anthropic,
};

const struct provider *
provider_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
		if (strcmp(providers[i]->name, name) == 0)
			return (providers[i]);
	return (NULL);
}

void
llm_answer_release(struct llm_answer *a)
{
	buf_release(&a->text);
	buf_release(&a->stray);
}

void
llm_http_release(struct llm_http *http)
{
	buf_release(&http->url);
	/* The key is in there. */
	buf_wipe(&http->headers);
	buf_release(&http->body);
}
