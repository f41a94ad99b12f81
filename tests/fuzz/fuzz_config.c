/*
 * The files of operators: a .env file, the values of settings, the file of
 * models. What is accepted can stand where it is used, and a model that was
 * read asks its provider in JSON. The first byte picks which one.
 */
/* links: core/config_check.c core/cidr.c core/env_file.c llm/provider.c llm/gemini.c llm/gemini_error.c llm/openai.c llm/openai_error.c llm/anthropic.c llm/llm_answer.c llm/llm_failure.c llm/llm_json.c llm/llm_request.c llm/llm_word.c llm/sse_reader.c core/json.c core/json_scan.c core/json_write.c core/utf8.c core/buf.c | -lcjson -lpq */
#include <sys/mman.h>

/* To load more than once: what it counts. */
#include "llm/models.c"

#include <stdint.h>
#include <unistd.h>

#include "core/cidr.h"
#include "core/config_check.h"
#include "core/env_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct config config = {
    .openai_api_key = "",
    .openai_model = "gpt",
    .openai_base_url = "https://api.openai.com/v1",
    .anthropic_api_key = "",
    .anthropic_model = "claude",
    .anthropic_base_url = "https://api.anthropic.com",
    .anthropic_version = "2023-06-01",
    .gemini_api_key = "",
    .gemini_model = "gemini",
    .gemini_base_url = "https://generativelanguage.googleapis.com",
    .gemini_api_version = "v1beta",
    .models_file = "",
    .fallback_models = "",
    .title_model = "",
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* A file with these bytes; its path is good until the next one. */
static char *
file_of(const void *bytes, size_t size)
{
	static char path[32];
	static int  fd = -1;

	if (fd == -1)
		require((fd = memfd_create("fuzz", 0)) != -1);
	require(ftruncate(fd, 0) == 0);
	require(pwrite(fd, bytes, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (path);
}

struct seen {
	struct buf written; /* the settings, in a form that is read the same */
	int        count;
	int        last;
};

static void
take(const struct env_line *line, void *arg)
{
	struct seen *s = arg;
	const char  *v;

	require(line->number > s->last);
	s->last = line->number;
	s->count++;
	require(line->name[0] != '\0' &&
	    line->name[strcspn(line->name, "= \t\r\n\"'#$")] == '\0');
	buf_printf(&s->written, "%s=\"", line->name);
	for (v = line->value; *v != '\0'; v++) {
		if (*v == '\n') {
			buf_text(&s->written, "\\n");
			continue;
		}
		if (strchr("\"\\$", *v) != NULL)
			buf_char(&s->written, '\\');
		buf_char(&s->written, *v);
	}
	buf_text(&s->written, "\"\n");
}

static void
check_env(const char *text, size_t len)
{
	struct seen first = {0}, again = {0};
	struct buf  problems = {0};

	require(env_file_read(file_of(text, len), take, &first, &problems));
	buf_release(&problems);
	require(env_file_read(file_of(first.written.data, first.written.len),
	    take, &again, &problems));
	require(problems.len == 0 && again.count == first.count);
	require(again.written.len == first.written.len);
	require(first.count == 0 ||
	    memcmp(again.written.data, first.written.data, first.written.len) ==
		0);
	buf_release(&first.written);
	buf_release(&again.written);
}

static bool
accepts(
    void (*check)(const char *, const char *, struct buf *), const char *value)
{
	struct buf problems = {0};
	bool       ok;

	check("NAME", value, &problems);
	ok = problems.len == 0;
	require(ok || problems.data[problems.len - 1] == '\n');
	buf_release(&problems);
	return (ok);
}

/* Nothing else stands in a header field, or on a line of kore.conf. */
static bool
is_one_word(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value <= ' ' || *value == 0x7f)
			return (false);
	return (true);
}

/* core/config.c passes on nothing else. */
static bool
is_printable(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return (false);
	return (true);
}

static void
check_values(const char *value)
{
	struct cidr_list networks = {0};

	if (accepts(config_check_url, value))
		require(is_one_word(value) && strncmp(value, "http", 4) == 0 &&
		    value[strlen(value) - 1] != '/');
	if (accepts(config_check_origin, value))
		require(is_one_word(value));
	if (accepts(config_check_key, value))
		require(is_one_word(value));
	if (accepts(config_check_listener, value))
		require(is_one_word(value) && strchr(value, ':') != NULL);
	if (accepts(config_check_address, value))
		require(is_one_word(value));
	if (accepts(config_check_networks, value))
		require(cidr_list_read(value, &networks) == NULL &&
		    networks.count <= CIDR_MAX);
	if (accepts(config_check_secret, value))
		require(strlen(value) >= 32);
	accepts(config_check_log_level, value);
	accepts(config_check_database, value);
}

/* Trees of models live as long as the process, which is too long here. */
struct block {
	struct block *next, *previous;
	max_align_t   memory[];
};

static struct block blocks = {&blocks, &blocks};

static void *
take_block(size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	require(b != NULL);
	b->next = blocks.next;
	b->previous = &blocks;
	b->next->previous = blocks.next = b;
	return (b->memory);
}

static void
give_block(void *memory)
{
	struct block *b;

	if (memory == NULL)
		return;
	b = (struct block *)(void *)((char *)memory -
	    offsetof(struct block, memory));
	b->next->previous = b->previous;
	b->previous->next = b->next;
	free(b);
}

static void
check_request(const struct model *m)
{
	struct llm_message message = {LLM_USER, "Hello"};
	struct llm_prompt  prompt = {.messages = &message, .count = 1};
	struct llm_http    http = {0};
	struct json_error  error;
	cJSON             *tree;

	if (m->provider == NULL)
		return;
	if (m->provider->build(&m->at, &prompt, &http)) {
		tree = json_read(http.body.data, http.body.len, &error);
		require(tree != NULL && cJSON_IsObject(tree));
		cJSON_Delete(tree);
	}
	llm_http_release(&http);
}

static void
check_models(const char *text, size_t len)
{
	struct buf problems = {0};
	int        i;

	count = fallback_count = 0;
	config.models_file = file_of(text, len);
	require(models_load(&problems) == (problems.len == 0));
	require(count >= 3 && count <= MODELS_MAX);
	for (i = 0; i < count; i++) {
		require(models_find(models[i].at.id) == &models[i]);
		require(models[i].at.api_key != NULL);
		check_request(&models[i]);
	}
	buf_release(&problems);
	while (blocks.next != &blocks)
		give_block(blocks.next->memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static cJSON_Hooks hooks = {take_block, give_block};
	char              *value;

	cJSON_InitHooks(&hooks);
	if (size == 0)
		return (0);
	switch (data[0] % 3) {
	case 0:
		check_env((const char *)data + 1, size - 1);
		break;
	case 1:
		require((value = strndup((const char *)data + 1, size - 1)) !=
		    NULL);
		if (value[0] != '\0' && is_printable(value))
			check_values(value);
		free(value);
		break;
	default:
		check_models((const char *)data + 1, size - 1);
	}
	return (0);
}
