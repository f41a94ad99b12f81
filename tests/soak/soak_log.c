/*
 * The log on a disk that is full at times: its lines are whole, but for the one
 * that took the last of it; and nothing is secret.
 */
#include <sys/stat.h>

#include "soak.h"

#define MUCH (8 * 1024 * 1024)

static long long lines, broken;

static void
look_at(const char *line)
{
	cJSON *json = cJSON_Parse(line);

	lines++;
	broken += !cJSON_HasObjectItem(json, "event");
	cJSON_Delete(json);
	if (strstr(line, PRIVATE) != NULL || strstr(line, "eyJ") != NULL ||
	    strstr(line, soaked->secret) != NULL)
		fail_msg("a secret in the log: %.300s", line);
}

void
log_rotate(bool now)
{
	struct stat st;
	char       *line = NULL;
	size_t      room = 0;
	FILE       *fp;

	if (stat(soaked->log, &st) == -1 || (st.st_size < MUCH && !now))
		return;
	assert_non_null(fp = fopen(soaked->log, "re"));
	while (getline(&line, &room, fp) != -1)
		look_at(line);
	free(line);
	fclose(fp);
	assert_int_equal(truncate(soaked->log, 0), 0);
}

/* Who is killed may be writing. */
void
assert_log_holds(void)
{
	print_message("%lld lines were logged, %lld of them are no line\n",
	    lines, broken);
	assert_true(lines > 0);
	assert_true(broken <= 2 * harms_times("full disk") +
		harms_times("worker 1 killed") +
		harms_times("worker 2 killed"));
}
