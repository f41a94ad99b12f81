#include <arpa/inet.h>
#include <ctype.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cidr.h"
#include "core/config_check.h"

#define SECRET_MIN 32 /* bytes: as long as HS256's hash (RFC 7518) */

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Whether value is, or is built around, what examples put for a secret. */
static bool
placeholder(const char *value)
{
	static const char *const words[] = {"change-me", "change_me",
	    "changeme", "change-this", "change_this", "your-secret",
	    "your_secret", "yoursecret", "your-jwt", "your_jwt", "your-256-bit",
	    "replace-me", "replace_me", "replace-with", "replace_with",
	    "placeholder", "super-secret", "supersecret", "super_secret"};
	size_t                   i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(value, words[i]) != NULL)
			return (true);
	return (false);
}

/* Whether value is something shorter, again and again. */
static bool
repetitive(const char *value)
{
	size_t len = strlen(value), period;

	for (period = 1; period <= len / 2; period++)
		if (strncmp(value, value + period, len - period) == 0)
			return (true);
	return (false);
}

/*
 * libpq quotes the string in its messages, with the password: so they are
 * cut before the first quote.
 */
static void
report_conninfo(const char *name, char *message, struct buf *problems)
{
	if (message != NULL)
		message[strcspn(message, "\"\n")] = '\0';
	buf_printf(problems,
	    "%s: postgresql://user:password@host:port/name or "
	    "keyword=value pairs are expected; libpq says: %s...\n",
	    name, message != NULL ? message : "out of memory");
	PQfreemem(message);
}

void
config_check_database(const char *name, const char *value, struct buf *problems)
{
	PQconninfoOption *o, *options;
	char             *message = NULL;

	if ((options = PQconninfoParse(value, &message)) == NULL) {
		report_conninfo(name, message, problems);
		return;
	}
	for (o = options; o->keyword != NULL; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val != NULL &&
		    placeholder(o->val))
			buf_printf(problems,
			    "%s: the password is a "
			    "placeholder, set one of your own\n",
			    name);
	PQconninfoFree(options);
}

void
config_check_secret(const char *name, const char *value, struct buf *problems)
{
	static const char advice[] = "make one with "
				     "\"openssl rand -base64 48\"";

	if (placeholder(value))
		buf_printf(
		    problems, "%s: this is a placeholder, %s\n", name, advice);
	else if (strlen(value) < SECRET_MIN)
		buf_printf(problems, "%s: at least %d bytes are needed, %s\n",
		    name, SECRET_MIN, advice);
	else if (repetitive(value))
		buf_printf(
		    problems, "%s: it repeats itself, %s\n", name, advice);
}

void
config_check_address(const char *name, const char *value, struct buf *problems)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, value, &address) != 1 &&
	    inet_pton(AF_INET6, value, &address) != 1)
		buf_printf(problems,
		    "%s: a numeric IPv4 or IPv6 address is "
		    "expected\n",
		    name);
}

/* Whether p is empty or ":" and a port. */
static bool
port_follows(const char *p)
{
	size_t digits;

	if (*p == '\0')
		return (true);
	if (*p++ != ':')
		return (false);
	digits = strspn(p, "0123456789");
	return (digits >= 1 && digits <= 5 && p[digits] == '\0' && *p != '0' &&
	    atoi(p) <= 65535);
}

/* host:port or [host]:port, numeric; the port is not 0. */
void
config_check_listener(const char *name, const char *value, struct buf *problems)
{
	char        host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(value, ':');
	size_t      len = colon != NULL ? (size_t)(colon - value) : 0;
	struct buf  address = {0};

	if (len > 2 && value[0] == '[' && value[len - 1] == ']') {
		value++;
		len -= 2;
	}
	if (len > 0 && len < sizeof(host) && port_follows(colon)) {
		memcpy(host, value, len);
		host[len] = '\0';
		config_check_address(name, host, &address);
	}
	if (len == 0 || len >= sizeof(host) || !port_follows(colon) ||
	    address.len > 0)
		buf_printf(problems,
		    "%s: a numeric address and a port such as "
		    "127.0.0.1:9464 or [::1]:9464, are expected\n",
		    name);
	buf_release(&address);
}

void
config_check_networks(const char *name, const char *value, struct buf *problems)
{
	struct cidr_list list;
	const char      *bad = cidr_list_read(value, &list);

	if (bad != NULL)
		buf_printf(problems,
		    "%s: at most %d networks such as 10.0.0.0/8 "
		    "or ::1, separated by commas, are expected; \"%.*s\" is "
		    "not one\n",
		    name, CIDR_MAX, (int)strcspn(bad, ", "), bad);
}

void
config_check_key(const char *name, const char *value, struct buf *problems)
{
	for (; *value != '\0'; value++)
		if (!isgraph((unsigned char)*value)) {
			buf_printf(problems,
			    "%s: visible ASCII without "
			    "spaces is expected\n",
			    name);
			return;
		}
}

void
config_check_url(const char *name, const char *value, struct buf *problems)
{
	const char *host = NULL;

	if (strncmp(value, "https://", 8) == 0)
		host = value + 8;
	else if (strncmp(value, "http://", 7) == 0)
		host = value + 7;
	if (host == NULL || *host == '\0' || *host == '/' ||
	    value[strlen(value) - 1] == '/' ||
	    value[strcspn(value, " \t\r\n\"<>\\^`{|}?#@")] != '\0')
		buf_printf(problems,
		    "%s: https://host[:port][/path] without "
		    "a slash at the end is expected\n",
		    name);
}

void
config_check_user(const char *name, const char *value, struct buf *problems)
{
	if (geteuid() == 0 && getpwnam(value) == NULL)
		buf_printf(problems, "%s: there is no such user\n", name);
}

static bool
is_origin(const char *p)
{
	struct in6_addr address;
	char            host[INET6_ADDRSTRLEN] = "";
	size_t          len;

	if (strncmp(p, "https://", 8) == 0)
		p += 8;
	else if (strncmp(p, "http://", 7) == 0)
		p += 7;
	else
		return (false);
	if (*p != '[') {
		len = strspn(p, ALNUM "-.");
		return (len > 0 && port_follows(p + len));
	}
	len = strcspn(++p, "]");
	if (len >= sizeof(host) || p[len] == '\0')
		return (false);
	memcpy(host, p, len);
	return (inet_pton(AF_INET6, host, &address) == 1 &&
	    port_follows(p + len + 1));
}

void
config_check_origin(const char *name, const char *value, struct buf *problems)
{
	if (strcmp(value, "*") != 0 && !is_origin(value))
		buf_printf(problems,
		    "%s: \"*\" or one origin such as "
		    "https://chat.example.com is expected\n",
		    name);
}

void
config_check_log_level(
    const char *name, const char *value, struct buf *problems)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	size_t                   i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(value, levels[i]) == 0)
			return;
	buf_printf(
	    problems, "%s: error, warn, info or debug is expected\n", name);
}
