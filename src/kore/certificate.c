#include <kore/kore.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "core/shared.h"
#include "kore/certificate.h"
#include "kore/run_dir.h"

#define SIGNED_MS  50   /* a signature takes less than this */
#define AWAITED_MS 2000 /* then handshakes go on, whatever happened */

/* How many there were; the parent's count is shared. */
static volatile unsigned *announced;
static unsigned           have;

/* Seconds since 1970; 0 when it cannot be told. */
static int64_t
not_after(const char *file)
{
	struct tm tm;
	int64_t   seconds = 0;
	X509     *cert;
	FILE     *fp;

	if ((fp = fopen(file, "re")) == NULL)
		return (0);
	cert = PEM_read_X509(fp, NULL, NULL, NULL);
	fclose(fp);
	if (cert != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1)
		seconds = timegm(&tm);
	X509_free(cert);
	return (seconds);
}

void
certificate_parent_init(void)
{
	announced = shared_new(sizeof(*announced));
	certificate_measure();
}

void
certificate_came(void)
{
	have = *announced;
}

bool
certificate_is_awaited(void)
{
	static u_int64_t since;
	static unsigned  last;

	if (*announced == have)
		return (false);
	if (*announced != last) {
		last = *announced;
		since = kore_time_ms();
	}
	return (kore_time_ms() - since < AWAITED_MS);
}

void
certificate_measure(void)
{
	metrics_set(METRIC_CERTIFICATE, 0, not_after(config.tls_cert_file));
}

static void
log_renewal(const struct buf *problems)
{
	struct buf *line;

	line = log_begin(problems->len > 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
	    problems->len > 0 ? "certificate_refused" : "certificate_renewed");
	if (line == NULL)
		return;
	if (problems->len > 0)
		json_put_bytes(
		    line, "msg", problems->data, strcspn(problems->data, "\n"));
	else
		json_put_int(
		    line, "not_after", not_after(config.tls_cert_file));
	log_end();
}

/* Go on passing signatures until the last one of the old key is through. */
static void
announce(void)
{
	u_int64_t until = kore_time_ms() + SIGNED_MS;

	(*announced)++;
	while (kore_time_ms() < until) {
		kore_platform_event_wait(1);
		kore_connection_prune(KORE_CONNECTION_PRUNE_DISCONNECT);
	}
}

bool
certificate_renew(void)
{
	struct buf problems = {0};
	bool       ok = run_dir_renew_certificate(&problems);

	log_renewal(&problems);
	if (ok) {
		certificate_measure();
		announce();
	}
	metrics_count(
	    METRIC_RELOADS, ok ? METRIC_RELOAD_OK : METRIC_RELOAD_REFUSED, 1);
	buf_release(&problems);
	return (ok);
}
