/*
 * The chain of refresh tokens: the same from every machine that has the
 * secret, and another for each session, token and secret.
 */
/* links: core/refresh.c core/secret.c core/uuid.c | -lsodium -lcrypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "core/refresh.h"
#include "core/secret.h"

#define SECRET "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJe"

static struct uuid
id_of(const char *text)
{
	struct uuid id;

	assert_true(uuid_parse(text, &id));
	return (id);
}

static const char *
successor(const char *secret, const char *session, const char *id)
{
	static char text[8][UUID_TEXT_SIZE];
	static int  turn;
	struct uuid s = id_of(session), i = id_of(id), next;

	refresh_successor(secret, &s, &i, &next);
	turn = (turn + 1) % 8;
	uuid_format(&next, text[turn]);
	return (text[turn]);
}

#define SID "018bcfe5-6800-7000-8000-000000000002"
#define JTI "018bcfe5-6800-7000-8000-000000000001"

/* RFC 2104 by another library. */
static void
derives__hmac_of_the_label(void **state)
{
	uint8_t       key[SECRET_KEY_SIZE];
	unsigned char mac[32];

	(void)state;
	secret_derive(SECRET, "some label", key);
	HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET),
	    (const unsigned char *)"some label", 10, mac, NULL);
	assert_memory_equal(key, mac, sizeof(mac));
}

static void
successor__is_hmac_of_session_and_token(void **state)
{
	struct uuid   sid = id_of(SID), jti = id_of(JTI), next;
	uint8_t       key[SECRET_KEY_SIZE], both[32];
	unsigned char mac[32];

	(void)state;
	memcpy(both, sid.bytes, 16);
	memcpy(both + 16, jti.bytes, 16);
	secret_derive(SECRET, "aichat refresh", key);
	HMAC(EVP_sha256(), key, sizeof(key), both, sizeof(both), mac, NULL);
	mac[6] = 0x80 | (mac[6] & 0x0f);
	mac[8] = 0x80 | (mac[8] & 0x3f);
	refresh_successor(SECRET, &sid, &jti, &next);
	assert_memory_equal(next.bytes, mac, sizeof(next.bytes));
}

static void
successor__differs(void **state)
{
	const char *one = successor(SECRET, SID, JTI);

	(void)state;
	assert_string_equal(one, successor(SECRET, SID, JTI));
	assert_string_not_equal(one, successor(SECRET, JTI, SID));
	assert_string_not_equal(one, successor(SECRET, SID, SID));
	assert_string_not_equal(one, successor(SECRET "x", SID, JTI));
	assert_string_not_equal(one, successor(SECRET, SID, one));
}

static void
hash__is_sha256_of_the_id(void **state)
{
	struct uuid   id = id_of(JTI);
	unsigned char hash[32];
	char          text[ACTOR_HASH_SIZE], expected[ACTOR_HASH_SIZE] = "\\x";
	int           i;

	(void)state;
	SHA256(id.bytes, sizeof(id.bytes), hash);
	for (i = 0; i < 32; i++)
		snprintf(expected + 2 + 2 * i, 3, "%02x", hash[i]);
	refresh_hash(&id, text);
	assert_string_equal(text, expected);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(derives__hmac_of_the_label),
	    cmocka_unit_test(successor__is_hmac_of_session_and_token),
	    cmocka_unit_test(successor__differs),
	    cmocka_unit_test(hash__is_sha256_of_the_id),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
