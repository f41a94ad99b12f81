/*
 * The program on the command line: its subcommands, and what is wrong with
 * the settings, all at once, by name and without a secret.
 */
#include "harness.h"

#define MIGRATIONS 10 /* at once */

/* Neither the password in the URL nor the secret that signs tokens. */
static void
assert_no_secret(const struct server *s, const char *output)
{
	const char *password = strrchr(s->url, ':');
	const char *user = strstr(s->url, "aichat:");

	assert_non_null(password);
	assert_non_null(user);
	assert_lacks(output, s->secret);
	assert_lacks(output,
	    scratch_printf("%.*s", (int)strcspn(user + 7, "@"), user + 7));
}

static void
usage__exits_with_2(void **state)
{
	static const char *const unknown[] = {
	    "frobnicate", "", "-x", "--serve", "serve2"};
	struct server *s = server_prepare(NULL);
	const char    *output;
	size_t         i;

	(void)state;
	for (i = 0; i < COUNT(unknown); i++) {
		assert_int_equal(server_command(s, unknown[i], &output), 2);
		assert_contains(output, "usage: aichat");
	}
}

static void
help__lists_the_subcommands(void **state)
{
	static const char *const names[] = {"help", "--help", "-h"};
	static const char *const words[] = {"usage: aichat", "serve", "migrate",
	    "check-config", "healthcheck", "version", "help"};
	struct server           *s = server_prepare(NULL);
	const char              *output;
	size_t                   i, j;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		assert_int_equal(server_command(s, names[i], &output), 0);
		for (j = 0; j < COUNT(words); j++)
			assert_contains(output, words[j]);
	}
}

/* Neither asks for a valid configuration. */
static void
version__without_settings(void **state)
{
	const char *const options[] = {"DATABASE_URL=", "PORT=x", NULL};
	struct server    *s = server_prepare(options);
	const char       *output;

	(void)state;
	assert_int_equal(server_command(s, "version", &output), 0);
	assert_memory_equal(output, "aichat ", 7);
	assert_contains(output, "Kore 4.");
	assert_int_equal(server_command(s, "help", &output), 0);
}

static void
check_config__shows_settings(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *output;

	(void)state;
	assert_int_equal(server_command(s, "check-config", &output), 0);
	assert_contains(output, "WORKERS=2\n");
	assert_contains(output, "DAILY_MESSAGE_LIMIT=20\n");
	assert_contains(output, "JWT_SECRET_KEY=(set)\n");
	assert_contains(output, "SECRET_KEY=(not set)\n");
	assert_no_secret(s, output);
}

static void
check_config__all_problems_at_once(void **state)
{
	static const char *const options[] = {"PORT=0", "WORKERS=1000",
	    "BIND_ADDRESS=nowhere", "LOG_LEVEL=loud",
	    "JWT_SECRET_KEY=hunter2hunter2",
	    "DATABASE_URL=postgresql://u:hunter2@[h/x",
	    "TLS_CERT_FILE=/nonexistent/cert.pem",
	    "TLS_KEY_FILE=/nonexistent/key.pem", "DAILY_MESSAGE_LIMIT=-1",
	    "CORS_ALLOW_ORIGIN=example.com", "PASSWORD_MIN_LENGTH=eight", NULL};
	struct server           *s = server_prepare(options);
	const char *output, *commands[] = {"check-config", "serve", "migrate"};
	size_t      i, j;

	(void)state;
	for (i = 0; i < COUNT(commands); i++) {
		assert_int_equal(server_command(s, commands[i], &output), 1);
		for (j = 0; options[j] != NULL; j++)
			assert_contains(output,
			    scratch_printf("%.*s:",
				(int)strcspn(options[j], "="), options[j]));
		assert_lacks(output, "hunter2");
	}
}

/* Each entry that is wrong, by its number, and no key. */
static void
check_config__models_file(void **state)
{
	static const char *const wrong[][2] = {
	    {"{\"id\":\"a\",\"provider\":\"openai\"}", "entry 2 (a): "},
	    {"{\"base_ulr\":\"hunter2\"}", "entry 2: base_ulr: "},
	    {"{\"api_key\":2}", "entry 2: api_key: a string"},
	    {"{\"sampling\":\"hunter2\"}", "entry 2: sampling: true or "},
	    {"{\"base_url\":\"ftp://h\"}", "entry 2: base_url: https://"},
	    {"{\"base_url\":\"http://u:hunter2@h\"}", "entry 2: base_url: "},
	    {"{\"base_url\":\"https://h/?key=hunter2\"}", "2: base_url: "},
	    {"{\"base_url\":\"https://h/v1/\"}", "entry 2: base_url: "},
	    {"[]", "entry 2: an object"},
	};
	struct server *s = server_prepare(NULL);
	const char    *output;
	FILE          *fp;
	size_t         i;

	(void)state;
	s->options[0] = scratch_printf("MODELS_FILE=%s/models", s->folder);
	for (i = 0; i <= COUNT(wrong); i++) {
		fp = fopen(scratch_printf("%s/models", s->folder), "w");
		assert_non_null(fp);
		fprintf(fp,
		    "[{\"id\":\"good\",\"provider\":\"openai\",\"model\":"
		    "\"m\",\"base_url\":\"http://[::1]:8000/v1\","
		    "\"api_key\":\"hunter2\"}%s%s]",
		    i < COUNT(wrong) ? "," : "",
		    i < COUNT(wrong) ? wrong[i][0] : "");
		fclose(fp);
		assert_int_equal(server_command(s, "check-config", &output),
		    i < COUNT(wrong));
		assert_lacks(output, "hunter2");
		if (i < COUNT(wrong))
			assert_contains(output, wrong[i][1]);
	}
}

static void
env_file__fills_what_is_missing(void **state)
{
	static const char *const options[] = {"JWT_SECRET_KEY=", NULL};
	struct server           *s = server_prepare(options);
	const char              *output;
	FILE                    *fp;

	(void)state;
	assert_int_equal(server_command(s, "check-config", &output), 1);
	assert_contains(output, "JWT_SECRET_KEY:");
	fp = fopen(scratch_printf("%s/.env", s->folder), "w");
	assert_non_null(fp);
	fprintf(fp, "# a comment\nJWT_SECRET_KEY=%s\nWORKERS=64\n", s->secret);
	fclose(fp);
	assert_int_equal(server_command(s, "check-config", &output), 0);
	assert_contains(output, "WORKERS=2\n"); /* the environment wins */
}

static void
migrate__twice(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *before;

	(void)state;
	server_migrate(s);
	before = sql_text(s,
	    "SELECT string_agg(m::text, ' ')"
	    " FROM schema_migrations m");
	server_migrate(s);
	assert_string_equal(sql_text(s,
				"SELECT string_agg(m::text, ' ')"
				" FROM schema_migrations m"),
	    before);
}

static void
migrate__ten_at_once(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *argv[] = {setting("TEST_BINARY"), "migrate", NULL};
	char          *outputs[MIGRATIONS];
	pid_t          pids[MIGRATIONS];
	int            i;

	(void)state;
	for (i = 0; i < MIGRATIONS; i++) {
		outputs[i] = scratch_printf("%s/migrate.%d", s->folder, i);
		pids[i] = process_start(
		    s->folder, outputs[i], server_environment(s), argv);
	}
	for (i = 0; i < MIGRATIONS; i++)
		if (process_wait(pids[i], 20000) != 0)
			fail_msg("migrate: %s", scratch_file(outputs[i]));
	assert_int_equal(sql_int(s,
			     "SELECT count(*) - max(version)"
			     " FROM schema_migrations"),
	    0);
}

static void
migrate__without_a_database(void **state)
{
	static const char *const options[] = {
	    "DATABASE_URL=postgresql://u:hunter2@127.0.0.1:1/x", NULL};
	const char *output;

	(void)state;
	assert_int_equal(
	    server_command(server_prepare(options), "migrate", &output), 1);
	assert_contains(output, "cannot connect");
	assert_lacks(output, "hunter2");
}

static void
healthcheck__asks_the_server(void **state)
{
	struct server *s = server_start(NULL), *nobody;
	const char    *output;

	(void)state;
	assert_int_equal(server_command(s, "healthcheck", &output), 0);
	/* It is alive then, but not ready. */
	sql_run(s, "ALTER TABLE schema_migrations RENAME TO hidden");
	assert_int_equal(server_command(s, "healthcheck", &output), 1);
	sql_run(s, "ALTER TABLE hidden RENAME TO schema_migrations");
	assert_int_equal(server_command(s, "healthcheck", &output), 0);
	server_stop(s);

	nobody = server_prepare(NULL);
	assert_int_equal(server_command(nobody, "healthcheck", &output), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(usage__exits_with_2),
	    cmocka_unit_test(help__lists_the_subcommands),
	    cmocka_unit_test(version__without_settings),
	    cmocka_unit_test(check_config__shows_settings),
	    cmocka_unit_test(check_config__all_problems_at_once),
	    cmocka_unit_test(check_config__models_file),
	    cmocka_unit_test(env_file__fills_what_is_missing),
	    cmocka_unit_test(migrate__twice),
	    cmocka_unit_test(migrate__ten_at_once),
	    cmocka_unit_test(migrate__without_a_database),
	    cmocka_unit_test(healthcheck__asks_the_server),
	};

	return (harness_run(tests, NULL));
}
