#include <stdio.h>
#include <string.h>

#include "api/v1_list.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/request.h"

bool
v1_list_read(struct flow *f, struct v1_list *list)
{
	const char *order;
	int64_t     limit;

	if (!request_query_number(f, "limit", V1_LIST_LIMIT_MAX, &limit) ||
	    !request_query_text(f, "after", &list->after) ||
	    !request_query_text(f, "order", &order))
		return (false);
	list->limit = limit != 0 ? (int)limit : V1_LIST_LIMIT;
	list->ascending = order != NULL && strcmp(order, "asc") == 0;
	return (true);
}

void
v1_list_begin(struct v1_list *list)
{
	json_open_object(&list->body, NULL);
	json_put_text(&list->body, "object", "list");
	json_open_array(&list->body, "data");
}

void
v1_list_entry(struct v1_list *list, const char *id)
{
	snprintf(list->last, sizeof(list->last), "%s", id);
	if (list->count++ == 0)
		memcpy(list->first, list->last, sizeof(list->first));
}

static void
put_id(struct v1_list *list, const char *name, const char *id)
{
	if (list->count > 0)
		json_put_text(&list->body, name, id);
	else
		json_put_null(&list->body, name);
}

void
v1_list_end(struct v1_list *list, bool has_more)
{
	json_close_array(&list->body);
	put_id(list, "first_id", list->first);
	put_id(list, "last_id", list->last);
	json_put_bool(&list->body, "has_more", has_more);
	json_close_object(&list->body);
}

int
v1_list_reply(struct flow *f, struct v1_list *list, bool has_more)
{
	v1_list_end(list, has_more);
	return (reply_json(f, 200, &list->body));
}

void
v1_list_release(struct v1_list *list)
{
	buf_wipe(&list->body);
}
