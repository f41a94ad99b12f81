#include <stdint.h>
#include <string.h>

#include "api/v1_snippet.h"
#include "core/json.h"
#include "store/store_search.h"

#define MARK_SIZE (sizeof(STORE_SEARCH_START) - 1)

/* Which mark is here: '<', '>' or 0. */
static char
mark_at(const char *text)
{
	if (strncmp(text, STORE_SEARCH_START, MARK_SIZE) == 0)
		return ('<');
	return (strncmp(text, STORE_SEARCH_STOP, MARK_SIZE) == 0 ? '>' : 0);
}

static void
put_plain(struct buf *b, const char *marked)
{
	struct buf plain = {0};
	size_t     n;

	while (*marked != '\0') {
		if (mark_at(marked) != 0) {
			marked += MARK_SIZE;
			continue;
		}
		n = 1 + strcspn(marked + 1, "\xee");
		buf_append(&plain, marked, n);
		marked += n;
	}
	json_put_bytes(b, "snippet", plain.data, plain.len);
	buf_wipe(&plain);
}

void
v1_snippet_put(struct buf *b, const char *marked)
{
	int64_t at = 0, start = 0;
	char    mark;

	put_plain(b, marked);
	json_open_array(b, "highlights");
	while (*marked != '\0') {
		if ((mark = mark_at(marked)) == 0) {
			at += ((unsigned char)*marked++ & 0xc0) != 0x80;
			continue;
		}
		marked += MARK_SIZE;
		if (mark == '<') {
			start = at;
			continue;
		}
		json_open_object(b, NULL);
		json_put_int(b, "start", start);
		json_put_int(b, "end", at);
		json_close_object(b);
	}
	json_close_array(b);
}
