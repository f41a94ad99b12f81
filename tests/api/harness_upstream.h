/*
 * Providers for the API tests: the fake of our own (tests/upstream), which
 * plays what the prompt asks for, and aimock, one by others. Node.js runs
 * them, as processes of the test program.
 */
#ifndef AICHAT_TESTS_HARNESS_UPSTREAM_H
#define AICHAT_TESTS_HARNESS_UPSTREAM_H

#include "harness.h"

/* In every key: no log, and no answer, may contain it. */
#define UPSTREAM_KEY           "key-of-"
#define UPSTREAM_KEY_OPENAI    UPSTREAM_KEY "openai-3f9a7c51"
#define UPSTREAM_KEY_ANTHROPIC UPSTREAM_KEY "anthropic-8b20d6e4"
#define UPSTREAM_KEY_GEMINI    UPSTREAM_KEY "gemini-c47e1195"

/* What the fake reports as usage, and says when nothing else is asked for. */
#define UPSTREAM_PROMPT_TOKENS   11
#define UPSTREAM_RESPONSE_TOKENS 7
#define UPSTREAM_GREETING        "Hello from the fake."

struct upstream {
	pid_t pid;
	int   http;   /* port */
	int   https;  /* 0: none */
	char *output; /* file */
};

/* The three providers, as models, in the order of the enum. */
enum {
	GPT,
	CLAUDE,
	GEMINI,
	MODELS
};
extern const char *const upstream_models[MODELS];

struct upstream *upstream_start(void);
struct upstream *upstream_start_aimock(void);

/*
 * Settings of a server whose gpt, claude and gemini are this upstream, for
 * server_start(). More are added as lines, "NAME=value\n", or NULL.
 */
const char *const *upstream_options(const struct upstream *, const char *more);

/* The file, of this JSON text, as a line that sets MODELS_FILE. */
char *upstream_models_file(const char *json);

/*
 * A prompt for the fake, different with every call; play may be "". What it
 * asks for is in tests/upstream/plays.mjs.
 */
char *upstream_prompt(const char *play);

/* What the fake was sent with this prompt (in the end of it, to be exact). */
const cJSON *upstream_requests(const struct upstream *, const char *prompt);
int          upstream_count(const struct upstream *, const char *prompt);
/* The only one; it is over, or will be within ms. */
const cJSON *
upstream_request(const struct upstream *, const char *prompt, long ms);
/* A number of GET /_state. */
long long upstream_state(const struct upstream *, const char *name);

/* Files the server's workers have open. */
int upstream_count_files(const struct server *);

/*
 * Nothing is left: each generation that began was ended and freed, no turn
 * runs, nothing counts as running, and the fake is idle and was content with
 * every request; NULL leaves it out. No key is in the log.
 */
void upstream_assert_idle(const struct upstream *, struct server *);

#endif
