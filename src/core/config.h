/*
 * What differs by deployment, read once from the environment and an optional
 * .env file (the environment wins). conf/env.example describes every name.
 */
#ifndef AICHAT_CONFIG_H
#define AICHAT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct config {
	const char *database_url;   /* libpq URI or conninfo */
	const char *jwt_secret_key; /* >= 32 bytes */
	const char *secret_key;     /* Flask's; accepted, unused */
	const char *bind_address;
	int         port;
	const char *metrics_address; /* host:port; "" is none */
	int         workers;
	const char *tls_cert_file;
	const char *tls_key_file;
	int         hsts_seconds;  /* 0: none */
	const char *run_dir;       /* chroots, pid file; "" is the default */
	const char *run_as;        /* user of the workers, when root */
	const char *keymgr_run_as; /* user of the key process, when root */
	int         drain_seconds; /* for what is in flight */
	int         drain_delay_seconds; /* before that, still accepting */
	int         max_connections;     /* a worker */
	int         db_pool;             /* connections a worker */
	int         daily_message_limit;
	int         retention_days;      /* of turns; 0: for ever */
	int         running_per_user;    /* generations at once */
	int         password_min_length; /* characters */
	/* Attempts (src/api/throttle.c); 0 is without limit. */
	int         login_failures_per_account;
	int         login_failures_per_address;
	int         login_window_seconds;
	int         signups_per_address;   /* an hour */
	int         refreshes_per_account; /* in the window of logins */
	int         refreshes_per_address;
	int         refresh_grace_seconds; /* a replaced token still works */
	const char *trusted_proxies;       /* networks */
	const char *cors_allow_origin;
	const char *log_level;            /* error, warn, info, debug */
	const char *mocks_dir;            /* "" is the compiled-in answers */
	int         mock_faults;          /* 1: clients may ask for faults */
	int         mock_stream_delay_ms; /* between two words */

	/* The models (src/llm/models.c). */
	const char *openai_api_key; /* "" is: mock, of all three */
	const char *openai_model;
	const char *openai_base_url;
	const char *anthropic_api_key;
	const char *anthropic_model;
	const char *anthropic_base_url;
	const char *anthropic_version;
	const char *gemini_api_key;
	const char *gemini_model;
	const char *gemini_base_url;
	const char *gemini_api_version;
	const char *models_file;        /* more of them; "" is none */
	const char *fallback_models;    /* ids, by commas */
	const char *title_model;        /* "": titles are first prompts */
	int         max_output_tokens;  /* 0: the provider's */
	int         context_tokens;     /* of earlier turns */
	const char *ca_file;            /* whom upstreams are trusted by */
	int         running_per_worker; /* generations at once */
	int         connect_timeout_ms; /* to an upstream */
	int         first_byte_timeout_ms;
	int         idle_timeout_ms; /* between two bytes */
	int         total_timeout_ms;
	int         answer_max_bytes;
	int         retries; /* before the first character */
};

extern struct config config;

/*
 * Read file (NULL: what ENV_FILE names, else .env, which may be missing) and
 * the environment into config, and set every setting's value in the
 * environment too, where kore.conf finds it as $NAME. Problems, one line each
 * and naming the setting, are appended to problems; true when there is none.
 * Values live until the next call, of which the program makes one only.
 */
bool config_load(const char *file, struct buf *problems);

/* NAME=value lines of all settings, secrets as "(set)" or "(not set)". */
void config_describe(struct buf *);

/* The name of the i-th setting, NULL behind the last. */
const char *config_name(size_t i);

#endif
