#include "core/db_array.h"

void
db_array_add(struct buf *array, const char *text, size_t len)
{
	size_t i, run = 0;

	buf_char(array, array->len == 0 ? '{' : ',');
	if (text == NULL) {
		buf_text(array, "NULL");
		return;
	}
	buf_char(array, '"');
	for (i = 0; i < len; i++) {
		if (text[i] != '"' && text[i] != '\\')
			continue;
		buf_append(array, text + run, i - run);
		buf_char(array, '\\');
		run = i;
	}
	buf_append(array, text + run, len - run);
	buf_char(array, '"');
}

void
db_bind_array(struct db_call *call, struct buf *array)
{
	buf_text(array, array->len == 0 ? "{}" : "}");
	db_bind_text(call, array->data);
	buf_wipe(array);
}
