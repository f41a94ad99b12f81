#include <stdio.h>
#include <string.h>
#include <time.h>

#include "api/v1_messages.h"
#include "core/json.h"
#include "core/reply.h"
#include "core/uuid.h"

#define TITLE_MAX 80           /* characters, as store_turns.c has it */
#define MODEL_MAX 128          /* bytes */
#define TICKS     4096         /* of an id's clock, a millisecond */
#define TIME_MAX  253402300799 /* the year 9999 */

static bool
refuse(struct flow *f, const char *param, int i, const char *member,
    const char *why)
{
	char name[96];

	snprintf(name, sizeof(name), "%s[%d]%s%s", param, i,
	    member[0] != '\0' ? "." : "", member);
	reply_error_param(f, ERR_INVALID_FIELD, name, "%s %s", name, why);
	return (false);
}

static const char *
text_of(const cJSON *object, const char *member)
{
	return (cJSON_GetStringValue(json_member(object, member)));
}

/* A string, or parts of text one behind another. */
static bool
read_content(const cJSON *content, struct buf *out)
{
	const cJSON *part;
	const char  *type, *text;

	if (cJSON_IsString(content)) {
		buf_text(out, content->valuestring);
		return (true);
	}
	if (!cJSON_IsArray(content))
		return (false);
	cJSON_ArrayForEach(part, content) {
		type = text_of(part, "type");
		text = text_of(part, "text");
		if (type == NULL || text == NULL ||
		    (strcmp(type, "input_text") != 0 &&
			strcmp(type, "output_text") != 0 &&
			strcmp(type, "text") != 0))
			return (false);
		buf_text(out, text);
	}
	return (true);
}

/*
 * An id in the order of the messages' times, and of the messages where those
 * are equal or go backwards; RFC 9562's version 7 with a counter behind the
 * milliseconds (section 6.2, method 1).
 */
static void
next_id(struct v1_messages *m, struct uuid *id)
{
	uint64_t us = (uint64_t)m->at;
	uint64_t at = us / 1000 * TICKS + us % 1000 * TICKS / 1000;
	int      i;

	m->clock = at > m->clock ? at : m->clock + 1;
	uuid_new(id);
	for (i = 0; i < 6; i++)
		id->bytes[i] = (uint8_t)(m->clock / TICKS >> (40 - 8 * i));
	id->bytes[6] = (uint8_t)(0x70 | (m->clock >> 8 & 0x0f));
	id->bytes[7] = (uint8_t)m->clock;
	memset(id->bytes + 12, 0, 4);
}

static void
put_parent(struct v1_messages *m)
{
	char text[UUID_TEXT_SIZE];

	if (m->parent == NULL)
		return;
	uuid_format(m->parent, text);
	json_put_text(&m->turns, "parent", text);
	m->parent = NULL;
}

static void
put_turn(struct v1_messages *m)
{
	struct uuid id;
	char        text[2 * sizeof(id.bytes) + 1];
	size_t      i;

	next_id(m, &id);
	m->last_turn = id;
	if (m->first == 0) {
		m->first = m->at;
		m->first_turn = id;
	}
	for (i = 0; i < 12; i++)
		snprintf(text + 2 * i, 3, "%02x", id.bytes[i]);
	json_open_object(&m->turns, NULL);
	json_put_text(&m->turns, "id", text);
	if (strcmp(m->role, "system") == 0)
		json_put_text(&m->turns, "role", m->role);
	json_put_text(&m->turns, "model", m->model != NULL ? m->model : "");
	json_put_bytes(&m->turns, "prompt", m->prompt.data, m->prompt.len);
	json_put_bytes(
	    &m->turns, "response", m->response.data, m->response.len);
	json_put_int(&m->turns, "at", m->at);
	put_parent(m);
	json_close_object(&m->turns);
}

static void
close_turn(struct v1_messages *m)
{
	if (m->open)
		put_turn(m);
	m->open = false;
	m->model = NULL;
	buf_wipe(&m->prompt);
	buf_wipe(&m->response);
}

/* The first prompt in a line, shortened by characters. */
static void
note_title(struct v1_messages *m)
{
	const char *p = m->prompt.data;
	int         n = 0;

	if (m->title.len > 0 || strcmp(m->role, "user") != 0)
		return;
	for (p += strspn(p, " \t\r\n"); *p != '\0'; p++) {
		n += ((unsigned char)*p & 0xc0) != 0x80;
		if (n > TITLE_MAX)
			break;
		if (strchr(" \t\r\n", *p) == NULL)
			buf_char(&m->title, *p);
		else if (m->title.data[m->title.len - 1] != ' ')
			buf_char(&m->title, ' ');
	}
}

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

bool
v1_messages_time(const cJSON *object, int64_t *at)
{
	const cJSON *value = json_member(object, "created_at");

	if (value == NULL)
		return (true);
	if (!cJSON_IsNumber(value) || !(value->valuedouble > 0) ||
	    value->valuedouble > TIME_MAX)
		return (false);
	*at = (int64_t)(value->valuedouble * 1e6);
	return (true);
}

static bool
is_assistant(const char *role)
{
	return (strcmp(role, "assistant") == 0);
}

/* One of OpenAI's roles; developer is its newer word for system. */
static const char *
role_of(const cJSON *message)
{
	const char *role = text_of(message, "role");

	if (role == NULL)
		return (NULL);
	if (strcmp(role, "user") == 0 || is_assistant(role))
		return (role);
	if (strcmp(role, "system") == 0 || strcmp(role, "developer") == 0)
		return ("system");
	return (NULL);
}

static bool
read_message(struct flow *f, const cJSON *message, const char *param, int i,
    struct v1_messages *m)
{
	const char *type = text_of(message, "type"), *role;
	const char *model = text_of(message, "model");
	int64_t     at;
	bool        answers;

	if (!cJSON_IsObject(message) ||
	    (type != NULL && strcmp(type, "message") != 0))
		return (refuse(f, param, i, "type", "must be a message"));
	if ((role = role_of(message)) == NULL)
		return (refuse(f, param, i, "role",
		    "must be user, assistant, system or developer"));
	if (model != NULL && strlen(model) > MODEL_MAX)
		return (refuse(f, param, i, "model", "is too long"));
	answers = is_assistant(role) && m->open && m->response.len == 0 &&
	    strcmp(m->role, "user") == 0;
	if (!answers)
		close_turn(m);
	at = m->at != 0 ? m->at : now_us();
	if (!v1_messages_time(message, &at))
		return (refuse(f, param, i, "created_at",
		    "must be a time in seconds since 1970"));
	m->open = true;
	m->at = answers ? m->at : at;
	m->role = answers ? m->role : role;
	m->model = model != NULL ? model : m->model;
	if (!read_content(json_member(message, "content"),
		is_assistant(role) ? &m->response : &m->prompt))
		return (refuse(f, param, i, "content",
		    "must be a text, or parts of text"));
	if ((is_assistant(role) ? m->response : m->prompt).len == 0)
		return (refuse(f, param, i, "content", "must not be empty"));
	note_title(m);
	m->last = at;
	return (true);
}

bool
v1_messages_read(struct flow *f, const cJSON *array, const char *param, int max,
    struct v1_messages *m)
{
	const cJSON *message;
	int          i = 0;

	if ((array != NULL && !cJSON_IsArray(array)) ||
	    cJSON_GetArraySize(array) > max) {
		reply_error_param(f, ERR_INVALID_FIELD, param,
		    "%s must be an array of at most %d messages", param, max);
		return (false);
	}
	json_open_array(&m->turns, NULL);
	cJSON_ArrayForEach(message, array)
		if (!read_message(f, message, param, i++, m))
			return (false);
	close_turn(m);
	json_close_array(&m->turns);
	return (true);
}

void
v1_messages_release(struct v1_messages *m)
{
	buf_wipe(&m->turns);
	buf_wipe(&m->title);
	buf_wipe(&m->prompt);
	buf_wipe(&m->response);
}
