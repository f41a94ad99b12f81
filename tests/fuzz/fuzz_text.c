/*
 * The small parsers of what stands in paths, fields and bodies: ids, names,
 * addresses, content negotiation; and the title a model gives. None reads
 * behind its text, and what it accepts it writes again the same.
 */
/* links: core/uuid.c core/names.c core/utf8.c core/cidr.c core/negotiate.c core/share_token.c core/base64url.c api/v1_id.c core/reset_token.c llm/title_clean.c | -lsodium */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api/v1_id.h"
#include "core/cidr.h"
#include "core/names.h"
#include "core/negotiate.h"
#include "core/reset_token.h"
#include "core/share_token.h"
#include "core/utf8.h"
#include "core/uuid.h"
#include "llm/title.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_ascii(const char *text)
{
	while (*text > 0)
		text++;
	return (*text == '\0');
}

static void
check_ids(const char *text)
{
	struct uuid id;
	char        again[V1_ID_SIZE];
	int64_t     owner = 0;
	int         kind;

	if (uuid_parse(text, &id)) {
		uuid_format(&id, again);
		require(strcasecmp(again, text) == 0);
	}
	for (kind = V1_ID_RESPONSE; kind <= V1_ID_COMPLETION; kind++) {
		if (!v1_id_parse((enum v1_id)kind, text, &id))
			continue;
		v1_id_format((enum v1_id)kind, &id, again);
		require(strcasecmp(again, text) == 0);
	}
	if (share_token_owner(text, &owner))
		require(owner > 0 && strlen(text) == SHARE_TOKEN_SIZE - 1 &&
		    is_ascii(text));
}

static void
check_names(const char *text, size_t len)
{
	char *trimmed = malloc(len + 1);
	char  hash[RESET_TOKEN_HASH_SIZE];

	require(trimmed != NULL);
	names_trim(text, trimmed, len + 1);
	require(strlen(trimmed) <= len);
	require(names_length(trimmed) <= (int)len);
	names_check_username(trimmed);
	names_check_email(trimmed);
	require(names_equal(trimmed, trimmed));
	reset_token_hash(text, hash);
	free(trimmed);
}

static void
check_addresses(const char *text, size_t len)
{
	static struct cidr_list networks;
	struct in6_addr         peer = IN6ADDR_LOOPBACK_INIT, client;
	char                    shown[INET6_ADDRSTRLEN];

	if (cidr_address(text, len, &client)) {
		cidr_format(&client, shown);
		require(cidr_address(shown, strlen(shown), &client));
	}
	memset(&networks, 0, sizeof(networks));
	if (cidr_list_read(text, &networks) == NULL)
		cidr_list_has(&networks, &peer);
	cidr_list_read("::1, 10.0.0.0/8", &networks);
	cidr_client(&networks, &peer, text, &client);
	cidr_key(&client, shown);
	require(strlen(shown) < sizeof(shown));
}

static bool
is_utf8(const char *text)
{
	size_t len = strlen(text);
	int    n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = utf8_measure(text, len)) < 0)
			return (false);
	return (true);
}

/* A line of at most 80 characters; an answer's text is valid. */
static void
check_title(const char *text)
{
	char *title;
	bool  some;

	if (!is_utf8(text))
		return;
	title = strdup(text);

	require(title != NULL);
	some = title_clean(title);
	require(some == (title[0] != '\0'));
	require(strlen(title) <= strlen(text));
	require(strpbrk(title, "\r\n") == NULL);
	require(is_utf8(title) && names_length(title) <= 80);
	free(title);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char       *text = malloc(size + 1);
	const char *p;
	size_t      len;

	require(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	len = strlen(text);
	check_ids(text);
	check_names(text, len);
	check_addresses(text, len);
	check_title(text);
	negotiate_coding(text, "br");
	negotiate_matches(text, "\"etag\"");
	for (p = text; utf8_next(&p) != 0;)
		require(p <= text + len);
	free(text);
	return (0);
}
