#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "harness.h"

#define SERVERS_MAX  32
#define STARTS_MAX   5 /* another suite may take the port meanwhile */
#define START_MS     15000
#define STOP_MS      10000
#define SETTINGS_MAX 32
#define WORDS_MAX    10 /* of a command */

static struct server *servers[SERVERS_MAX];
static size_t         server_count;

static char *
random_hex(size_t bytes)
{
	unsigned char random[32];
	char         *hex = scratch_alloc(bytes * 2 + 1);
	size_t        i;

	assert_true(bytes <= sizeof(random));
	assert_int_equal(getentropy(random, bytes), 0);
	for (i = 0; i < bytes; i++)
		snprintf(hex + i * 2, 3, "%02x", random[i]);
	return (hex);
}

/* Below the ports the kernel gives to clients, and free at the moment. */
int
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int                fd, result;
	unsigned short     port;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	do {
		assert_int_equal(getentropy(&port, sizeof(port)), 0);
		port = (unsigned short)(10000 + port % 10000);
		address.sin_port = htons(port);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_not_equal(fd, -1);
		result = bind(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
	} while (result == -1);
	return (port);
}

static struct server *
add(const char *const *options)
{
	struct server *s = scratch_alloc(sizeof(*s));
	size_t         i;

	assert_true(server_count < SERVERS_MAX);
	servers[server_count++] = s;
	for (i = 0; options != NULL && options[i] != NULL; i++) {
		assert_true(i < OPTIONS_MAX);
		s->options[i] = options[i];
	}
	s->folder = scratch_printf(
	    "%s/server_%s", setting("TEST_FOLDER"), random_hex(6));
	s->log = scratch_printf("%s/log", s->folder);
	s->port = free_port();
	assert_int_equal(mkdir(s->folder, 0755), 0);
	return (s);
}

static void
own_database(struct server *s)
{
	s->database = scratch_printf("t_%s", random_hex(8));
	s->url = database_url(s->database);
	s->secret = random_hex(32);
	database_create(s->database);
}

static bool
is_changed(const struct server *s, const char *name, size_t len)
{
	size_t i;

	for (i = 0; s->options[i] != NULL; i++)
		if (strncmp(s->options[i], name, len + 1) == 0)
			return (true);
	return (false);
}

const char *const *
server_environment(const struct server *s)
{
	const char **list = scratch_alloc(SETTINGS_MAX * sizeof(*list));
	const char  *defaults[] = {"PATH=/usr/bin:/bin",
	     "BIND_ADDRESS=127.0.0.1", "WORKERS=2", "LOG_LEVEL=debug",
	     scratch_printf("PORT=%d", s->port),
	     scratch_printf("DATABASE_URL=%s", s->url),
	     scratch_printf("JWT_SECRET_KEY=%s", s->secret),
	     scratch_printf(
		 "TLS_CERT_FILE=%s/ec/cert.pem", setting("TEST_FOLDER")),
	     scratch_printf(
		 "TLS_KEY_FILE=%s/ec/key.pem", setting("TEST_FOLDER")),
	     scratch_printf("RUN_DIR=%s/run", s->folder)};
	size_t       i, n;

	for (n = 0; s->options[n] != NULL; n++)
		list[n] = s->options[n];
	for (i = 0; i < COUNT(defaults); i++)
		if (!is_changed(s, defaults[i], strcspn(defaults[i], "=")))
			list[n++] = defaults[i];
	return (list);
}

static int
run(struct server *s, const char *const *argv, const char **output)
{
	const char *file = scratch_printf(
	    "%s/run.%s", s->folder, random_hex(4));
	pid_t pid;
	int   status;

	pid = process_start(s->folder, file, server_environment(s), argv);
	status = process_wait(pid, START_MS);
	if (status == -1) {
		kill(pid, SIGTERM);
		fail_msg("aichat did not end: %s", scratch_file(file));
	}
	*output = scratch_file(file);
	return (status);
}

int
server_command(struct server *s, const char *command, const char **output)
{
	const char *argv[] = {setting("TEST_BINARY"), command, NULL};

	return (run(s, argv, output));
}

int
server_cli(
    struct server *s, const char *input, const char **output, ... /* words */)
{
	const char *argv[WORDS_MAX + 6] = {"/bin/sh", "-c",
	    "exec \"$0\" \"$@\" <input", setting("TEST_BINARY")};
	size_t      n = 4;
	va_list     words;
	FILE       *fp;

	fp = fopen(scratch_printf("%s/input", s->folder), "we");
	assert_non_null(fp);
	fputs(input != NULL ? input : "", fp);
	fclose(fp);
	va_start(words, output);
	do {
		assert_true(n < COUNT(argv));
		argv[n] = va_arg(words, const char *);
	} while (argv[n++] != NULL);
	va_end(words);
	return (run(s, argv, output));
}

void
server_migrate(struct server *s)
{
	const char *output;

	if (server_command(s, "migrate", &output) != 0)
		fail_msg("migrate: %s", output);
}

/* False when it ended, which a port that was taken can be the reason of. */
static bool
await_start(struct server *s)
{
	struct request health = {.path = "/healthz"};
	long long      deadline = now_ms() + START_MS;

	while (now_ms() < deadline) {
		if (http_call(s, &health)->status == 200)
			return (true);
		if (process_wait(s->pid, 10) != -1)
			return (false);
	}
	fail_msg("no answer from the server: %s", scratch_file(s->log));
	return (false);
}

bool
server_relaunch(struct server *s)
{
	const char *argv[] = {setting("TEST_BINARY"), "serve", NULL};

	s->pid = process_start(s->folder, s->log, server_environment(s), argv);
	if (await_start(s)) {
		server_await_children(s);
		return (true);
	}
	s->pid = 0;
	return (false);
}

void
server_launch(struct server *s)
{
	int i;

	for (i = 0; i < STARTS_MAX; i++) {
		s->port = free_port();
		if (server_relaunch(s))
			return;
	}
	fail_msg("the server does not start: %s", scratch_file(s->log));
}

struct server *
server_prepare(const char *const *options)
{
	struct server *s = add(options);

	own_database(s);
	return (s);
}

struct server *
server_start(const char *const *options)
{
	struct server *s = add(options);

	own_database(s);
	server_migrate(s);
	server_launch(s);
	return (s);
}

struct server *
server_start_beside(const struct server *other, const char *const *options)
{
	struct server *s = add(options);

	s->is_second = true;
	s->database = other->database;
	s->url = other->url;
	s->secret = other->secret;
	server_launch(s);
	return (s);
}

void
server_stop(struct server *s)
{
	pid_t pid = s->pid;
	int   status;

	if (pid == 0)
		return;
	server_assert_unharmed(s);
	http_end();
	s->pid = 0;
	kill(pid, SIGTERM);
	if ((status = process_wait(pid, STOP_MS)) == -1)
		kill(pid, SIGKILL);
	assert_int_equal(status, 0);
	log_assert_clean(s);
}

void
server_stop_all(void)
{
	size_t i;

	for (i = 0; i < server_count; i++)
		server_stop(servers[i]);
}

/* Whatever the tests left behind. */
void
server_remove_all(void)
{
	size_t i;

	for (i = 0; i < server_count; i++) {
		sql_close(servers[i]);
		if (servers[i]->pid > 0)
			kill(servers[i]->pid, SIGTERM);
	}
	for (i = 0; i < server_count; i++)
		if (!servers[i]->is_second)
			database_drop(servers[i]->database);
}
