#include <kore/kore.h>

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_adopt.h"
#include "cli_audit.h"
#include "cli_command.h"
#include "cli_key.h"
#include "cli_prune.h"
#include "cli_user.h"
#include "core/config.h"
#include "core/db.h"
#include "core/db_conninfo.h"
#include "core/json.h"
#include "llm/models.h"
#include "store/migrations.h"
#include "version.h"

static void
migrate(void)
{
	struct buf problem = {0};
	char      *conninfo;

	cli_load_config();
	conninfo = db_conninfo(config.database_url);
	if (!migrations_apply(conninfo, &problem)) {
		fprintf(stderr, "aichat: %s\n", problem.data);
		exit(1);
	}
	free(conninfo);
	printf("schema version %d\n", migrations_count());
	exit(0);
}

static void
check_config(void)
{
	struct buf text = {0}, problems = {0};

	cli_load_config();
	if (!models_load(&problems)) {
		fprintf(stderr, "aichat: %s", problems.data);
		exit(1);
	}
	config_describe(&text);
	fputs(text.data, stdout);
	exit(0);
}

/* Ask the server on this machine whether it is ready. Its certificate is for
 * another name than the loopback address, and is not what is checked here. */
static void
healthcheck(void)
{
	char  url[64], error[CURL_ERROR_SIZE] = "";
	CURL *curl;
	FILE *nowhere;

	cli_load_config();
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/readyz", config.port);
	if ((curl = curl_easy_init()) == NULL ||
	    (nowhere = fopen("/dev/null", "w")) == NULL)
		exit(1);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 5L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, nowhere);
	if (curl_easy_perform(curl) == CURLE_OK)
		exit(0);
	fprintf(stderr, "aichat: not ready: %s\n", error);
	exit(1);
}

static void
version(void)
{
	printf("aichat %s (Kore %s, %s)\n", AICHAT_VERSION, kore_version,
	    OpenSSL_version(OPENSSL_VERSION));
	exit(0);
}

/* One JSON object a line, to EXPLAIN them or to grant rights by them. */
static void
statements(void)
{
	const struct db_statement *s;
	struct buf                 line = {0};
	size_t                     i;

	for (i = 0; (s = db_statement(i)) != NULL; i++) {
		json_open_object(&line, NULL);
		json_put_text(&line, "name", s->name);
		json_put_text(&line, "sql", s->sql);
		json_close_object(&line);
		buf_char(&line, '\n');
	}
	fwrite(line.data, 1, line.len, stdout);
	exit(0);
}

static void help(void);

static const struct command {
	const char *name;
	void (*run)(void);
	void (*group)(int argc, char **argv); /* has its own commands */
	const char *purpose;
} commands[] = {
    {"serve", NULL, NULL, "serve HTTPS until SIGTERM (the default)"},
    {"migrate", migrate, NULL, "bring the database's schema up to date"},
    {"check-config", check_config, NULL, "read the settings and show them"},
    {"healthcheck", healthcheck, NULL, "ask the local server if it is ready"},
    {"user", NULL, cli_user, "accounts: list, add, disable ..."},
    {"key", NULL, cli_key, "API keys: list, add, revoke"},
    {"audit", NULL, cli_audit, "what happened; verify the log of it"},
    {"prune", cli_prune, NULL, "remove what has had its time; for a timer"},
    {"statements", statements, NULL, "show what PostgreSQL is asked, as JSON"},
    {"adopt", NULL, cli_adopt, "take over a Flask service's tables"},
    {"version", version, NULL, "show versions"},
    {"help", help, NULL, "show this"},
};

static void
usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: aichat [command [argument ...]]\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(
		    to, "  %-13s %s\n", commands[i].name, commands[i].purpose);
	fprintf(to,
	    "\nSettings come from the environment and .env; "
	    "see conf/env.example.\n");
}

static void
help(void)
{
	usage(stdout);
	exit(0);
}

/* Kore's own flags, which `kodev run` passes: foreground, no chroot, no
 * change of user. */
static bool
is_kore_flag(const char *arg)
{
	if (arg[0] != '-' || arg[1] == '\0' ||
	    arg[1 + strspn(arg + 1, "fnr")] != '\0')
		return (false);
	if (strchr(arg, 'n') != NULL)
		skip_chroot = 1;
	if (strchr(arg, 'r') != NULL)
		skip_runas = 1;
	return (true);
}

void
cli_run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "serve";
	size_t      i;

	if (argc == 2 && is_kore_flag(name))
		name = "serve";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (commands[i].group != NULL)
			commands[i].group(argc - 2, argv + 2);
		if (argc > 2)
			break;
		if (commands[i].run != NULL)
			commands[i].run();
		cli_load_config();
		return;
	}
	usage(stderr);
	exit(CLI_USAGE);
}
