#include <kore/kore.h>
#include <kore/http.h>
#include <kore/curl.h>

#include <signal.h>
#include <stdlib.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "kore/self_check.h"
#include "version.h"

#define MSG_FAILED (KORE_MSG_APP_BASE + 1)
#define TIMEOUT_S  10L
#define RETRY_MS   20
#define RETRIES    250 /* the key process needs a moment */

static bool failed; /* the parent's */

static void
note_failure(struct kore_msg *msg, const void *data)
{
	(void)msg;
	(void)data;
	failed = true;
	raise(SIGTERM);
}

void
self_check_parent_init(void)
{
	kore_msg_register(MSG_FAILED, note_failure);
}

void
self_check_parent_exit(void)
{
	if (failed)
		exit(1);
}

static void
retry(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	self_check_start();
}

static void
log_serving(void)
{
	struct buf *line;

	if ((line = log_begin(LOG_LEVEL_INFO, "serving")) == NULL)
		return;
	json_put_text(line, "version", AICHAT_VERSION);
	json_put_text(line, "address", config.bind_address);
	json_put_int(line, "port", config.port);
	json_put_int(line, "workers", config.workers);
	json_put_text(line, "metrics", config.metrics_address);
	log_end();
}

static void
answered(struct kore_curl *client, void *arg)
{
	static int tries;

	if (kore_curl_success(client) && client->http.status == 200) {
		log_serving();
	} else if (++tries < RETRIES) {
		kore_timer_add(retry, RETRY_MS, NULL, KORE_TIMER_ONESHOT);
	} else {
		log_event(LOG_LEVEL_ERROR, "self_check_failed",
		    "no answer to a request over TLS: %s",
		    kore_curl_strerror(client));
		kore_msg_send(KORE_MSG_PARENT, MSG_FAILED, NULL, 0);
	}
	kore_curl_cleanup(client);
	kore_free(arg);
}

/* An address that is bound to everything is reached on the loopback. */
static const char *
own_address(void)
{
	if (strcmp(config.bind_address, "0.0.0.0") == 0)
		return ("127.0.0.1");
	if (strcmp(config.bind_address, "::") == 0)
		return ("[::1]");
	return (config.bind_address);
}

/* The certificate is not checked: it is for another name. That the key fits
 * it was checked with the configuration. */
void
self_check_start(void)
{
	struct kore_curl *client;
	char              url[128];

	snprintf(url, sizeof(url),
	    strchr(own_address(), ':') != NULL && own_address()[0] != '['
		? "https://[%s]:%d/healthz"
		: "https://%s:%d/healthz",
	    own_address(), config.port);
	client = kore_calloc(1, sizeof(*client));
	if (!kore_curl_init(client, url, KORE_CURL_ASYNC))
		fatalx("self_check: libcurl refuses %s", url);
	kore_curl_http_setup(client, HTTP_METHOD_GET, NULL, 0);
	curl_easy_setopt(client->handle, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(client->handle, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(client->handle, CURLOPT_PROXY, "");
	curl_easy_setopt(client->handle, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(client->handle, CURLOPT_TIMEOUT, TIMEOUT_S);
	kore_curl_bind_callback(client, answered, client);
	kore_curl_run(client);
	kore_curl_do_timeout();
}
