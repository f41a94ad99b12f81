/*
 * What the requests to all providers have in common.
 */
#ifndef AICHAT_LLM_REQUEST_H
#define AICHAT_LLM_REQUEST_H

#include "llm/provider.h"

/*
 * Append text as one segment of a path: all but unreserved characters
 * percent-encoded (RFC 3986, section 2.3).
 */
void llm_request_segment(struct buf *url, const char *text);

/*
 * Add a header, none when value is "". Control characters are left out: a key
 * pasted with its line's end works, and begins no header of its own.
 */
void llm_request_header(
    struct llm_http *, const char *name, const char *prefix, const char *value);

/* The headers every request has. */
void llm_request_headers(struct llm_http *);

/*
 * Call put for each turn in the order all providers accept: the user begins,
 * ends, and alternates with the assistant. Messages before the user's first
 * and those of white space only are left out, those of one role in a row
 * joined by a blank line. False when that does not end with the user.
 */
bool llm_request_turns(struct buf *body, const struct llm_prompt *,
    void (*put)(struct buf *, enum llm_role, const char *text));

/* A put for llm_request_turns(): {"role":...,"content":...}. */
void llm_request_put_message(struct buf *body, enum llm_role, const char *text);

/* How long the answer may be: the client's wish within the model's limit; 0:
 * neither says. */
int64_t
llm_request_max_tokens(const struct llm_model *, const struct llm_prompt *);

/* Whether the model takes temperature and the like: as configured, else when
 * by_name says so. */
bool llm_request_samples(const struct llm_model *, bool by_name);

/* Whether the provider's name of it begins with one of these, of which NULL is
 * the last. */
bool
llm_request_is_one_of(const struct llm_model *, const char *const *prefixes);

/*
 * Merge the JSON object extra into body, which holds one (RFC 7396: objects
 * are merged, null removes, anything else replaces). False when extra is
 * neither an object nor "".
 */
bool llm_request_merge(struct buf *body, const char *extra);

#endif
