#include <kore/kore.h>
#include <kore/http.h>

#include <time.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/reply_openai.h"
#include "core/uuid.h"
#include "kore/http_refusal.h"
#include "kore/methods.h"

static void
write_refusal(
    struct buf *head, struct buf *body, enum error e, const char *id, bool tls)
{
	const struct error_info *info = error_info(e);

	json_open_object(body, NULL);
	json_put_text(body, "msg", info->message);
	json_put_text(body, "code", info->code);
	json_put_text(body, "request_id", id);
	/* Whoever asked: there may have been no path. */
	reply_openai_put_error(body, e, info->message, NULL);
	json_close_object(body);

	buf_printf(head,
	    "HTTP/1.1 %d %s\r\n"
	    "server: aichat\r\n"
	    "date: %s\r\n"
	    "connection: close\r\n"
	    "content-type: application/json\r\n"
	    "content-length: %zu\r\n"
	    "access-control-allow-origin: %s\r\n"
	    "x-request-id: %s\r\n"
	    "cache-control: no-store\r\n"
	    "x-content-type-options: nosniff\r\n",
	    info->status, http_status_text(info->status),
	    kore_time_to_date(time(NULL)), body->len, config.cors_allow_origin,
	    id);
	if (config.cors_allow_origin[0] != '*')
		buf_text(head, "vary: Origin\r\n");
	if (tls && config.hsts_seconds > 0)
		buf_printf(head, "strict-transport-security: max-age=%d\r\n",
		    config.hsts_seconds);
	if (info->status == HTTP_STATUS_SERVICE_UNAVAILABLE)
		buf_text(head, "retry-after: 1\r\n");
	/* What Kore takes in HTTP/1.0, the only case here. */
	if (info->status == HTTP_STATUS_METHOD_NOT_ALLOWED)
		buf_text(head, "allow: GET, HEAD, POST\r\n");
	buf_text(head, "\r\n");
}

static void
count_refusal(enum error e, int status)
{
	metrics_count(METRIC_ERRORS, e, 1);
	metrics_count(METRIC_HTTP_REQUESTS,
	    metrics_pair(METRIC_HTTP_REQUESTS, METHODS_ROUTES - 1,
		(size_t)(status / 100 - 1)),
	    1);
}

static void
log_refusal(const struct error_info *info, const char *id)
{
	struct buf *line;

	if ((line = log_begin(LOG_LEVEL_INFO, "refused")) == NULL)
		return;
	json_put_text(line, "id", id);
	json_put_text(line, "code", info->code);
	json_put_int(line, "status", info->status);
	log_end();
}

void
http_refusal_send(struct connection *c, enum error e, bool head_only)
{
	const struct error_info *info = error_info(e);
	struct buf               head = {0}, body = {0};
	struct uuid              fresh;
	char                     id[UUID_TEXT_SIZE];

	uuid_new(&fresh);
	uuid_format(&fresh, id);
	write_refusal(&head, &body, e, id, c->ssl != NULL);
	net_send_queue(c, head.data, head.len);
	if (!head_only)
		net_send_queue(c, body.data, body.len);
	buf_release(&head);
	buf_release(&body);
	log_refusal(info, id);
	count_refusal(e, info->status);
}
