#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/config.h"
#include "core/config_check.h"
#include "core/env_file.h"
#include "core/spelling.h"

struct config config;

enum kind {
	KIND_TEXT,
	KIND_SECRET, /* text that is never shown */
	KIND_INTEGER
};

struct setting {
	const char *name;
	enum kind   kind;
	size_t      offset; /* of the field in struct config */
	const char *fallback;
	int         min, max;
	void (*check)(
	    const char *name, const char *value, struct buf *problems);
};

#define REQUIRED NULL /* instead of a fallback */

#define TEXT(name, field, fallback, check) \
	{ \
		name, KIND_TEXT, offsetof(struct config, field), fallback, 0, \
		    0, check \
	}
#define SECRET(name, field, fallback, check) \
	{ \
		name, KIND_SECRET, offsetof(struct config, field), fallback, \
		    0, 0, check \
	}
#define INTEGER(name, field, fallback, min, max) \
	{ \
		name, KIND_INTEGER, offsetof(struct config, field), fallback, \
		    min, max, NULL \
	}

static char cpus[12] = "2"; /* set before it is needed */

static const struct setting settings[] = {
    SECRET("DATABASE_URL", database_url, REQUIRED, config_check_database),
    SECRET("JWT_SECRET_KEY", jwt_secret_key, REQUIRED, config_check_secret),
    SECRET("SECRET_KEY", secret_key, "", NULL),
    TEXT("BIND_ADDRESS", bind_address, "0.0.0.0", config_check_address),
    INTEGER("PORT", port, "5000", 1, 65535),
    TEXT("METRICS_ADDRESS", metrics_address, "", config_check_listener),
    INTEGER("WORKERS", workers, cpus, 1, 64),
    TEXT("TLS_CERT_FILE", tls_cert_file, REQUIRED, NULL),
    TEXT("TLS_KEY_FILE", tls_key_file, REQUIRED, NULL),
    INTEGER("HSTS_SECONDS", hsts_seconds, "31536000", 0, 2147483647),
    TEXT("RUN_DIR", run_dir, "", NULL),
    TEXT("RUN_AS", run_as, "nobody", config_check_user),
    TEXT("KEYMGR_RUN_AS", keymgr_run_as, "www-data", config_check_user),
    INTEGER("DRAIN_SECONDS", drain_seconds, "20", 0, 3600),
    INTEGER("DRAIN_DELAY_SECONDS", drain_delay_seconds, "0", 0, 600),
    INTEGER("MAX_CONNECTIONS", max_connections, "4096", 16, 100000),
    INTEGER("DB_POOL", db_pool, "4", 1, 64),
    INTEGER("DAILY_MESSAGE_LIMIT", daily_message_limit, "20", 0, 1000000),
    INTEGER("RETENTION_DAYS", retention_days, "0", 0, 36500),
    INTEGER("PASSWORD_MIN_LENGTH", password_min_length, "8", 1, 256),
    INTEGER("LOGIN_FAILURES_PER_ACCOUNT", login_failures_per_account, "10", 0,
	1000000),
    INTEGER("LOGIN_FAILURES_PER_ADDRESS", login_failures_per_address, "100", 0,
	1000000),
    INTEGER("LOGIN_WINDOW_SECONDS", login_window_seconds, "900", 1, 86400),
    INTEGER("SIGNUPS_PER_ADDRESS", signups_per_address, "300", 0, 1000000),
    INTEGER("REFRESHES_PER_ACCOUNT", refreshes_per_account, "300", 0, 1000000),
    INTEGER("REFRESHES_PER_ADDRESS", refreshes_per_address, "3000", 0, 1000000),
    INTEGER("REFRESH_GRACE_SECONDS", refresh_grace_seconds, "30", 5, 600),
    TEXT("TRUSTED_PROXIES", trusted_proxies, "", config_check_networks),
    TEXT("CORS_ALLOW_ORIGIN", cors_allow_origin, "*", config_check_origin),
    TEXT("LOG_LEVEL", log_level, "info", config_check_log_level),
    TEXT("MOCKS_DIR", mocks_dir, "", NULL),
    INTEGER("MOCK_FAULTS", mock_faults, "0", 0, 1),
    INTEGER("MOCK_STREAM_DELAY_MS", mock_stream_delay_ms, "20", 0, 60000),
    SECRET("OPENAI_API_KEY", openai_api_key, "", config_check_key),
    TEXT("OPENAI_MODEL", openai_model, "gpt-5.4-mini", NULL),
    TEXT("OPENAI_BASE_URL", openai_base_url, "https://api.openai.com/v1",
	config_check_url),
    SECRET("ANTHROPIC_API_KEY", anthropic_api_key, "", config_check_key),
    TEXT("ANTHROPIC_MODEL", anthropic_model, "claude-haiku-4-5", NULL),
    TEXT("ANTHROPIC_BASE_URL", anthropic_base_url, "https://api.anthropic.com",
	config_check_url),
    TEXT("ANTHROPIC_VERSION", anthropic_version, "2023-06-01", NULL),
    SECRET("GEMINI_API_KEY", gemini_api_key, "", config_check_key),
    TEXT("GEMINI_MODEL", gemini_model, "gemini-flash-latest", NULL),
    TEXT("GEMINI_BASE_URL", gemini_base_url,
	"https://generativelanguage.googleapis.com", config_check_url),
    TEXT("GEMINI_API_VERSION", gemini_api_version, "v1beta", NULL),
    TEXT("MODELS_FILE", models_file, "", NULL),
    TEXT("FALLBACK_MODELS", fallback_models, "", NULL),
    TEXT("TITLE_MODEL", title_model, "", NULL),
    INTEGER("MAX_OUTPUT_TOKENS", max_output_tokens, "0", 0, 1000000),
    INTEGER("CONTEXT_TOKENS", context_tokens, "16000", 0, 10000000),
    TEXT("CA_FILE", ca_file, "/etc/ssl/certs/ca-certificates.crt", NULL),
    INTEGER("RUNNING_PER_USER", running_per_user, "4", 1, 1000),
    INTEGER("RUNNING_PER_WORKER", running_per_worker, "1000", 1, 100000),
    INTEGER("CONNECT_TIMEOUT_MS", connect_timeout_ms, "5000", 1, 600000),
    INTEGER(
	"FIRST_BYTE_TIMEOUT_MS", first_byte_timeout_ms, "60000", 1, 3600000),
    INTEGER("IDLE_TIMEOUT_MS", idle_timeout_ms, "60000", 1, 3600000),
    INTEGER("TOTAL_TIMEOUT_MS", total_timeout_ms, "600000", 1, 86400000),
    INTEGER("ANSWER_MAX_BYTES", answer_max_bytes, "1048576", 1024, 67108864),
    INTEGER("UPSTREAM_RETRIES", retries, "2", 0, 10),
};

#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* What reading the .env file needs to know. */
struct reading {
	struct buf *problems;
	int         lines[N_SETTINGS]; /* where each was set, or 0 */
};

const char *
config_name(size_t i)
{
	return (i < N_SETTINGS ? settings[i].name : NULL);
}

/* The value in the environment; empty is as good as absent. */
static const char *
look_up(const char *name)
{
	const char *value = getenv(name);

	return (value != NULL && *value != '\0' ? value : NULL);
}

static void
publish(const char *name, const char *value)
{
	if (setenv(name, value, 1) == -1)
		abort();
}

/* The setting that name is probably meant to be, or NULL. */
static const char *
guess(const char *name)
{
	size_t i, slips;

	/* Two slips in four letters are another word: HOST is not PORT. */
	slips = strlen(name) < 8 ? 1 : 2;
	for (i = 0; i < N_SETTINGS; i++)
		if (spelling_distance(name, settings[i].name) <= slips)
			return (settings[i].name);
	return (NULL);
}

/* A line of the .env file, which only fills what the environment lacks. */
static void
take_line(const struct env_line *line, void *arg)
{
	struct reading *r = arg;
	const char     *meant;
	size_t          i;

	for (i = 0; i < N_SETTINGS; i++)
		if (strcmp(settings[i].name, line->name) == 0)
			break;
	if (i == N_SETTINGS) {
		if ((meant = guess(line->name)) != NULL)
			buf_printf(r->problems,
			    "%s:%d: %s: unknown setting, "
			    "did you mean %s?\n",
			    line->file, line->number, line->name, meant);
	} else if (r->lines[i] != 0) {
		buf_printf(r->problems, "%s:%d: %s: already set on line %d\n",
		    line->file, line->number, line->name, r->lines[i]);
	} else {
		r->lines[i] = line->number;
		if (look_up(line->name) == NULL)
			publish(line->name, line->value);
	}
}

static void
read_file(const char *file, struct buf *problems)
{
	struct reading r = {.problems = problems};
	bool           needed = true;

	if (file == NULL)
		file = look_up("ENV_FILE");
	if (file == NULL) {
		file = ".env";
		needed = false;
	}
	if (!env_file_read(file, take_line, &r, problems) && needed)
		buf_printf(problems, "%s: %s\n", file, strerror(ENOENT));
}

static void
set_integer(const struct setting *s, const char *value, struct buf *problems)
{
	int   *field = (int *)(void *)((char *)&config + s->offset);
	char   canonical[12];
	size_t digits = strspn(value, "0123456789");
	long   n;

	errno = 0;
	n = strtol(value, NULL, 10);
	if (digits == 0 || value[digits] != '\0' || errno != 0 || n < s->min ||
	    n > s->max) {
		buf_printf(problems,
		    "%s: a number from %d to %d is "
		    "expected\n",
		    s->name, s->min, s->max);
		return;
	}
	*field = (int)n;
	snprintf(canonical, sizeof(canonical), "%ld", n);
	publish(s->name, canonical);
}

/* A control character could end a line of kore.conf or of an answer. */
static bool
printable(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return (false);
	return (true);
}

static void
set_text(const struct setting *s, const char *value, struct buf *problems)
{
	char **field = (char **)(void *)((char *)&config + s->offset);

	if (!printable(value))
		buf_printf(problems,
		    "%s: control characters are not "
		    "accepted\n",
		    s->name);
	else if (s->check != NULL && *value != '\0')
		s->check(s->name, value, problems);
	free(*field);
	if ((*field = strdup(value)) == NULL)
		abort();
	publish(s->name, value);
}

static void
set(const struct setting *s, struct buf *problems)
{
	const char *value = look_up(s->name);

	if (value == NULL)
		value = s->fallback;
	if (value == NULL)
		buf_printf(problems, "%s: it must be set\n", s->name);
	else if (s->kind == KIND_INTEGER)
		set_integer(s, value, problems);
	else
		set_text(s, value, problems);
}

/* One worker a CPU, but two: one answers while the other is replaced. */
static void
count_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(cpus, sizeof(cpus), "%ld", n < 2 ? 2 : n > 64 ? 64 : n);
}

bool
config_load(const char *file, struct buf *problems)
{
	size_t before = problems->len, i;

	count_cpus();
	read_file(file, problems);
	for (i = 0; i < N_SETTINGS; i++)
		set(&settings[i], problems);
	if (config.tls_cert_file != NULL && config.tls_key_file != NULL)
		config_check_tls(
		    config.tls_cert_file, config.tls_key_file, problems);
	return (problems->len == before);
}

void
config_describe(struct buf *b)
{
	const struct setting *s;
	const char           *value;
	size_t                i;

	for (i = 0; i < N_SETTINGS; i++) {
		s = &settings[i];
		value = look_up(s->name);
		if (s->kind == KIND_SECRET)
			value = value != NULL ? "(set)" : "(not set)";
		buf_printf(b, "%s=%s\n", s->name, value != NULL ? value : "");
	}
}
