#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "harness_metrics.h"

#define WAIT_MS   5000
#define REPLY_MAX (1024 * 1024)
#define OPTION    "METRICS_ADDRESS=127.0.0.1:"

struct server *
metrics_server_start(const char *const *options)
{
	const char *all[OPTIONS_MAX + 1] = {
	    scratch_printf(OPTION "%d", free_port())};
	size_t i;

	for (i = 0; options != NULL && options[i] != NULL; i++)
		all[i + 1] = options[i];
	return (server_start(all));
}

static int
connect_to(const struct server *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	size_t             i;
	int                fd;

	for (i = 0; strncmp(s->options[i], OPTION, strlen(OPTION)) != 0; i++)
		continue;
	address.sin_port = htons(
	    (uint16_t)atoi(s->options[i] + strlen(OPTION)));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return (fd);
}

struct reply *
metrics_get(const struct server *s, const char *path)
{
	char   *text = scratch_alloc(REPLY_MAX), *body;
	size_t  size = 0;
	ssize_t n;
	int     fd = connect_to(s);

	size = (size_t)snprintf(text, REPLY_MAX,
	    "GET %s HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n",
	    path);
	assert_int_equal(write(fd, text, size), (ssize_t)size);
	for (size = 0; (n = read(fd, text + size, REPLY_MAX - 1 - size)) > 0;)
		size += (size_t)n;
	close(fd);
	text[size] = '\0';
	assert_non_null(body = strstr(text, "\r\n\r\n"));
	body[2] = '\0';
	body += 4;
	return (reply_new(text, body, strlen(body)));
}

char *
metrics_text(const struct server *s)
{
	struct reply *r = metrics_get(s, "/metrics");

	assert_int_equal(r->status, 200);
	return (scratch_printf("%s", r->body));
}

double
metrics_value(const struct server *s, const char *name)
{
	char *text = metrics_text(s), *line, *rest;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, name, strlen(name)) == 0 &&
		    line[strlen(name)] == ' ')
			return (atof(line + strlen(name) + 1));
	return (0);
}

void
metrics_await(const struct server *s, const char *name, double value)
{
	long long deadline = now_ms() + WAIT_MS;
	double    last;

	while ((last = metrics_value(s, name)) < value ||
	    (value == 0 && last > 0)) {
		if (now_ms() > deadline)
			fail_msg("%s is %g, not %g", name, last, value);
		sleep_ms(20);
	}
	assert_true(last == value);
}
