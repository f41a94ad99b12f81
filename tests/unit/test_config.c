/*
 * Settings: defaults, where values come from, and that every wrong one is
 * named without showing a secret. Run from the repository's root, where
 * conf/env.example is.
 */
/* links: core/config.c core/config_check.c core/config_check_tls.c core/cidr.c core/env_file.c core/spelling.c core/buf.c | -lpq -lssl -lcrypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "core/config.h"
#include "core/spelling.h"

#define DAY    86400
#define SECRET "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJe" /* 32 bytes */
#define URL    "postgresql://a:b@localhost/a"

static char       dir[] = "/tmp/test_config.XXXXXX";
static struct buf problems;

/* Path of a file in our directory; one at a time. */
static const char *
in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return (path);
}

static void
write_pair(const char *cert_name, const char *key_name, EVP_PKEY *key,
    long valid_seconds)
{
	X509 *cert = X509_new();
	FILE *fp;

	assert_non_null(key);
	assert_non_null(cert);
	X509_gmtime_adj(X509_getm_notBefore(cert), -2 * DAY);
	X509_gmtime_adj(X509_getm_notAfter(cert), valid_seconds);
	X509_set_pubkey(cert, key);
	assert_true(
	    X509_sign(cert, key,
		EVP_PKEY_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256()) >
	    0);
	assert_non_null(fp = fopen(in_dir(cert_name), "w"));
	assert_int_equal(PEM_write_X509(fp, cert), 1);
	fclose(fp);
	assert_non_null(fp = fopen(in_dir(key_name), "w"));
	assert_int_equal(
	    PEM_write_PrivateKey(fp, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(fp);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
write_file(const char *name, const char *text)
{
	FILE *fp = fopen(in_dir(name), "w");

	assert_non_null(fp);
	fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
}

static void
set_file(const char *name, const char *file)
{
	setenv(name, in_dir(file), 1);
}

/* An environment with just what is required. */
static int
clear_environment(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; config_name(i) != NULL; i++)
		unsetenv(config_name(i));
	unsetenv("ENV_FILE");
	setenv("DATABASE_URL", URL, 1);
	setenv("JWT_SECRET_KEY", SECRET, 1);
	set_file("TLS_CERT_FILE", "ec.crt");
	set_file("TLS_KEY_FILE", "ec.key");
	return (0);
}

static int
forget_problems(void **state)
{
	(void)state;
	buf_release(&problems);
	return (0);
}

/* Load the .env of this text, or none. */
static bool
load(const char *text)
{
	buf_release(&problems);
	buf_text(&problems, "");
	write_file(".env", text != NULL ? text : "");
	return (config_load(in_dir(".env"), &problems));
}

static void
loads(const char *text)
{
	if (!load(text))
		fail_msg("%s", problems.data);
	assert_int_equal(problems.len, 0);
}

/* Loading names exactly this problem, of this line or setting. */
static void
refuses_file(const char *text, const char *problem)
{
	assert_false(load(text));
	if (strstr(problems.data, problem) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", problem, problems.data);
	assert_ptr_equal(
	    strchr(problems.data, '\n'), problems.data + problems.len - 1);
}

static void
refuses(const char *name, const char *value, const char *problem)
{
	char expected[256];

	clear_environment(NULL);
	setenv(name, value, 1);
	snprintf(expected, sizeof(expected), "%s: %s", name, problem);
	refuses_file(NULL, expected);
	assert_memory_equal(problems.data, name, strlen(name));
}

static void
accepts(const char *name, const char *value)
{
	clear_environment(NULL);
	setenv(name, value, 1);
	loads(NULL);
	assert_string_equal(getenv(name), value);
}

static void
fills_defaults(void **state)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	(void)state;
	loads(NULL);
	assert_string_equal(config.database_url, URL);
	assert_string_equal(config.jwt_secret_key, SECRET);
	assert_string_equal(config.secret_key, "");
	assert_string_equal(config.bind_address, "0.0.0.0");
	assert_int_equal(config.port, 5000);
	assert_int_equal(config.workers, cpus < 2 ? 2 : cpus > 64 ? 64 : cpus);
	assert_string_equal(config.run_dir, "");
	assert_string_equal(config.run_as, "nobody");
	assert_string_equal(config.keymgr_run_as, "www-data");
	assert_int_equal(config.max_connections, 4096);
	assert_int_equal(config.db_pool, 4);
	assert_int_equal(config.daily_message_limit, 20);
	assert_int_equal(config.password_min_length, 8);
	assert_string_equal(config.cors_allow_origin, "*");
	assert_string_equal(config.log_level, "info");
	assert_string_equal(config.mocks_dir, "");
}

static void
sets_environment__every_name(void **state)
{
	size_t i;

	(void)state;
	setenv("DB_POOL", "007", 1);
	loads("MAX_CONNECTIONS=0100\n");
	for (i = 0; config_name(i) != NULL; i++)
		if (getenv(config_name(i)) == NULL)
			fail_msg("%s is not set", config_name(i));
	assert_string_equal(getenv("PORT"), "5000");
	assert_string_equal(getenv("DB_POOL"), "7");
	assert_string_equal(getenv("MAX_CONNECTIONS"), "100");
	assert_string_equal(getenv("RUN_AS"), "nobody");
	assert_string_equal(getenv("RUN_DIR"), "");
	assert_int_equal(atoi(getenv("WORKERS")), config.workers);
}

static void
prefers_environment__to_file(void **state)
{
	(void)state;
	setenv("PORT", "6000", 1);
	setenv("WORKERS", "", 1);
	setenv("DB_POOL", "", 1);
	loads("PORT=7000\nWORKERS=5\nexport MOCKS_DIR='/m n'\nLOG_LEVEL=\n");
	assert_int_equal(config.port, 6000);
	assert_int_equal(config.workers, 5);
	assert_int_equal(config.db_pool, 4);
	assert_string_equal(config.mocks_dir, "/m n");
	assert_string_equal(config.log_level, "info");
}

static void
finds_file__by_its_name(void **state)
{
	char here[4096];

	(void)state;
	write_file("named", "PORT=7001\n");
	set_file("ENV_FILE", "named");
	assert_true(config_load(NULL, &problems));
	assert_int_equal(config.port, 7001);

	clear_environment(NULL);
	setenv("ENV_FILE", "/nonexistent/env", 1);
	assert_false(config_load(NULL, &problems));
	assert_string_equal(
	    problems.data, "/nonexistent/env: No such file or directory\n");

	clear_environment(NULL);
	write_file(".env", "PORT=7002\n");
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(dir), 0);
	assert_true(config_load(NULL, &problems));
	assert_int_equal(config.port, 7002);
	clear_environment(NULL);
	setenv("ENV_FILE", "", 1);
	assert_int_equal(unlink(".env"), 0);
	assert_true(config_load(NULL, &problems));
	assert_int_equal(config.port, 5000);
	assert_int_equal(chdir(here), 0);
}

static void
refuses__missing_all_at_once(void **state)
{
	static const char *names[] = {
	    "DATABASE_URL", "JWT_SECRET_KEY", "TLS_CERT_FILE", "TLS_KEY_FILE"};
	char   expected[64];
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++)
		unsetenv(names[i]);
	setenv("JWT_SECRET_KEY", "", 1);
	setenv("PORT", "0", 1);
	assert_false(load("WORKERS=x\nnonsense\n"));
	for (i = 0; i < 4; i++) {
		snprintf(expected, sizeof(expected), "%s: it must be set\n",
		    names[i]);
		assert_non_null(strstr(problems.data, expected));
	}
	assert_non_null(strstr(problems.data, "PORT: a number from 1 to"));
	assert_non_null(strstr(problems.data, "WORKERS: a number from 1 to"));
	assert_non_null(strstr(problems.data, ".env:2: NAME=value"));
}

static void
refuses__numbers_out_of_range(void **state)
{
	static const char *bad[] = {"0", "65536", "-1", "+1", "1.5", "1e3",
	    "0x10", "5000 ", " 5000", "abc", "99999999999999999999",
	    "4294967297"};
	size_t             i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses("PORT", bad[i], "a number from 1 to 65535 is expected");
	refuses("WORKERS", "65", "a number from 1 to 64");
	refuses("MAX_CONNECTIONS", "15", "a number from 16 to 100000");
	refuses("DB_POOL", "0", "a number from 1 to 64");
	refuses("DAILY_MESSAGE_LIMIT", "1000001", "a number from 0 to 1000000");
	refuses("PASSWORD_MIN_LENGTH", "257", "a number from 1 to 256");
	accepts("PORT", "1");
	accepts("PORT", "65535");
	accepts("DAILY_MESSAGE_LIMIT", "0");
}

static void
refuses__weak_secrets(void **state)
{
	static const char *const placeholders[] = {
	    "change-me-change-me-change-me-change-me",
	    "CHANGE_ME_0123456789abcdefghijklm",
	    "your-secret-key-here-0123456789abcdef",
	    "this-is-a-Placeholder-for-your-key-123",
	    "change-me-to-the-output-of-openssl-rand-base64-48",
	};
	static const char *const repetitions[] = {
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "secretsecretsecretsecretsecretsecret",
	    "secretsecretsecretsecretsecretse",
	    "0123456789abcdef0123456789abcdef",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		refuses(
		    "JWT_SECRET_KEY", placeholders[i], "this is a placeholder");
	for (i = 0; i < sizeof(repetitions) / sizeof(repetitions[0]); i++)
		refuses("JWT_SECRET_KEY", repetitions[i], "it repeats itself");
	refuses("JWT_SECRET_KEY", "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJ",
	    "at least 32 bytes are needed");
	accepts("JWT_SECRET_KEY",
	    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
}

static void
checks__database_url(void **state)
{
	(void)state;
	accepts("DATABASE_URL", "host=/run/pg dbname=a user=b");
	accepts("DATABASE_URL",
	    "postgres://u@h1:1,h2:2/d?"
	    "target_session_attrs=read-write");
	refuses("DATABASE_URL", "postgresql://h/d?bogus=1",
	    "postgresql://user:password@host:port/name or");
	refuses("DATABASE_URL", "postgresql://a:change-me@localhost/a",
	    "the password is a placeholder");
}

static void
hides__passwords_in_problems(void **state)
{
	static const char *urls[] = {
	    "postgess://u:tiger@h/d",
	    "postgresql://u:tiger%zz@h/d",
	    "postgresql://u:tiger@[::1/d",
	    "postgresql://u:tiger@[::1]x/d",
	    "tiger",
	    "password=tiger bogus=tiger",
	    "x\"tiger\"tiger",
	    "postgresql://h/d?password=tiger&tiger=\"tiger\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		refuses("DATABASE_URL", urls[i], "postgresql://user:password");
		assert_null(strstr(problems.data, "tiger"));
	}
	refuses("JWT_SECRET_KEY", "tiger", "at least");
	assert_null(strstr(problems.data, "tiger"));
}

static void
checks__address(void **state)
{
	(void)state;
	accepts("BIND_ADDRESS", "127.0.0.1");
	accepts("BIND_ADDRESS", "::");
	accepts("BIND_ADDRESS", "2001:db8::1");
	refuses("BIND_ADDRESS", "localhost", "a numeric");
	refuses("BIND_ADDRESS", "127.0.0.256", "a numeric");
	refuses("BIND_ADDRESS", "[::1]", "a numeric");
	refuses("BIND_ADDRESS", "*", "a numeric");
	accepts("METRICS_ADDRESS", "127.0.0.1:9464");
	accepts("METRICS_ADDRESS", "[::1]:9464");
	refuses("METRICS_ADDRESS", "127.0.0.1", "a numeric address and a port");
	refuses("METRICS_ADDRESS", ":9464", "a numeric address and a port");
	refuses(
	    "METRICS_ADDRESS", "127.0.0.1:0", "a numeric address and a port");
	refuses("METRICS_ADDRESS", "127.0.0.1:99999",
	    "a numeric address and a port");
	refuses("METRICS_ADDRESS", "localhost:9464",
	    "a numeric address and a port");
	refuses("METRICS_ADDRESS", "[::1:9464", "a numeric address and a port");
}

static void
checks__origin(void **state)
{
	static const char *bad[] = {"null", "**", "chat.example.com",
	    "https://", "https://a/", "https://a b", "https://a,https://b",
	    "https://a:0", "https://a:65536", "https://a:80/",
	    "https://a:", "https://a:080", "ftp://a", "https://u@a",
	    "https://[::1", "https://[x]", "https://[]", "https://*.a",
	    "http:/a", "HTTPS://a"};
	size_t             i;

	(void)state;
	accepts("CORS_ALLOW_ORIGIN", "*");
	accepts("CORS_ALLOW_ORIGIN", "https://chat.example.com");
	accepts("CORS_ALLOW_ORIGIN", "http://localhost:3000");
	accepts("CORS_ALLOW_ORIGIN", "https://[2001:db8::1]:65535");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses("CORS_ALLOW_ORIGIN", bad[i], "\"*\" or one origin");
	refuses("CORS_ALLOW_ORIGIN", "https://a\r\nSet-Cookie: x",
	    "control characters are not accepted");
}

static void
checks__other_texts(void **state)
{
	(void)state;
	accepts("LOG_LEVEL", "error");
	accepts("LOG_LEVEL", "debug");
	refuses("LOG_LEVEL", "INFO", "error, warn, info or debug");
	refuses("LOG_LEVEL", "inf", "error, warn, info or debug");
	refuses("RUN_DIR", "/run\nload /tmp/x.so", "control characters");
	refuses("MOCKS_DIR", "/m\x7f", "control characters");
}

static void
checks__users_only_as_root(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		accepts("RUN_AS", "no-such-user");
		return;
	}
	refuses("RUN_AS", "no-such-user", "there is no such user");
	refuses("KEYMGR_RUN_AS", "no-such-user", "there is no such user");
	accepts("RUN_AS", "root");
}

static bool
load_pair(const char *cert, const char *key)
{
	clear_environment(NULL);
	set_file("TLS_CERT_FILE", cert);
	set_file("TLS_KEY_FILE", key);
	return (load(NULL));
}

static void
accepts__tls_pairs(void **state)
{
	(void)state;
	assert_true(load_pair("ec.crt", "ec.key"));
	assert_true(load_pair("rsa.crt", "rsa.key"));
	assert_true(load_pair("ec.crt", "a b.key"));
}

static void
refuses_pair(const char *cert, const char *key, const char *problem)
{
	assert_false(load_pair(cert, key));
	if (strstr(problems.data, problem) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", problem, problems.data);
	assert_ptr_equal(
	    strchr(problems.data, '\n'), problems.data + problems.len - 1);
}

static void
refuses__tls_pairs(void **state)
{
	(void)state;
	refuses_pair("none", "ec.key", "No such file or directory");
	refuses_pair("ec.crt", "none", "No such file or directory");
	refuses_pair("ec.crt", "rsa.key", "not the key of");
	refuses_pair("ec.crt", "old.key", "not the key of");
	refuses_pair("old.crt", "old.key", "the certificate has expired");
	refuses_pair("ed.crt", "ed.key", "an EC or RSA key is needed");
	refuses_pair("ec.key", "ec.key", "no certificate in PEM form");
	refuses_pair("ec.crt", "ec.crt", "no private key in PEM form");
	refuses_pair("empty", "ec.key", "no certificate in PEM form");
	refuses_pair("ec.crt", "locked.key", "without a passphrase");
}

static void
guesses__misspelt_names(void **state)
{
	(void)state;
	refuses_file("PROT=1\n",
	    ".env:1: PROT: unknown setting, did you mean "
	    "PORT?\n");
	refuses_file("\nDATABSE_URL=x",
	    ".env:2: DATABSE_URL: unknown setting, "
	    "did you mean DATABASE_URL?\n");
	refuses_file("port=1",
	    ".env:1: port: unknown setting, did you mean "
	    "PORT?\n");
}

static void
ignores__other_names(void **state)
{
	(void)state;
	loads("HOST=x\nPOSTGRES_PASSWORD=change-me\nPATH_=1\nA=1\n"
	      "JWT_SECRET=1\n");
	assert_null(getenv("POSTGRES_PASSWORD"));
}

static void
refuses__name_set_twice(void **state)
{
	(void)state;
	refuses_file("PORT=1\nWORKERS=2\nPORT=2\n",
	    ".env:3: PORT: already set on line 1\n");
}

static void
describes__without_secrets(void **state)
{
	struct buf b = {0};

	(void)state;
	loads("PORT=6001\n");
	config_describe(&b);
	assert_non_null(strstr(b.data, "DATABASE_URL=(set)\n"));
	assert_non_null(strstr(b.data, "JWT_SECRET_KEY=(set)\n"));
	assert_non_null(strstr(b.data, "\nSECRET_KEY=(not set)\n"));
	assert_non_null(strstr(b.data, "\nPORT=6001\n"));
	assert_non_null(strstr(b.data, "\nRUN_DIR=\n"));
	assert_null(strstr(b.data, SECRET));
	assert_null(strstr(b.data, "localhost"));
	buf_release(&b);
}

/* The setting a line of the example sets or shows, or NULL. */
static const char *
example_name(char *line)
{
	char *equals;

	line += *line == '#';
	equals = line + strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	if (equals == line || *equals != '=')
		return (NULL);
	*equals = '\0';
	return (line);
}

static void
example__names_every_setting_once(void **state)
{
	FILE       *fp = fopen("conf/env.example", "r");
	char        line[256];
	const char *name;
	int         seen[64] = {0};
	size_t      i;

	(void)state;
	assert_non_null(fp);
	while (fgets(line, sizeof(line), fp) != NULL) {
		if ((name = example_name(line)) == NULL)
			continue;
		for (i = 0; config_name(i) != NULL; i++)
			if (strcmp(config_name(i), name) == 0)
				break;
		if (config_name(i) == NULL)
			fail_msg("%s is no setting", name);
		seen[i]++;
	}
	fclose(fp);
	for (i = 0; config_name(i) != NULL; i++)
		if (seen[i] != 1)
			fail_msg("%s: %d times", config_name(i), seen[i]);
}

static void
example__is_refused_as_it_is(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; config_name(i) != NULL; i++)
		unsetenv(config_name(i));
	assert_false(config_load("conf/env.example", &problems));
	assert_non_null(strstr(
	    problems.data, "DATABASE_URL: the password is a placeholder"));
	assert_non_null(
	    strstr(problems.data, "JWT_SECRET_KEY: this is a placeholder"));
}

static void
measures_spelling(void **state)
{
	char longest[SPELLING_MAX + 2];

	(void)state;
	assert_int_equal(spelling_distance("", ""), 0);
	assert_int_equal(spelling_distance("PORT", ""), 4);
	assert_int_equal(spelling_distance("PORT", "PORT"), 0);
	assert_int_equal(spelling_distance("Port", "pORT"), 0);
	assert_int_equal(spelling_distance("PROT", "PORT"), 1);
	assert_int_equal(spelling_distance("prOT", "PORT"), 1);
	assert_int_equal(spelling_distance("PRT", "PORT"), 1);
	assert_int_equal(spelling_distance("PORTS", "PORT"), 1);
	assert_int_equal(spelling_distance("HOST", "PORT"), 2);
	assert_int_equal(spelling_distance("kitten", "sitting"), 3);
	memset(longest, 'A', sizeof(longest));
	longest[SPELLING_MAX + 1] = '\0';
	assert_true(spelling_distance(longest, "A") == SIZE_MAX);
	longest[SPELLING_MAX] = '\0';
	assert_int_equal(spelling_distance("A", longest), SPELLING_MAX - 1);
}

static void
write_locked_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	FILE     *fp = fopen(in_dir("locked.key"), "w");

	assert_non_null(fp);
	assert_int_equal(PEM_write_PKCS8PrivateKey(
			     fp, key, EVP_aes_128_cbc(), "pass", 4, NULL, NULL),
	    1);
	fclose(fp);
	EVP_PKEY_free(key);
}

static int
make_files(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	write_pair("ec.crt", "ec.key", EVP_EC_gen("P-256"), DAY);
	write_pair("rsa.crt", "rsa.key", EVP_RSA_gen(2048), DAY);
	write_pair("old.crt", "old.key", EVP_EC_gen("P-256"), -DAY);
	write_pair(
	    "ed.crt", "ed.key", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), DAY);
	write_file("empty", "");
	write_locked_key();
	return (symlink("ec.key", in_dir("a b.key")));
}

static int
remove_files(void **state)
{
	static const char *names[] = {"ec.crt", "ec.key", "rsa.crt", "rsa.key",
	    "old.crt", "old.key", "ed.crt", "ed.key", "empty", "locked.key",
	    ".env", "named", "a b.key"};
	size_t             i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(names[i]));
	return (rmdir(dir));
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, clear_environment, forget_problems)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(fills_defaults),
	    TEST(sets_environment__every_name),
	    TEST(prefers_environment__to_file),
	    TEST(finds_file__by_its_name),
	    TEST(refuses__missing_all_at_once),
	    TEST(refuses__numbers_out_of_range),
	    TEST(refuses__weak_secrets),
	    TEST(checks__database_url),
	    TEST(hides__passwords_in_problems),
	    TEST(checks__address),
	    TEST(checks__origin),
	    TEST(checks__other_texts),
	    TEST(checks__users_only_as_root),
	    TEST(accepts__tls_pairs),
	    TEST(refuses__tls_pairs),
	    TEST(guesses__misspelt_names),
	    TEST(ignores__other_names),
	    TEST(refuses__name_set_twice),
	    TEST(describes__without_secrets),
	    TEST(example__names_every_setting_once),
	    TEST(example__is_refused_as_it_is),
	    TEST(measures_spelling),
	};

	return (cmocka_run_group_tests(tests, make_files, remove_files));
}
