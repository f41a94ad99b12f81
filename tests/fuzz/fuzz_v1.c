/*
 * Bodies below /v1: messages, metadata and input items are refused with one
 * reply, or what becomes of them is JSON of the promised shape. A function of
 * another layer that is called all the same is not linked, and a crash.
 */
/* links: api/v1_input.c api/v1_item.c api/v1_id.c api/v1_metadata.c api/v1_messages.c api/v1_snippet.c api/v1_param.c core/errors.c core/uuid.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -no-pie -Wl,--unresolved-symbols=ignore-all -lcjson -lsodium */
#include <stdlib.h>
#include <string.h>

#include "api/v1_input.h"
#include "api/v1_messages.h"
#include "api/v1_metadata.h"
#include "api/v1_snippet.h"
#include "core/json.h"
#include "core/reply.h"
#include "store/store_search.h"

#define MESSAGES_MAX 20
#define WHERE        "input[0]"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int replies;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Stands for core/reply.c: the words are valid, and short enough to show. */
int
reply_error_param(
    struct flow *f, enum error e, const char *param, const char *fmt, ...)
{
	struct buf words = {0};
	va_list    args;
	size_t     bad;

	(void)f;
	require(e != ERR_NONE && param != NULL);
	va_start(args, fmt);
	buf_vprintf(&words, fmt, args);
	va_end(args);
	require(json_utf8(words.data, words.len, &bad));
	buf_release(&words);
	replies++;
	return (FLOW_DONE);
}

static cJSON *
reread(const struct buf *b)
{
	struct json_error error;
	cJSON            *tree = json_read(b->data, b->len, &error);

	require(tree != NULL);
	return (tree);
}

/* In the order they came, with a clock that never goes back. */
static void
check_turns(const cJSON *turns, int count)
{
	const char  *before = "", *id;
	const cJSON *turn;

	require(cJSON_GetArraySize(turns) <= count);
	cJSON_ArrayForEach(turn, turns) {
		id = cJSON_GetStringValue(json_member(turn, "id"));
		require(id != NULL && strlen(id) == 24 && id[12] == '7');
		require(strncmp(id, before, 16) > 0);
		require(cJSON_IsString(json_member(turn, "prompt")) &&
		    cJSON_IsString(json_member(turn, "response")));
		before = id;
	}
}

static void
check_messages(const cJSON *array)
{
	struct v1_messages m = {0};
	cJSON             *turns;

	replies = 0;
	if (v1_messages_read(NULL, array, "items", MESSAGES_MAX, &m)) {
		require(replies == 0);
		turns = reread(&m.turns);
		check_turns(turns, cJSON_GetArraySize(array));
		require(cJSON_GetArraySize(turns) == 0 || m.first > 0);
		cJSON_Delete(turns);
	} else {
		require(replies == 1);
	}
	v1_messages_release(&m);
}

/* What is stored is shown the same again. */
static void
check_pairs(const struct v1_metadata *m)
{
	struct buf shown = {0};
	cJSON     *set = reread(&m->set), *tree, *pair;

	require(cJSON_GetArraySize(set) <= V1_METADATA_PAIRS);
	json_open_object(&shown, NULL);
	v1_metadata_put(&shown, m->set.data, "");
	json_close_object(&shown);
	tree = reread(&shown);
	cJSON_ArrayForEach(pair, set)
		require(strlen(pair->string) <= 4 * V1_METADATA_NAME &&
		    strlen(pair->valuestring) <= 4 * V1_METADATA_TEXT);
	require(cJSON_Compare(set, json_member(tree, "metadata"), 1));
	cJSON_Delete(tree);
	cJSON_Delete(set);
	buf_release(&shown);
}

static void
check_metadata(const cJSON *body)
{
	struct v1_metadata m = {0};
	cJSON             *removed;

	replies = 0;
	if (v1_metadata_read(NULL, body, "metadata", &m) &&
	    v1_metadata_title(NULL, body, "title", &m)) {
		require(replies == 0);
		check_pairs(&m);
		removed = reread(&m.removed);
		require(cJSON_IsArray(removed));
		cJSON_Delete(removed);
	} else {
		require(replies == 1);
	}
	v1_metadata_release(&m);
}

static void
check_prompt(const struct v1_input *input)
{
	const char       *last = v1_input_prompt(input);
	struct buf        system = {0};
	struct llm_prompt prompt = {0};

	v1_input_to_prompt(input, NULL, &system, &prompt);
	require(prompt.count <= input->count);
	require((prompt.system == NULL) == (system.len == 0));
	if (last != NULL)
		require(
		    strcmp(prompt.messages[prompt.count - 1].text, last) == 0);
	free((void *)(uintptr_t)prompt.messages);
	buf_release(&system);
}

static void
check_input(const cJSON *array)
{
	struct v1_input input = {0};
	struct buf      references = {0};
	const cJSON    *item;
	cJSON          *tree;
	size_t          count = 0;

	json_open_array(&references, NULL);
	cJSON_ArrayForEach(item, array) {
		replies = 0;
		if (v1_input_read(NULL, &input, item, WHERE)) {
			require(replies == 0 && input.count == ++count);
			continue;
		}
		require(replies == 1);
		replies = 0;
		if (v1_input_read_reference(
			NULL, &input, item, WHERE, &references))
			count++;
		require(replies == 1 || input.count == count);
	}
	json_close_array(&references);
	tree = reread(&references);
	require(cJSON_IsArray(tree));
	check_prompt(&input);
	cJSON_Delete(tree);
	buf_release(&references);
	v1_input_release(&input);
}

static int64_t
characters(const char *text)
{
	int64_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return (n);
}

/* A text that has marks of its own is shown in bounds, too. */
static void
check_snippet(const char *marked)
{
	struct buf   b = {0};
	cJSON       *tree;
	const cJSON *mark;
	const char  *plain;
	int64_t      start, end;

	json_open_object(&b, NULL);
	v1_snippet_put(&b, marked);
	json_close_object(&b);
	tree = reread(&b);
	plain = cJSON_GetStringValue(json_member(tree, "snippet"));
	require(plain != NULL && strstr(plain, STORE_SEARCH_START) == NULL);
	cJSON_ArrayForEach(mark, json_member(tree, "highlights")) {
		require(json_to_integer(
		    json_member(mark, "start"), 0, characters(plain), &start));
		require(json_to_integer(
		    json_member(mark, "end"), start, characters(plain), &end));
	}
	cJSON_Delete(tree);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_error error;
	cJSON            *body;
	const cJSON      *text;

	if ((body = json_read((const char *)data, size, &error)) == NULL)
		return (0);
	if (cJSON_IsObject(body)) {
		check_messages(json_member(body, "items"));
		check_metadata(body);
		check_input(json_member(body, "input"));
		text = json_member(body, "text");
		if (cJSON_IsString(text))
			check_snippet(text->valuestring);
	}
	cJSON_Delete(body);
	return (0);
}
