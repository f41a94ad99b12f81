/*
 * Kore's log and its fatal errors, as JSON lines of ours. As shipped they go
 * to syslog or, in the foreground, to printf, whose buffer every fork repeats.
 */
#include <kore/kore.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "core/json.h"
#include "core/log.h"

void
__wrap_kore_log(int, const char *, ...) __attribute__((format(printf, 2, 3)));
void
__wrap_fatal(const char *, ...) __attribute__((format(printf, 1, 2), noreturn));
void __wrap_fatalx(const char *, ...)
    __attribute__((format(printf, 1, 2), noreturn));

static void put(enum log_level, const char *, va_list)
    __attribute__((format(printf, 2, 0)));

static void
put(enum log_level level, const char *fmt, va_list args)
{
	struct buf *line, msg = {0};

	if ((line = log_begin(level, "kore")) == NULL)
		return;
	buf_vprintf(&msg, fmt, args);
	json_put_text(line, "msg", msg.data);
	buf_release(&msg);
	log_end();
}

void
__wrap_kore_log(int priority, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(priority <= LOG_ERR           ? LOG_LEVEL_ERROR
		: priority == LOG_WARNING ? LOG_LEVEL_WARN
		: priority == LOG_DEBUG   ? LOG_LEVEL_DEBUG
					  : LOG_LEVEL_INFO,
	    fmt, args);
	va_end(args);
}

void
__wrap_fatal(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(LOG_LEVEL_ERROR, fmt, args);
	va_end(args);
	exit(1);
}

/* Kore's fatalx() takes the whole server down with it. */
void
__wrap_fatalx(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(LOG_LEVEL_ERROR, fmt, args);
	va_end(args);
	if (worker != NULL)
		kore_msg_send(KORE_MSG_PARENT, KORE_MSG_SHUTDOWN, NULL, 0);
	exit(1);
}
