/*
 * Whatever json_read() takes, the writer writes so that reading it again
 * gives the same tree; and whatever bytes the writer is given, it writes JSON.
 */
/* links: core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The writer has integers only: any other number becomes null in both. */
static void
write_number(struct buf *b, const char *key, cJSON *value)
{
	int64_t n;

	if (json_to_integer(value, INT64_MIN, INT64_MAX, &n)) {
		json_put_int(b, key, n);
	} else {
		value->type = cJSON_NULL;
		json_put_null(b, key);
	}
}

static void
write_value(struct buf *b, cJSON *value)
{
	const char *key = value->string;
	cJSON      *child;

	if (cJSON_IsObject(value))
		json_open_object(b, key);
	else if (cJSON_IsArray(value))
		json_open_array(b, key);
	else if (cJSON_IsString(value))
		json_put_text(b, key, value->valuestring);
	else if (cJSON_IsNumber(value))
		write_number(b, key, value);
	else if (cJSON_IsBool(value))
		json_put_bool(b, key, cJSON_IsTrue(value));
	else
		json_put_null(b, key);
	cJSON_ArrayForEach(child, value)
		write_value(b, child);
	if (cJSON_IsObject(value))
		json_close_object(b);
	else if (cJSON_IsArray(value))
		json_close_array(b);
}

static void
check_tree(cJSON *value)
{
	struct json_error error;
	struct buf        b = {0};
	cJSON            *again;

	write_value(&b, value);
	again = json_read(b.data, b.len, &error);
	require(again != NULL);
	require(cJSON_Compare(value, again, 1));
	cJSON_Delete(again);
	buf_release(&b);
}

static void
check_bytes(const char *text, size_t len)
{
	struct json_error error;
	struct buf        b = {0};
	cJSON            *value;
	size_t            bad;

	/* The reader refuses \u0000, which is what a NUL is written as. */
	if (memchr(text, '\0', len) != NULL)
		return;
	json_put_bytes(&b, NULL, text, len);
	value = json_read(b.data, b.len, &error);
	require(value != NULL);
	if (json_utf8(text, len, &bad)) {
		require(strlen(value->valuestring) == len);
		require(memcmp(value->valuestring, text, len) == 0);
	} else {
		require(bad < len);
	}
	cJSON_Delete(value);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char       *text = (const char *)data;
	struct json_error error = {0, NULL};
	cJSON            *value;

	value = json_read(text, size, &error);
	if (value == NULL)
		require(error.offset <= size && error.problem != NULL);
	else
		check_tree(value);
	cJSON_Delete(value);
	if (size > 0)
		check_bytes(text, size);
	return (0);
}
