#include "harness.h"

/* What no line may contain: passwords and prompts, tokens, hashes, secrets. */
static void
assert_nothing_private(const struct server *s, const char *log)
{
	const char *const words[] = {PRIVATE, "eyJ", "$argon2",
	    "scrypt:", "pbkdf2:", s->secret, s->url, "PRIVATE KEY"};
	const char       *found;
	size_t            i;

	for (i = 0; i < COUNT(words); i++)
		if ((found = strstr(log, words[i])) != NULL)
			fail_msg("a secret in %s: %.200s", s->log, found);
}

static void
assert_is_event(const char *line)
{
	const cJSON *json = cJSON_Parse(line);

	if (!cJSON_IsObject(json) ||
	    !cJSON_IsString(cJSON_GetObjectItem(json, "time")) ||
	    !cJSON_IsString(cJSON_GetObjectItem(json, "level")) ||
	    !cJSON_IsString(cJSON_GetObjectItem(json, "event")))
		fail_msg(
		    "not a line of JSON with time, level, event: %s", line);
}

void
log_assert_clean(const struct server *s)
{
	char *text = scratch_file(s->log), *line, *rest;

	assert_string_not_equal(text, "");
	assert_nothing_private(s, text);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		assert_is_event(line);
}

/* Lines are written some ten milliseconds later. */
int
log_worker_of(const struct server *s, const char *request_id)
{
	long long    deadline = now_ms() + 2000;
	const cJSON *json;
	char        *text, *line, *id;

	id = scratch_printf("\"id\":\"%s\"", request_id);
	while (now_ms() < deadline) {
		text = scratch_file(s->log);
		if ((line = strstr(text, id)) == NULL ||
		    strchr(line, '\n') == NULL) {
			sleep_ms(20);
			continue;
		}
		*strchr(line, '\n') = '\0';
		while (line > text && line[-1] != '\n')
			line--;
		json = cJSON_Parse(line);
		return (cJSON_GetObjectItem(json, "worker")->valueint);
	}
	fail_msg("no line about request %s", request_id);
	return (-1);
}
