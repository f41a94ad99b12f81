/*
 * Passwords of the Flask service's time: its hashes are verified and replaced
 * by today's at the first login. And nobody can tell by the clock who exists.
 */
#include <dirent.h>
#include <openssl/evp.h>
#include <sys/resource.h>

#include "harness.h"

#define SAMPLES 9

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

static char *
hex(const unsigned char *bytes, size_t size)
{
	char  *text = scratch_alloc(size * 2 + 1);
	size_t i;

	for (i = 0; i < size; i++)
		snprintf(text + i * 2, 3, "%02x", bytes[i]);
	return (text);
}

/* As werkzeug.security.generate_password_hash() writes them. */
static char *
scrypt(const char *password, const char *salt)
{
	unsigned char hash[64];

	assert_int_equal(EVP_PBE_scrypt(password, strlen(password),
			     (const unsigned char *)salt, strlen(salt), 32768,
			     8, 1, 64 * 1024 * 1024, hash, sizeof(hash)),
	    1);
	return (scratch_printf(
	    "scrypt:32768:8:1$%s$%s", salt, hex(hash, sizeof(hash))));
}

static char *
pbkdf2(const char *password, const char *salt, int rounds)
{
	unsigned char hash[32];

	assert_int_equal(PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
			     (const unsigned char *)salt, (int)strlen(salt),
			     rounds, EVP_sha256(), sizeof(hash), hash),
	    1);
	return (scratch_printf(
	    "pbkdf2:sha256:%d$%s$%s", rounds, salt, hex(hash, sizeof(hash))));
}

static void
insert(struct server *s, const char *name, const char *hash)
{
	sql_run(s,
	    "INSERT INTO users (email, username, password_hash)"
	    " VALUES ('%s@example.com', '%s', '%s')",
	    name, name, hash);
}

static const char *
stored_hash(struct server *s, const char *name)
{
	return (sql_text(s,
	    "SELECT password_hash FROM users"
	    " WHERE username = '%s'",
	    name));
}

static void
assert_upgraded(
    struct server *s, const char *name, const char *password, const char *hash)
{
	const char *upgraded;

	insert(s, name, hash);
	assert_error(
	    user_log_in(s, name, PRIVATE " wrong"), 401, "bad_credentials");
	assert_string_equal(stored_hash(s, name), hash);
	assert_status(user_log_in(s, name, password), 200);
	upgraded = stored_hash(s, name);
	assert_memory_equal(upgraded, "$argon2id$v=19$m=19456,t=2,p=1$", 31);

	assert_status(user_log_in(s, name, password), 200);
	assert_string_equal(stored_hash(s, name), upgraded);
	assert_error(
	    user_log_in(s, name, PRIVATE " wrong"), 401, "bad_credentials");
}

static void
login__with_scrypt(void **state)
{
	assert_upgraded(*state, "ann", PRIVATE " ann",
	    scrypt(PRIVATE " ann", "Zr8ZlQUDHcLcFMoA"));
	/* Bytes, not characters. */
	assert_upgraded(*state, "ben", PRIVATE " \xc3\xa9\xf0\x9f\x98\x80",
	    scrypt(PRIVATE " \xc3\xa9\xf0\x9f\x98\x80", "x"));
}

static void
login__with_pbkdf2(void **state)
{
	assert_upgraded(*state, "cid", PRIVATE " cid",
	    pbkdf2(PRIVATE " cid", "abcdefgh", 260000));
	assert_upgraded(*state, "dan", PRIVATE " dan",
	    pbkdf2(PRIVATE " dan", "0123456789abcdef", 1000));
}

/* What is no hash matches nothing, and harms nobody. */
static void
login__with_a_broken_hash(void **state)
{
	static const char *const hashes[] = {"", "plain", "$argon2id$",
	    "scrypt:32768:8:1$salt$", "pbkdf2:sha256",
	    "scrypt:99999999:8:1$salt$00", "pbkdf2:sha256:2000000000$salt$00",
	    "pbkdf2:sha256:1$salt$zz"};
	char                    *name;
	size_t                   i;

	for (i = 0; i < COUNT(hashes); i++) {
		name = scratch_printf("broken%zu", i);
		insert(*state, name, hashes[i]);
		assert_error(
		    user_log_in(*state, name, PRIVATE), 401, "bad_credentials");
		assert_string_equal(stored_hash(*state, name), hashes[i]);
	}
}

static void
signup__stores_argon2id(void **state)
{
	struct user *u = user_new(*state, "eve");

	assert_memory_equal(
	    stored_hash(*state, "eve"), "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_status(user_log_in(*state, "eve", u->password), 200);
}

/* To the last of 1,024 bytes, and with nothing cut off or trimmed. */
static void
password__counts_to_the_last_byte(void **state)
{
	struct server *s = *state;
	char          *password = scratch_alloc(1025);
	char          *spaced = scratch_printf(" %s ", PRIVATE);

	memset(password, 'p', 1024);
	assert_status(
	    http_post(s, NULL, "/auth/signup",
		scratch_printf(
		    "{\"email\":\"fay@example.com\",\"username\":\"fay\","
		    "\"password\":\"%s\"}",
		    password)),
	    201);
	assert_status(user_log_in(s, "fay", password), 200);
	password[1023] = 'q';
	assert_error(user_log_in(s, "fay", password), 401, "bad_credentials");
	password[1023] = '\0';
	assert_error(user_log_in(s, "fay", password), 401, "bad_credentials");

	assert_status(
	    http_post(s, NULL, "/auth/signup",
		scratch_printf(
		    "{\"email\":\"gus@example.com\",\"username\":\"gus\","
		    "\"password\":\"%s\"}",
		    spaced)),
	    201);
	assert_error(user_log_in(s, "gus", PRIVATE), 401, "bad_credentials");
	assert_status(user_log_in(s, "gus", spaced), 200);
}

static int
ascending(const void *a, const void *b)
{
	long long x = *(const long long *)a, y = *(const long long *)b;

	return (x < y ? -1 : x > y);
}

static long long
median(long long *times)
{
	qsort(times, SAMPLES, sizeof(*times), ascending);
	return (times[SAMPLES / 2]);
}

static void
login__unknown_name_takes_as_long(void **state)
{
	long long wrong[SAMPLES], unknown[SAMPLES], a, b;
	int       i;

	user_new(*state, "hal");
	for (i = 0; i < SAMPLES; i++) {
		wrong[i] = user_log_in(*state, "hal", PRIVATE " wrong")->ms;
		unknown[i] =
		    user_log_in(*state, "nobody", PRIVATE " wrong")->ms;
	}
	a = median(wrong);
	b = median(unknown);
	if (a > 2 * b + 2 || b > 2 * a + 2)
		fail_msg("a wrong password takes %lld ms, an unknown name"
			 " %lld",
		    a, b);
	assert_true(b >= 5); /* there was a hash */
}

/* Among the process's threads; getpriority() takes a thread's id. */
static int
highest_nice(pid_t pid)
{
	DIR *tasks = opendir(scratch_printf("/proc/%d/task", (int)pid));
	struct dirent *task;
	int            nice, highest = -20;

	assert_non_null(tasks);
	while ((task = readdir(tasks)) != NULL) {
		if (task->d_name[0] == '.')
			continue;
		nice = getpriority(PRIO_PROCESS, (id_t)atoi(task->d_name));
		if (nice > highest)
			highest = nice;
	}
	closedir(tasks);
	return (highest);
}

/* Requests come first: what hashes has a tenth of their weight. */
static void
hashing__gives_way(void **state)
{
	struct server *s = *state;
	struct reply  *r = user_log_in(s, "nobody", PRIVATE);
	pid_t          worker;
	int            nice;

	worker = server_worker(
	    s, log_worker_of(s, reply_header(r, "X-Request-Id")));
	/* As we are run ourselves. */
	nice = getpriority(PRIO_PROCESS, (id_t)worker);
	assert_int_equal(highest_nice(worker), nice > 10 ? nice : 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(login__with_scrypt),
	    cmocka_unit_test(login__with_pbkdf2),
	    cmocka_unit_test(login__with_a_broken_hash),
	    cmocka_unit_test(signup__stores_argon2id),
	    cmocka_unit_test(password__counts_to_the_last_byte),
	    cmocka_unit_test(login__unknown_name_takes_as_long),
	    cmocka_unit_test(hashing__gives_way),
	};

	return (harness_run(tests, start));
}
