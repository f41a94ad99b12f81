#include <string.h>

#include "core/json.h"
#include "core/json_scan.h"
#include "core/utf8.h"

/* Slots of the hash table of names; twice the names keep it half empty. */
#define NAME_SLOTS (2 * JSON_MEMBERS_MAX)

/* The largest integer a double holds that no other rounds to: 2^53 - 1. */
#define EXACT_MAX 9007199254740991.0

/* Put name into the table; false when it was there. */
static bool
note_name(const char **table, const char *name)
{
	uint32_t    slot = 2166136261u; /* FNV-1a */
	const char *p;

	for (p = name; *p != '\0'; p++)
		slot = (slot ^ (uint8_t)*p) * 16777619u;
	for (;; slot++) {
		slot %= NAME_SLOTS;
		if (table[slot] == NULL)
			break;
		if (strcmp(table[slot], name) == 0)
			return (false);
	}
	table[slot] = name;
	return (true);
}

/*
 * Whether no object of the tree has a name twice; *names counts them in the
 * order of the text, so that it ends at the offending one.
 */
static bool
names_differ(const cJSON *value, size_t *names)
{
	const char  *table[NAME_SLOTS];
	const cJSON *child = value->child;
	bool         object = cJSON_IsObject(value);

	if (child == NULL)
		return (true);
	if (object)
		memset(table, 0, sizeof(table));
	for (; child != NULL; child = child->next) {
		if (object) {
			++*names;
			if (!note_name(table, child->string))
				return (false);
		}
		if (!names_differ(child, names))
			return (false);
	}
	return (true);
}

cJSON *
json_read(const char *text, size_t len, struct json_error *error)
{
	cJSON *value;
	size_t names = 0;

	if (!json_scan(text, len, error))
		return (NULL);
	value = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
	if (value == NULL) {
		error->offset = 0;
		error->problem = "out of memory";
	} else if (!names_differ(value, &names)) {
		cJSON_Delete(value);
		value = NULL;
		error->offset = json_scan_name(text, len, names);
		error->problem = "a name occurs twice in an object";
	}
	return (value);
}

bool
json_utf8(const char *text, size_t len, size_t *bad_offset)
{
	size_t at = 0;
	int    size;

	while (at < len) {
		size = utf8_measure(text + at, len - at);
		if (size < 0 || text[at] == '\0') {
			*bad_offset = at;
			return (false);
		}
		at += (size_t)size;
	}
	return (true);
}

const cJSON *
json_member(const cJSON *object, const char *name)
{
	const cJSON *value;

	if (!cJSON_IsObject(object))
		return (NULL);
	value = cJSON_GetObjectItemCaseSensitive(object, name);
	return (cJSON_IsNull(value) ? NULL : value);
}

bool
json_to_integer(const cJSON *value, int64_t min, int64_t max, int64_t *out)
{
	double  d;
	int64_t n;

	if (!cJSON_IsNumber(value))
		return (false);
	d = value->valuedouble;
	if (!(d >= -EXACT_MAX && d <= EXACT_MAX)) /* NaN fails, too */
		return (false);
	n = (int64_t)d;
	if ((double)n != d || n < min || n > max)
		return (false);
	*out = n;
	return (true);
}
