/*
 * What tests/bench/bench.sh needs of the program's own code:
 *
 *	bench_tool tokens FROM TO	access tokens of these user ids
 *	bench_tool refresh FROM TO	refresh tokens, and the hashes of their
 *					ids as the sessions hold them
 *	bench_tool statement NAME	the text of a prepared statement
 *	bench_tool hash PASSWORD	a password's hash
 *	bench_tool verify SECONDS	hashes verified a second, on all cores
 */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/db.h"
#include "core/password.h"
#include "core/refresh.h"
#include "core/token.h"

extern const struct db_statement *const __start_db_statements[];
extern const struct db_statement *const __stop_db_statements[];

static double deadline;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

/* As tests/bench/bench.sh inserts it: the user's number. */
static void
session_of(int64_t user, struct uuid *id)
{
	char text[UUID_TEXT_SIZE];

	snprintf(text, sizeof(text), "00000000-0000-7000-8000-%012lld",
	    (long long)user);
	uuid_parse(text, id);
}

static int
print_tokens(int64_t from, int64_t to)
{
	struct token token = {.type = TOKEN_ACCESS};
	char        *text;

	token_init(getenv("JWT_SECRET_KEY"));
	token.issued = time(NULL);
	for (; from <= to; from++) {
		token.user_id = from;
		snprintf(token.name, sizeof(token.name), "bench%lld",
		    (long long)from);
		session_of(from, &token.session);
		uuid_new(&token.id);
		text = token_issue(&token);
		puts(text);
		free(text);
	}
	return (0);
}

static int
print_refresh(int64_t from, int64_t to)
{
	struct token token = {.type = TOKEN_REFRESH};
	char         hash[ACTOR_HASH_SIZE], *text;

	token_init(getenv("JWT_SECRET_KEY"));
	token.issued = time(NULL);
	for (; from <= to; from++) {
		token.user_id = from;
		snprintf(token.name, sizeof(token.name), "bench%lld",
		    (long long)from);
		session_of(from, &token.session);
		uuid_new(&token.id);
		text = token_issue(&token);
		refresh_hash(&token.id, hash);
		printf("%lld %s %s\n", (long long)from, hash, text);
		free(text);
	}
	return (0);
}

static int
print_statement(const char *name)
{
	const struct db_statement *const *s;

	for (s = __start_db_statements; s < __stop_db_statements; s++) {
		if (strcmp((*s)->name, name) == 0) {
			puts((*s)->sql);
			return (0);
		}
	}
	return (1);
}

static int
print_hash(const char *password)
{
	char hash[PASSWORD_HASH_SIZE];

	if (!password_hash(password, hash))
		return (1);
	puts(hash);
	return (0);
}

static void *
verify_until(void *arg)
{
	long *count = arg;
	bool  upgrade;

	while (now() < deadline) {
		password_verify("wrong", password_dummy_hash, &upgrade);
		(*count)++;
	}
	return (NULL);
}

static int
measure_verify(double seconds)
{
	long      cores = sysconf(_SC_NPROCESSORS_ONLN), total = 0, i;
	long      counts[64] = {0};
	pthread_t threads[64];

	cores = cores > 64 ? 64 : cores;
	deadline = now() + seconds;
	for (i = 0; i < cores; i++)
		pthread_create(&threads[i], NULL, verify_until, &counts[i]);
	for (i = 0; i < cores; i++) {
		pthread_join(threads[i], NULL);
		total += counts[i];
	}
	printf("%.1f\n", (double)total / seconds);
	return (0);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (sodium_init() == -1)
		return (1);
	if (strcmp(what, "tokens") == 0 && argc == 4)
		return (print_tokens(atoll(argv[2]), atoll(argv[3])));
	if (strcmp(what, "refresh") == 0 && argc == 4)
		return (print_refresh(atoll(argv[2]), atoll(argv[3])));
	if (strcmp(what, "statement") == 0 && argc == 3)
		return (print_statement(argv[2]));
	if (strcmp(what, "hash") == 0 && argc == 3)
		return (print_hash(argv[2]));
	if (strcmp(what, "verify") == 0 && argc == 3)
		return (measure_verify(atof(argv[2])));
	fprintf(stderr, "usage: see tests/bench/bench_tool.c\n");
	return (2);
}
