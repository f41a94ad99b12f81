#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/json.h"
#include "core/log.h"

#define FLUSH_AT 8192 /* bytes collected before they are written */

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static enum log_level threshold = LOG_LEVEL_INFO;
static enum log_level current;
static int            process;
static const char    *request = "";
static struct buf     lines;
static void (*schedule_flush)(void);
static bool flush_scheduled;
static bool cut; /* the disk took half of a line and no more */

void
log_set_level(enum log_level level)
{
	threshold = level;
}

void
log_set_worker(int worker)
{
	process = worker;
}

const char *
log_set_request(const char *id)
{
	const char *before = request;

	request = id != NULL ? id : "";
	return (before);
}

const char *
log_get_request(void)
{
	return (request);
}

/* RFC 3339 in UTC with milliseconds; the seconds are formatted once each. */
static void
put_time(struct buf *b)
{
	static char     text[32];
	static time_t   last;
	struct timespec now;
	struct tm       tm;
	long            ms;

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec != last) {
		last = now.tv_sec;
		gmtime_r(&last, &tm);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
	}
	ms = now.tv_nsec / 1000000;
	text[20] = (char)('0' + ms / 100);
	text[21] = (char)('0' + ms / 10 % 10);
	text[22] = (char)('0' + ms % 10);
	json_put_text(b, "time", text);
}

struct buf *
log_begin(enum log_level level, const char *event)
{
	if (level > threshold)
		return (NULL);
	current = level;
	buf_char(&lines, '{');
	put_time(&lines);
	json_put_text(&lines, "level", level_names[level]);
	json_put_int(&lines, "worker", process);
	json_put_text(&lines, "event", event);
	if (request[0] != '\0')
		json_put_text(&lines, "id", request);
	return (&lines);
}

void
log_end(void)
{
	buf_text(&lines, "}\n");
	if (schedule_flush == NULL || current == LOG_LEVEL_ERROR ||
	    lines.len >= FLUSH_AT)
		log_flush();
	else if (!flush_scheduled) {
		flush_scheduled = true;
		schedule_flush();
	}
}

void
log_defer(void (*schedule)(void))
{
	schedule_flush = schedule;
}

void
log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	struct buf *line, msg = {0};
	va_list     args;

	if ((line = log_begin(level, event)) == NULL)
		return;
	va_start(args, fmt);
	buf_vprintf(&msg, fmt, args);
	va_end(args);
	json_put_text(line, "msg", msg.data);
	buf_release(&msg);
	log_end();
}

void
log_flush(void)
{
	ssize_t n;

	flush_scheduled = false;
	if (lines.len == 0)
		return;
	if (cut && write(STDOUT_FILENO, "\n", 1) == 1)
		cut = false;
	/* A log that cannot be written (disk full) must not stop the service:
	 * the lines are lost, the requests are not. */
	n = write(STDOUT_FILENO, lines.data, lines.len);
	if (n > 0)
		cut = (size_t)n < lines.len;
	lines.len = 0;
}
