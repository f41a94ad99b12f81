#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"

static bool
is_json(struct flow *f)
{
	static const char json[] = "application/json";
	const char       *type;

	if (!http_request_header(f->req, "content-type", &type) ||
	    strncasecmp(type, json, sizeof(json) - 1) != 0)
		return (false);
	type += sizeof(json) - 1;
	return (*type == '\0' || *type == ';' || *type == ' ');
}

const cJSON *
request_body(struct flow *f)
{
	return (request_body_within(f, REQUEST_BODY_MAX));
}

const cJSON *
request_body_within(struct flow *f, size_t max)
{
	struct json_error error;
	const char       *text = "";
	size_t            len = f->req->http_body_length;

	if (f->body != NULL)
		return (f->body);
	if (len > max) {
		reply_error(f, ERR_BODY_TOO_LARGE);
		return (NULL);
	}
	if (len > 0 && !is_json(f)) {
		reply_error(f, ERR_UNSUPPORTED_MEDIA_TYPE);
		return (NULL);
	}
	if (f->req->http_body != NULL)
		text = (const char *)f->req->http_body->data;
	if ((f->body = json_read(text, len, &error)) == NULL) {
		reply_error_detail(f, ERR_INVALID_JSON,
		    "The body is not valid JSON: %s at byte %zu", error.problem,
		    error.offset);
		return (NULL);
	}
	if (!cJSON_IsObject(f->body)) {
		reply_error_detail(
		    f, ERR_INVALID_JSON, "The body must be a JSON object");
		return (NULL);
	}
	return (f->body);
}

bool
request_text(struct flow *f, const char *name, size_t max, const char **out)
{
	const cJSON *value = json_member(f->body, name);

	*out = NULL;
	if (value == NULL)
		return (true);
	if (!cJSON_IsString(value)) {
		reply_error_param(
		    f, ERR_INVALID_FIELD, name, "%s must be a string", name);
		return (false);
	}
	if (strlen(value->valuestring) > max) {
		reply_error_param(f, ERR_INVALID_FIELD, name,
		    "%s must not be longer than %zu bytes", name, max);
		return (false);
	}
	if (value->valuestring[0] != '\0')
		*out = value->valuestring;
	return (true);
}

bool
request_number(
    struct flow *f, const char *name, int64_t min, int64_t max, int64_t *out)
{
	const cJSON *value = json_member(f->body, name);

	*out = 0;
	if (value == NULL || json_to_integer(value, 0, 0, out))
		return (true);
	if (json_to_integer(value, min, max, out))
		return (true);
	reply_error_param(f, ERR_INVALID_FIELD, name,
	    "%s must be a whole number from %lld to %lld", name, (long long)min,
	    (long long)max);
	return (false);
}

/* Whether the raw query string has a parameter of this name. */
static bool
query_has(const struct flow *f, const char *name)
{
	const char *s = f->req->query_string;
	size_t      n = strlen(name);

	for (; s != NULL; s = strchr(s, '&')) {
		s += *s == '&';
		if (strncmp(s, name, n) == 0 &&
		    (s[n] == '=' || s[n] == '&' || s[n] == '\0'))
			return (true);
	}
	return (false);
}

bool
request_query_number(
    struct flow *f, const char *name, int64_t max, int64_t *out)
{
	u_int64_t value;

	*out = 0;
	/* Kore splits the query string in place, so the look comes first. */
	if (!query_has(f, name))
		return (true);
	http_populate_qs(f->req);
	if (http_argument_get_uint64(f->req, name, &value) &&
	    value <= (u_int64_t)max) {
		*out = (int64_t)value;
		return (true);
	}
	reply_error_param(f, ERR_INVALID_FIELD, name,
	    "%s must be a whole number from 1 to %lld", name, (long long)max);
	return (false);
}

bool
request_query_text(struct flow *f, const char *name, const char **out)
{
	size_t bad;
	char  *value;

	*out = NULL;
	if (!query_has(f, name))
		return (true);
	http_populate_qs(f->req);
	if (http_argument_get_string(f->req, name, &value) &&
	    json_utf8(value, strlen(value), &bad)) {
		*out = value;
		return (true);
	}
	reply_error_param(f, ERR_INVALID_FIELD, name,
	    "%s has a value that is not valid here", name);
	return (false);
}

bool
request_path_uuid(
    struct flow *f, const char *prefix, enum error e, struct uuid *out)
{
	char        text[UUID_TEXT_SIZE];
	const char *path = f->req->path;
	size_t      n = strlen(prefix);

	if (strncmp(path, prefix, n) == 0) {
		snprintf(text, sizeof(text), "%s", path + n);
		if (uuid_parse(text, out))
			return (true);
	}
	reply_error(f, e);
	return (false);
}

void
request_device(struct flow *f, char out[REQUEST_DEVICE_SIZE])
{
	const char *agent = f->req->agent != NULL ? f->req->agent : "";
	size_t      i;

	for (i = 0; i < REQUEST_DEVICE_SIZE - 1 && agent[i] != '\0'; i++)
		out[i] = agent[i] >= ' ' && agent[i] <= '~' ? agent[i] : '?';
	out[i] = '\0';
}

bool
request_accepts_events(struct flow *f)
{
	const char *accept;

	return (http_request_header(f->req, "accept", &accept) &&
	    strcasestr(accept, "text/event-stream") != NULL);
}

bool
request_bool(struct flow *f, const char *name, bool *out)
{
	const cJSON *value = json_member(f->body, name);

	*out = cJSON_IsTrue(value);
	if (value == NULL || cJSON_IsBool(value))
		return (true);
	reply_error_param(
	    f, ERR_INVALID_FIELD, name, "%s must be true or false", name);
	return (false);
}

bool
request_idempotency_key(struct flow *f, const char **key)
{
	if (!http_request_header(f->req, "idempotency-key", key)) {
		*key = NULL;
		return (true);
	}
	if (strlen(*key) <= REQUEST_KEY_MAX)
		return (true);
	reply_error_detail(f, ERR_INVALID_FIELD,
	    "Idempotency-Key must not be longer than %d bytes",
	    REQUEST_KEY_MAX);
	return (false);
}

void
request_fingerprint(struct flow *f, char out[REQUEST_FINGERPRINT_SIZE])
{
	crypto_generichash_state state;
	unsigned char            hash[32];
	const char              *path = f->req->path;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(
	    &state, (const unsigned char *)path, strlen(path) + 1);
	if (f->req->http_body != NULL)
		crypto_generichash_update(
		    &state, f->req->http_body->data, f->req->http_body_length);
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2base64(out, REQUEST_FINGERPRINT_SIZE, hash, sizeof(hash),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
