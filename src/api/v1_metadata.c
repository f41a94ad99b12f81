#include <string.h>

#include "api/v1_metadata.h"
#include "core/json.h"
#include "core/reply.h"

/* Characters, of text that is valid. */
static size_t
characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return (n);
}

static bool
refuse(struct flow *f, const char *param, const char *why)
{
	reply_error_param(f, ERR_INVALID_FIELD, param, "%s %s", param, why);
	return (false);
}

static bool
read_pair(
    struct flow *f, const cJSON *pair, const char *param, struct v1_metadata *m)
{
	if (characters(pair->string) > V1_METADATA_NAME)
		return (
		    refuse(f, param, "has a name of more than 64 characters"));
	if (cJSON_IsNull(pair)) {
		json_put_text(&m->removed, NULL, pair->string);
		if (strcmp(pair->string, "title") == 0)
			m->title = "";
		return (true);
	}
	if (!cJSON_IsString(pair))
		return (refuse(f, param, "must have strings as values"));
	if (characters(pair->valuestring) > V1_METADATA_TEXT)
		return (refuse(
		    f, param, "has a value of more than 512 characters"));
	if (strcmp(pair->string, "title") == 0)
		m->title = pair->valuestring;
	else
		json_put_text(&m->set, pair->string, pair->valuestring);
	return (true);
}

bool
v1_metadata_read(
    struct flow *f, const cJSON *body, const char *param, struct v1_metadata *m)
{
	const cJSON *given, *pair;
	int          count = 0;

	given = cJSON_GetObjectItemCaseSensitive(body, "metadata");
	m->given = given != NULL;
	m->null = cJSON_IsNull(given);
	if (given != NULL && !m->null && !cJSON_IsObject(given))
		return (refuse(f, param, "must be an object"));
	json_open_object(&m->set, NULL);
	json_open_array(&m->removed, NULL);
	cJSON_ArrayForEach(pair, given) {
		if (!read_pair(f, pair, param, m))
			return (false);
		count += cJSON_IsString(pair) &&
		    strcmp(pair->string, "title") != 0;
	}
	if (count > V1_METADATA_PAIRS)
		return (refuse(f, param, "has more than 16 pairs"));
	json_close_object(&m->set);
	json_close_array(&m->removed);
	return (true);
}

bool
v1_metadata_title(
    struct flow *f, const cJSON *body, const char *param, struct v1_metadata *m)
{
	const cJSON *title = json_member(body, "title");

	if (title == NULL)
		return (true);
	if (!cJSON_IsString(title) ||
	    characters(title->valuestring) > V1_METADATA_TEXT)
		return (refuse(
		    f, param, "must be a string of at most 512 characters"));
	m->title = title->valuestring;
	return (true);
}

void
v1_metadata_release(struct v1_metadata *m)
{
	buf_wipe(&m->set);
	buf_wipe(&m->removed);
}

void
v1_metadata_put(struct buf *b, const char *stored, const char *title)
{
	struct json_error error;
	const cJSON      *pair;
	cJSON            *tree;

	json_open_object(b, "metadata");
	if (title[0] != '\0')
		json_put_text(b, "title", title);
	tree = json_read(stored, strlen(stored), &error);
	cJSON_ArrayForEach(pair, tree)
		if (cJSON_IsString(pair))
			json_put_text(b, pair->string, pair->valuestring);
	cJSON_Delete(tree);
	json_close_object(b);
}
