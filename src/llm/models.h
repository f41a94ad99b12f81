/*
 * The models clients can name, in any case: gpt, claude and gemini, each real
 * when its provider's key is set and otherwise a mock, and those of
 * MODELS_FILE. Lives as long as the process.
 */
#ifndef AICHAT_MODELS_H
#define AICHAT_MODELS_H

#include <stdbool.h>

#include "core/upstream.h"
#include "llm/circuit.h"
#include "llm/provider.h"

#define MODELS_MAX 64

struct model {
	const struct provider *provider; /* NULL: a mock */
	struct llm_model       at;       /* at.id is its name */
	struct circuit         circuit;  /* this worker's */
};

/*
 * Read the configuration. What is wrong with MODELS_FILE or FALLBACK_MODELS
 * is appended to problems; true when nothing is.
 *
 * The file is an array of objects: id, provider (openai, anthropic, gemini),
 * model, and if wanted base_url, api_key, api_key_env (the name of a variable
 * that has the key), api_version, max_tokens, extra, old_max_tokens, no_usage,
 * sampling.
 */
bool models_load(struct buf *problems);

/* NULL when there is no such model. */
struct model *models_find(const char *name);

/* A model's number below MODELS_MAX, and its name by that; NULL when there is
 * none. */
size_t      models_index(const struct model *);
const char *models_name(size_t);

/* The one that gives titles (TITLE_MODEL), real; NULL: none does. */
struct model *models_title(void);

/*
 * Ask a real model. The call brings its handlers and arg, the rest is filled
 * in. NULL: the prompt cannot be put into the provider's form.
 */
struct upstream *model_ask(
    const struct model *, const struct llm_prompt *, struct upstream_call *);

/* The i-th of FALLBACK_MODELS, NULL behind the last. */
struct model *models_fallback(int i);

#endif
