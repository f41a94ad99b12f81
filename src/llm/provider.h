/*
 * What a model provider is to the rest of the program: how a request to it is
 * built, and how its stream and its errors are read. One file a provider
 * (src/llm/gemini.c, openai.c, anthropic.c), each pure: bytes in, bytes out;
 * who sends and receives them is src/llm/generation.c.
 *
 * The upstream is always streamed. Nothing it sends is trusted.
 */
#ifndef AICHAT_PROVIDER_H
#define AICHAT_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* Whether a model may be told temperature and the like. */
enum llm_sampling {
	LLM_SAMPLING_BY_NAME, /* as its provider's models are known to */
	LLM_SAMPLING_TAKEN,
	LLM_SAMPLING_REFUSED
};

/* A model as clients name it, and where it is to be had. */
struct llm_model {
	const char *id;          /* what clients say */
	const char *upstream;    /* what the provider calls it */
	const char *base_url;    /* no slash at its end */
	const char *api_key;     /* "" sends none */
	const char *api_version; /* anthropic-version; Gemini's v1beta */
	int64_t     max_tokens;  /* of an answer; 0 leaves it out */
	const char *extra;       /* JSON object merged into the request,
				  * "" is none: temperature, ... */
	enum llm_sampling sampling;
	bool              old_max_tokens; /* OpenAI: max_tokens instead of
					   * max_completion_tokens */
	bool no_usage;                    /* OpenAI: no stream_options */
};

enum llm_role {
	LLM_USER,
	LLM_ASSISTANT
};

struct llm_message {
	enum llm_role role;
	const char   *text; /* never empty */
};

/* What a client asks of the answer; zeroed it is nothing in particular. What a
 * model is known to refuse is not passed on to it. */
struct llm_options {
	int64_t     max_tokens; /* 0: the model's */
	bool        has_temperature;
	double      temperature; /* 0 to 2 */
	bool        has_top_p;
	double      top_p; /* 0 to 1 */
	bool        has_seed;
	int64_t     seed;
	const char *stop; /* JSON array of strings, or NULL */
};

/* A conversation so far: alternating, ending with the user's message. */
struct llm_prompt {
	const char               *system; /* or NULL */
	const struct llm_message *messages;
	size_t                    count;
	struct llm_options        options;
};

/* An HTTP request, ready for libcurl. */
struct llm_http {
	struct buf url;
	struct buf headers; /* "name: value\n" lines */
	struct buf body;
};

enum llm_finish {
	LLM_UNFINISHED,
	LLM_STOP,
	LLM_LENGTH,
	LLM_CONTENT_FILTER
};

/* Why there is no (more) answer. */
enum llm_failure {
	LLM_NO_FAILURE,
	LLM_AUTH,        /* our key is wrong: never retried */
	LLM_BAD_REQUEST, /* never retried */
	LLM_NOT_FOUND,   /* no such model upstream: never retried */
	LLM_RATE_LIMIT,  /* retried, honouring retry_after_ms */
	LLM_QUOTA,       /* used up for long: never retried */
	LLM_OVERLOADED,  /* retried */
	LLM_SERVER,      /* retried */
	LLM_TIMEOUT,     /* retried */
	LLM_NETWORK,     /* retried; set by who sends */
	LLM_PROTOCOL,    /* cut short, or not what was agreed */
	LLM_FAILURE__MAX
};

/* What an answer has brought so far. Zeroed it is an empty one. */
struct llm_answer {
	struct buf text;          /* appended to; valid UTF-8, no NUL */
	char       held[4];       /* a character's bytes so far, "" is
				   * none: what may go on in the next
				   * piece */
	bool             refused; /* OpenAI: text is a refusal */
	enum llm_finish  finish;
	enum llm_failure failure;
	bool             ended;         /* the terminator came */
	int64_t          prompt_tokens; /* 0: not told */
	int64_t          response_tokens;
	int              retry_after_ms;   /* 0: not told */
	char             upstream_id[128]; /* for the log */
	char             problem[200];     /* for the log: the class of the
					    * provider's words, no secret,
					    * no prompt */
	struct buf stray;                  /* lines outside of events */
};

void llm_answer_release(struct llm_answer *);
void llm_http_release(struct llm_http *);

struct provider {
	const char *name;

	/*
	 * Fill *out, which is empty; false when the prompt does not end with
	 * a message of the user, or extra is not an object.
	 */
	bool (*build)(const struct llm_model *, const struct llm_prompt *,
	    struct llm_http *out);

	/* One server-sent event: its name ("" is none) and its data. */
	void (*read_event)(struct llm_answer *, const char *event,
	    const char *data, size_t len);

	/* A line that belongs to no event (Gemini's raw errors), or NULL. */
	void (*read_stray)(struct llm_answer *, const char *line, size_t len);

	/*
	 * The body came to its end: what is missing is a failure. After it
	 * the answer has either ended or failed.
	 */
	void (*read_end)(struct llm_answer *);

	/* An answer that is not 200: classify it. retry_after is that
	 * header's value or NULL; body may be anything, even HTML. */
	void (*read_error)(struct llm_answer *, int status,
	    const char *retry_after, const char *body, size_t len);
};

extern const struct provider provider_gemini;
extern const struct provider provider_openai;
extern const struct provider provider_anthropic;

/* By its name in the models file, NULL when there is none. */
const struct provider *provider_by_name(const char *);

#endif
