#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "llm/turn_context.h"

/* A token is never shorter than this many bytes of UTF-8, but for odd text:
 * so a budget of tokens is at least kept. */
#define BYTES_A_TOKEN 3

int64_t
turn_context_bytes(void)
{
	return ((int64_t)config.context_tokens * BYTES_A_TOKEN);
}

static void
put_system(struct buf *system, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if (system->len > 0)
		buf_text(system, "\n\n");
	buf_text(system, text);
}

static void
put_message(struct llm_message *messages, size_t *n, enum llm_role role,
    const char *text)
{
	if (text[0] == '\0')
		return;
	messages[*n].role = role;
	messages[*n].text = text;
	(*n)++;
}

static void
put_turn(const struct db_call *rows, int row, struct buf *system,
    struct llm_message *messages, size_t *n)
{
	const char *prompt = store_turn_context_prompt(rows, row);

	if (strcmp(store_turn_context_role(rows, row), "system") == 0)
		put_system(system, prompt);
	else
		put_message(messages, n, LLM_USER, prompt);
	put_message(
	    messages, n, LLM_ASSISTANT, store_turn_context_response(rows, row));
}

void
turn_context_join(const struct db_call *rows, const struct llm_prompt *prompt,
    struct buf *system, struct llm_prompt *out)
{
	int i, turns = rows != NULL ? store_turn_count(rows) : 0;
	struct llm_message *messages;
	size_t              j, n = 0;

	messages = calloc(
	    (size_t)turns * 2 + prompt->count + 1, sizeof(*messages));
	if (messages == NULL)
		abort();
	if (rows != NULL)
		put_system(system, store_turn_context_instructions(rows));
	for (i = 0; i < turns; i++)
		put_turn(rows, i, system, messages, &n);
	put_system(system, prompt->system);
	for (j = 0; j < prompt->count; j++)
		put_message(messages, &n, prompt->messages[j].role,
		    prompt->messages[j].text);
	*out = *prompt;
	out->messages = messages;
	out->count = n;
	out->system = system->len > 0 ? system->data : NULL;
}
