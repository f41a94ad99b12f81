/*
 * Addresses, networks, and which hop of X-Forwarded-For is the client.
 */
/* links: core/cidr.c | */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/cidr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct in6_addr
address(const char *text)
{
	struct in6_addr a;

	if (!cidr_address(text, strlen(text), &a))
		fail_msg("no address: %s", text);
	return (a);
}

static void
assert_text(const struct in6_addr *a, const char *expected)
{
	char text[INET6_ADDRSTRLEN];

	cidr_format(a, text);
	assert_string_equal(text, expected);
}

static void
address__in_all_forms(void **state)
{
	static const char *const forms[][2] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {"192.0.2.1:4711", "192.0.2.1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"[::ffff:192.0.2.1]:80", "192.0.2.1"},
	    {"2001:DB8::1", "2001:db8::1"},
	    {"[2001:db8::1]", "2001:db8::1"},
	    {"[2001:db8::1]:65535", "2001:db8::1"},
	    {"::", "::"},
	};
	struct in6_addr a;
	size_t          i;

	(void)state;
	for (i = 0; i < COUNT(forms); i++) {
		a = address(forms[i][0]);
		assert_text(&a, forms[i][1]);
	}
}

static void
address__refused(void **state)
{
	static const char *const texts[] = {"", "unknown", "_hidden", "1.2.3",
	    "1.2.3.4.5", "1.2.3.256", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:123456",
	    "[", "[]", "[::1", "[::1]:", "[::1]80", "::1::2", "fe80::1%eth0",
	    "10.0.0.0/8", " 1.2.3.4",
	    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"};
	struct in6_addr          a;
	size_t                   i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		if (cidr_address(texts[i], strlen(texts[i]), &a))
			fail_msg("taken for an address: %s", texts[i]);
}

static void
list__has(void **state)
{
	static const struct {
		const char *list;
		const char *address;
		bool        expected;
	} cases[] = {
	    {"", "127.0.0.1", false},
	    {"127.0.0.1", "127.0.0.1", true},
	    {"127.0.0.1", "127.0.0.2", false},
	    {"10.0.0.0/8, ::1", "10.255.0.1", true},
	    {"10.0.0.0/8, ::1", "11.0.0.1", false},
	    {"10.0.0.0/8, ::1", "::1", true},
	    {"10.9.9.9/8", "10.1.2.3", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "203.0.113.9", true},
	    {"2001:db8:0:ff80::/57", "2001:db8:0:ffff::1", true},
	    {"2001:db8:0:ff80::/57", "2001:db8:0:ff7f::1", false},
	};
	struct cidr_list list;
	struct in6_addr  a;
	size_t           i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(cidr_list_read(cases[i].list, &list));
		a = address(cases[i].address);
		if (cidr_list_has(&list, &a) != cases[i].expected)
			fail_msg("%s in %s", cases[i].address, cases[i].list);
	}
}

static void
list__refused_at(void **state)
{
	static const char *const lists[][2] = {
	    {"10.0.0.0/33", "10.0.0.0/33"},
	    {"::1/129", "::1/129"},
	    {"10.0.0.0/", "10.0.0.0/"},
	    {"10.0.0.0/-1", "10.0.0.0/-1"},
	    {"10.0.0.0/8x", "10.0.0.0/8x"},
	    {"10.0.0.0/1000", "10.0.0.0/1000"},
	    {"::1, proxy.example, ::2", "proxy.example, ::2"},
	    {"10.0.0.0/8;::1", "10.0.0.0/8;::1"},
	};
	struct cidr_list list;
	char             many[CIDR_MAX * 4 + 8] = "";
	const char      *bad;
	size_t           i;

	(void)state;
	for (i = 0; i < COUNT(lists); i++) {
		bad = cidr_list_read(lists[i][0], &list);
		assert_non_null(bad);
		assert_string_equal(bad, lists[i][1]);
	}
	for (i = 0; i <= CIDR_MAX; i++)
		strcat(many, "::1,");
	assert_ptr_equal(cidr_list_read(many, &list), many + CIDR_MAX * 4);
}

static void
client__behind_proxies(void **state)
{
	static const struct {
		const char *peer;
		const char *forwarded;
		const char *client;
	} cases[] = {
	    /* Nobody to believe. */
	    {"192.0.2.1", NULL, "192.0.2.1"},
	    {"192.0.2.1", "203.0.113.9", "192.0.2.1"},
	    /* One proxy, and one that adds to what a client made up. */
	    {"10.0.0.1", NULL, "10.0.0.1"},
	    {"10.0.0.1", "", "10.0.0.1"},
	    {"10.0.0.1", "203.0.113.9", "203.0.113.9"},
	    {"10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
	    {"10.0.0.1", "1.1.1.1,203.0.113.9:80 ", "203.0.113.9"},
	    {"::1", "[2001:db8::9]:443", "2001:db8::9"},
	    /* Two proxies. */
	    {"10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
	    {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
	    /* What is no address was told by the hop right of it. */
	    {"10.0.0.1", "unknown", "10.0.0.1"},
	    {"10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"},
	    {"10.0.0.1", "203.0.113.9,,10.0.0.2", "10.0.0.2"},
	    {"10.0.0.1", ",", "10.0.0.1"},
	};
	struct cidr_list trusted;
	struct in6_addr  peer, client;
	size_t           i;

	(void)state;
	assert_null(cidr_list_read("10.0.0.0/8, ::1", &trusted));
	for (i = 0; i < COUNT(cases); i++) {
		peer = address(cases[i].peer);
		cidr_client(&trusted, &peer, cases[i].forwarded, &client);
		assert_text(&client, cases[i].client);
	}
}

static void
key__is_a_64_of_ipv6(void **state)
{
	struct in6_addr a = address("2001:db8:1:2:3:4:5:6");
	char            text[INET6_ADDRSTRLEN];

	(void)state;
	cidr_key(&a, text);
	assert_string_equal(text, "2001:db8:1:2::");
	a = address("192.0.2.77");
	cidr_key(&a, text);
	assert_string_equal(text, "192.0.2.77");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(address__in_all_forms),
	    cmocka_unit_test(address__refused),
	    cmocka_unit_test(list__has),
	    cmocka_unit_test(list__refused_at),
	    cmocka_unit_test(client__behind_proxies),
	    cmocka_unit_test(key__is_a_64_of_ipv6),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
