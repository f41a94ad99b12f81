/*
 * Every reason for which `aichat serve` does not start, told without a
 * secret.
 */
#include <sys/stat.h>

#include "harness.h"

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

/* `aichat serve` ends by itself, with 1, and says this. */
static const char *
assert_does_not_start(struct server *s, const char *words)
{
	const char *output;

	assert_int_equal(server_command(s, "serve", &output), 1);
	assert_contains(output, words);
	assert_no_secret(s, output);
	return (output);
}

static void
serve__without_a_database_url(void **state)
{
	static const char *const options[] = {"DATABASE_URL=", NULL};

	(void)state;
	assert_does_not_start(server_prepare(options), "DATABASE_URL:");
}

static void
serve__with_a_weak_secret(void **state)
{
	static const char *const secrets[] = {
	    "JWT_SECRET_KEY=", "JWT_SECRET_KEY=short",
	    "JWT_SECRET_KEY=thirty-one-bytes-are-not-enough",
	    "JWT_SECRET_KEY=change-me-to-the-output-of-openssl-rand-base64-48",
	    "JWT_SECRET_KEY=my-super-secret-key-that-is-long-enough",
	    "JWT_SECRET_KEY=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	const char *options[] = {NULL, NULL}, *value;
	const char *output;
	size_t      i;

	(void)state;
	for (i = 0; i < COUNT(secrets); i++) {
		options[0] = secrets[i];
		output = assert_does_not_start(
		    server_prepare(options), "JWT_SECRET_KEY:");
		value = strchr(secrets[i], '=') + 1;
		if (*value != '\0')
			assert_lacks(output, value);
	}
}

static void
serve__schema_behind(void **state)
{
	struct server *s = server_prepare(NULL);

	(void)state;
	assert_does_not_start(s, "aichat migrate");
	server_migrate(s);
	sql_run(s, "DELETE FROM schema_migrations");
	assert_does_not_start(s, "aichat migrate");
}

static void
serve__schema_of_the_future(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *output;

	(void)state;
	server_migrate(s);
	sql_run(s,
	    "INSERT INTO schema_migrations (version, name, checksum)"
	    " SELECT max(version) + 1, 'future', 'x' FROM schema_migrations");
	assert_does_not_start(s, "newer aichat");
	assert_int_equal(server_command(s, "migrate", &output), 1);
	assert_contains(output, "newer aichat");
}

/* An upgrade migrates first: nodes that run stay in service meanwhile. */
static void
ready__schema_of_the_next_version(void **state)
{
	struct server *s = server_start(NULL);

	(void)state;
	assert_status(http_get(s, NULL, "/readyz"), 200);
	sql_run(s,
	    "INSERT INTO schema_migrations (version, name, checksum)"
	    " SELECT max(version) + 1, 'future', 'x' FROM schema_migrations");
	assert_status(http_get(s, NULL, "/readyz"), 200);
	sql_run(s,
	    "DELETE FROM schema_migrations WHERE version >="
	    " (SELECT max(version) - 1 FROM schema_migrations)");
	assert_error(http_get(s, NULL, "/readyz"), 503, "not_ready");
	server_stop(s);
}

static void
serve__schema_of_somebody_else(void **state)
{
	struct server *s = server_prepare(NULL);
	const char    *output;

	(void)state;
	server_migrate(s);
	sql_run(s,
	    "UPDATE schema_migrations SET checksum = 'x'"
	    " WHERE version = 1");
	assert_does_not_start(s, "not the one that was applied");
	assert_int_equal(server_command(s, "migrate", &output), 1);
}

static void
write_mocks(const char *folder, const char *claude)
{
	const char *files[] = {"claude.json", "gemini.json"};
	size_t      i;
	FILE       *fp;

	mkdir(folder, 0755);
	for (i = 0; i < COUNT(files); i++) {
		fp = fopen(scratch_printf("%s/%s", folder, files[i]), "w");
		assert_non_null(fp);
		fputs(i == 0 ? claude : "{}", fp);
		fclose(fp);
	}
}

static void
serve__broken_mocks(void **state)
{
	static const char *const broken[] = {"", "{", "[]", "{\"a\":1}",
	    "{\"a\":\"b\",\"A\":\"c\"}", "{\"a\":\"b\",\"a\":\"c\"}", "\xff"};
	const char              *folder = scratch_printf(
			 "%s/mocks_broken", setting("TEST_FOLDER"));
	const char *options[] = {scratch_printf("MOCKS_DIR=%s", folder), NULL};
	struct server *s = server_prepare(options);
	size_t         i;

	(void)state;
	server_migrate(s);
	assert_does_not_start(s, "claude.json"); /* no folder */
	for (i = 0; i < COUNT(broken); i++) {
		write_mocks(folder, broken[i]);
		assert_does_not_start(s, "claude.json");
	}
}

static void
serve__mocks_of_ones_own(void **state)
{
	const char *folder = scratch_printf("%s/mocks", setting("TEST_FOLDER"));
	const char *options[] = {scratch_printf("MOCKS_DIR=%s", folder), NULL};
	struct server *s;
	struct user   *u;

	(void)state;
	write_mocks(folder, "{\"Wie geht's?\": \"\\u00dcberall gut.\"}");
	s = server_start(options);
	u = user_new(s, "ann");
	conversation_new(s, u->token);
	assert_string_equal(
	    reply_text(
		chat_send(s, u->token, 1, "claude", "wie GEHT's?"), "response"),
	    "\xc3\x9c"
	    "berall gut.");
	assert_string_equal(
	    reply_text(
		chat_send(s, u->token, 1, "claude", "Hello"), "response"),
	    "[Claude] Sorry, I don't have a mock "
	    "response for that prompt.");
	server_stop(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(serve__without_a_database_url),
	    cmocka_unit_test(serve__with_a_weak_secret),
	    cmocka_unit_test(serve__schema_behind),
	    cmocka_unit_test(serve__schema_of_the_future),
	    cmocka_unit_test(ready__schema_of_the_next_version),
	    cmocka_unit_test(serve__schema_of_somebody_else),
	    cmocka_unit_test(serve__broken_mocks),
	    cmocka_unit_test(serve__mocks_of_ones_own),
	};

	return (harness_run(tests, NULL));
}
