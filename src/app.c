/*
 * Kore's entry points: configuring the program, starting and stopping its
 * processes.
 */
#include <kore/kore.h>
#include <kore/hooks.h>

#include <fcntl.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/metrics_show.h"
#include "cli.h"
#include "core/config.h"
#include "core/db.h"
#include "core/db_conninfo.h"
#include "core/hasher.h"
#include "core/log.h"
#include "core/token.h"
#include "kore/certificate.h"
#include "kore/drain.h"
#include "kore/handshakes.h"
#include "kore/methods.h"
#include "kore/run_dir.h"
#include "kore/sanitizer.h"
#include "kore/self_check.h"
#include "kore/tls.h"
#include "llm/generation.h"
#include "llm/mock.h"
#include "llm/models.h"
#include "store/migrations.h"

#define LOG_FLUSH_MS 50

static void
refuse(struct buf *problem)
{
	fprintf(stderr, "aichat: %s\n", problem->data);
	exit(1);
}

static void
set_log_level(void)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	size_t                   i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(config.log_level, names[i]) == 0)
			log_set_level((enum log_level)i);
}

/* A wrong schema stops the start; a database that is away does not, for it
 * may come back before anybody asks. */
static void
check_schema(void)
{
	struct buf problem = {0};
	char      *conninfo = db_conninfo(config.database_url);

	switch (migrations_check(conninfo, &problem)) {
	case MIGRATIONS_CURRENT:
		break;
	case MIGRATIONS_UNKNOWN:
		log_event(LOG_LEVEL_WARN, "database_away",
		    "the schema could not be checked");
		break;
	default:
		refuse(&problem);
	}
	buf_release(&problem);
	free(conninfo);
}

/* For kore.conf, which takes address and port apart: 127.0.0.1 9464. */
static void
publish_metrics_address(void)
{
	char  text[80], *colon;
	char *host = text;

	snprintf(text, sizeof(text), "%s", config.metrics_address);
	if ((colon = strrchr(text, ':')) != NULL)
		*colon = ' ';
	if (text[0] == '[') {
		host++;
		memmove(colon - 1, colon, strlen(colon) + 1);
	}
	setenv("METRICS_BIND", host, 1);
}

/* From here on everything is said by the log, on standard output; libpq would
 * write what a server says by the way, while connecting too, in between. */
static void
drop_stderr(void)
{
	int fd;

	sanitizer_keep_stderr();
	if ((fd = open("/dev/null", O_WRONLY)) != -1) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
}

void
kore_parent_configure(int argc, char **argv)
{
	struct buf problem = {0};

	/* Few threads: one heap is enough, and none is shared by forks. */
	mallopt(M_ARENA_MAX, 1);
	if (sodium_init() == -1)
		exit(1);
	cli_run(argc, argv);
	set_log_level();
	if (!mock_load(config.mocks_dir, &problem) || !models_load(&problem))
		refuse(&problem);
	check_schema();
	if (!run_dir_prepare(&problem))
		refuse(&problem);
	publish_metrics_address();
	metrics_show_parent_init();
	certificate_parent_init();
	kore_foreground = 1;
	kore_quiet = 1; /* of Kore's lines, those about trouble */
	if (geteuid() != 0 || sanitizer_needs_proc())
		skip_chroot = skip_runas = 1;
	tls_init();
	drain_parent_init();
	self_check_parent_init();
	drop_stderr();
}

void
kore_parent_teardown(void)
{
	self_check_parent_exit();
}

static void
flush_log(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	log_flush();
}

static void
schedule_flush(void)
{
	kore_timer_add(flush_log, LOG_FLUSH_MS, NULL, KORE_TIMER_ONESHOT);
}

void
kore_worker_configure(void)
{
	log_set_worker(worker->id);
	log_defer(schedule_flush);
	atexit(log_flush);
	metrics_show_worker_init();
	token_init(config.jwt_secret_key);
	tls_worker_init();
	methods_init();
	drain_worker_init();
	handshakes_init();
	hasher_init();
	db_init();
	generation_init();
	if (worker->id == 1 && !worker->restarted)
		self_check_start();
}

void
kore_worker_teardown(void)
{
	static const struct drain_work generations = {
	    generation_any, generation_interrupt_all};

	drain_worker(&generations);
	log_flush();
}
