#include <stdlib.h>
#include <string.h>

#include <kore/kore.h>
#include <kore/http.h>

#include "api/page_files.h"
#include "core/json.h"

#define FILES_MAX 32

/* Not there in a program that was built without the page. */
extern const u_int8_t  asset_page_pack[] __attribute__((weak));
extern const u_int32_t asset_len_page_pack __attribute__((weak));

static struct page_file files[FILES_MAX];
static size_t           count;

static struct page_bytes
bytes_of(const cJSON *entry, const char *name, struct page_bytes blob)
{
	const cJSON *place = json_member(entry, name);
	int64_t      offset, len, room = (int64_t)blob.len;

	if (!json_to_integer(cJSON_GetArrayItem(place, 0), 0, room, &offset) ||
	    !json_to_integer(
		cJSON_GetArrayItem(place, 1), 0, room - offset, &len))
		fatalx("page: %s is not in the pack", name);
	return (
	    (struct page_bytes){(const char *)blob.at + offset, (size_t)len});
}

static void
read_entry(const cJSON *entry, struct page_bytes blob)
{
	struct page_file *file;

	if (count == FILES_MAX)
		fatalx("page: more than %d files", FILES_MAX);
	file = &files[count++];
	file->path = cJSON_GetStringValue(json_member(entry, "path"));
	file->type = cJSON_GetStringValue(json_member(entry, "type"));
	file->etag = cJSON_GetStringValue(json_member(entry, "etag"));
	if (file->path == NULL || file->type == NULL || file->etag == NULL)
		fatalx("page: an entry of the pack lacks a name");
	file->identity = bytes_of(entry, "identity", blob);
	file->gzip = bytes_of(entry, "gzip", blob);
	file->br = bytes_of(entry, "br", blob);
}

/* The index is a line of JSON, whose strings the files go on to use. */
static void
read_pack(void)
{
	const char       *pack = (const char *)asset_page_pack;
	const char       *end = strchr(pack, '\n');
	struct json_error error;
	struct page_bytes blob;
	const cJSON      *entry;
	cJSON            *index = NULL;

	if (end != NULL)
		index = json_read(pack, (size_t)(end - pack), &error);
	if (!cJSON_IsArray(index))
		fatalx("page: the pack has no index");
	blob.at = end + 1;
	blob.len = asset_len_page_pack - (size_t)(end + 1 - pack);
	cJSON_ArrayForEach(entry, index)
		read_entry(entry, blob);
}

const struct page_file *
page_file(const char *path)
{
	size_t i;

	if (count == 0 && asset_page_pack != NULL)
		read_pack();
	for (i = 0; i < count; i++)
		if (strcmp(files[i].path, path) == 0)
			return (&files[i]);
	return (NULL);
}
