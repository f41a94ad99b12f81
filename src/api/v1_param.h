/*
 * Parameters of /v1 requests, read as OpenAI's API reference has them: null is
 * as good as absent, what is unknown is passed over, and what would change the
 * answer but is not supported is refused by name. Each function that returns
 * false has replied.
 */
#ifndef AICHAT_V1_PARAM_H
#define AICHAT_V1_PARAM_H

#include "core/flow.h"
#include "llm/models.h"

/* A parameter that is not supported, but for values that ask for nothing. */
struct v1_unsupported {
	const char *name; /* NULL ends the table */
	bool (*is_harmless)(const cJSON *value);
};

/* What is harmless. */
bool v1_param_is_empty(const cJSON *);  /* false, "", [] or {} */
bool v1_param_is_zero(const cJSON *);   /* 0, or empty */
bool v1_param_is_one(const cJSON *);    /* 1 */
bool v1_param_is_text(const cJSON *);   /* {"type": "text"} */
bool v1_param_is_choice(const cJSON *); /* "none" or "auto" */

bool v1_param_supported(struct flow *, const struct v1_unsupported *);

/* Refuse a parameter: it is missing; its value is wrong, in words. */
int v1_param_missing(struct flow *, const char *param);
int v1_param_invalid(struct flow *, const char *param, const char *problem);

/* A number within [min, max]; *given is false when it is absent. */
bool v1_param_number(struct flow *, const char *name, double min, double max,
    bool *given, double *out);

/* temperature and top_p. */
bool v1_param_sampling(struct flow *, struct llm_options *);

/* The model; *name as the client wrote it. */
bool v1_param_model(struct flow *, struct model **, const char **name);

/* Up to 16 pairs of strings; *out is NULL when it is absent. */
bool v1_param_metadata(struct flow *, const cJSON **out);

#endif
