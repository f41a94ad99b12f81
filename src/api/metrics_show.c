#include <openssl/crypto.h>
#include <stdio.h>

#include "api/metrics_show.h"
#include "core/config.h"
#include "core/metrics.h"
#include "core/reply.h"
#include "kore/methods.h"
#include "llm/llm_failure.h"
#include "llm/models.h"
#include "version.h"

#define SAMPLE_EVERY_MS 1000

static const char *
error_code(size_t i)
{
	return (i == ERR_NONE ? NULL : error_info((enum error)i)->code);
}

static const char *
process_name(size_t i)
{
	static char name[32];

	if (i == METRIC_PARENT || i == METRIC_KEYMGR)
		return (i == METRIC_PARENT ? "parent" : "keymgr");
	snprintf(name, sizeof(name), "worker_%zu", i - METRIC_WORKER + 1);
	return (name);
}

void
metrics_show_parent_init(void)
{
	metrics_name_set(SET_ROUTE, METHODS_ROUTES, methods_route_label);
	metrics_name_set(SET_CODE, ERR__MAX, error_code);
	metrics_name_set(SET_MODEL, MODELS_MAX, models_name);
	metrics_name_set(SET_FAILURE, LLM_FAILURE__MAX, llm_failure_name);
	metrics_name_set(
	    SET_PROCESS, (size_t)config.workers + METRIC_WORKER, process_name);
	metrics_init(config.workers);
}

static void
sample(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	metrics_set(METRIC_CONNECTIONS, 0, worker_active_connections);
	metrics_set(METRIC_HTTP_OPEN, 0, http_request_count);
}

void
metrics_show_worker_init(void)
{
	metrics_use_slot(worker->id);
	kore_timer_add(sample, SAMPLE_EVERY_MS, NULL, 0);
}

static int
reply_text(struct flow *f)
{
	struct buf body = {0};

	sample(NULL, 0);
	metrics_write(&body);
	buf_printf(&body,
	    "# HELP " METRICS_PREFIX "build_info Always 1.\n"
	    "# TYPE " METRICS_PREFIX "build_info gauge\n" METRICS_PREFIX
	    "build_info{version=\"%s\",kore=\"%s\",openssl=\"%s\"} 1\n",
	    AICHAT_VERSION, kore_version,
	    OpenSSL_version(OPENSSL_VERSION_STRING));
	reply_headers(f, "text/plain; version=0.0.4; charset=utf-8");
	http_response(f->req, HTTP_STATUS_OK, body.data, body.len);
	buf_release(&body);
	return (FLOW_DONE);
}

static const struct step show_steps[] = {STEP(reply_text), STEPS_END};

int
metrics_show(struct http_request *req)
{
	return (flow_run(req, show_steps, 0, NULL));
}
