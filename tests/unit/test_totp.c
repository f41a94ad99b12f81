/*
 * One-time passwords against the RFCs' own vectors, and what is stored for
 * them.
 */
/* links: core/totp.c core/totp_vault.c core/secret.c core/buf.c | -lsodium -lcrypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/totp_vault.h"

#define SECRET "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJe"

static const uint8_t key[] = "12345678901234567890";

/* RFC 4226, appendix D. */
static void
code__of_a_counter(void **state)
{
	static const uint32_t codes[] = {755224, 287082, 359152, 969429, 338314,
	    254676, 287922, 162583, 399871, 520489};
	size_t                i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(totp_code(key, 20, (int64_t)i), codes[i]);
}

/* RFC 6238, appendix B, SHA-1; the last six of its eight digits. */
static const struct {
	time_t      now;
	const char *text;
} vectors[] = {
    {59, "287082"},
    {1111111109, "081804"},
    {1111111111, "050471"},
    {1234567890, "005924"},
    {2000000000, "279037"},
    {20000000000, "353130"},
};

static void
match__of_a_time(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_true(totp_match(key, vectors[i].text, vectors[i].now) ==
		    vectors[i].now / 30);
}

static void
match__one_step_off(void **state)
{
	const char *text = vectors[3].text;
	time_t      now = vectors[3].now;

	(void)state;
	assert_true(totp_match(key, text, now + 30) == now / 30);
	assert_true(totp_match(key, text, now - 30) == now / 30);
	assert_true(totp_match(key, text, now + 60) == 0);
	assert_true(totp_match(key, text, now - 60) == 0);
}

static void
match__nothing_else(void **state)
{
	static const char *const texts[] = {"", "00592", "0059240", "005925",
	    "5924", " 05924", "00592a", "+05924", "-05924", "\xd9\xa0\xd9\xa0"};
	size_t                   i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_true(totp_match(key, texts[i], vectors[3].now) == 0);
}

/* RFC 4648, section 10. */
static void
base32__of_the_rfc(void **state)
{
	char text[33];

	(void)state;
	totp_base32((const uint8_t *)"fooba", 5, text);
	assert_string_equal(text, "MZXW6YTB");
	totp_base32(key, 20, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

static void
uri__encodes_the_name(void **state)
{
	struct buf b = {0};

	(void)state;
	totp_uri(&b, "J\xc3\xb6 &x=%", "ABC");
	assert_string_equal(b.data,
	    "otpauth://totp/aichat:J%C3%B6%20%26x%3D%25?secret=ABC"
	    "&issuer=aichat&algorithm=SHA1&digits=6&period=30");
	buf_release(&b);
}

static size_t
bytes_of(const char *hex, unsigned char *out, size_t size)
{
	size_t len = 0;

	assert_int_equal(sodium_hex2bin(out, size, hex + 2, strlen(hex + 2),
			     NULL, &len, NULL),
	    0);
	return (len);
}

static void
seal__opens_for_its_user_only(void **state)
{
	char          sealed[TOTP_SEALED_HEX], again[TOTP_SEALED_HEX];
	unsigned char bytes[TOTP_SEALED_SIZE + 1];
	uint8_t       opened[TOTP_SECRET_SIZE];
	size_t        len, i;

	(void)state;
	totp_seal(SECRET, 7, key, sealed);
	totp_seal(SECRET, 7, key, again);
	assert_string_not_equal(sealed, again);
	len = bytes_of(sealed, bytes, sizeof(bytes));
	assert_int_equal(len, TOTP_SEALED_SIZE);
	assert_true(totp_open(SECRET, 7, bytes, len, opened));
	assert_memory_equal(opened, key, TOTP_SECRET_SIZE);
	assert_false(totp_open(SECRET, 8, bytes, len, opened));
	assert_false(totp_open(SECRET "x", 7, bytes, len, opened));
	assert_false(totp_open(SECRET, 7, bytes, len - 1, opened));
	assert_false(totp_open(SECRET, 7, bytes, 0, opened));
	for (i = 0; i < len; i++) {
		bytes[i] ^= 1;
		assert_false(totp_open(SECRET, 7, bytes, len, opened));
		bytes[i] ^= 1;
	}
}

static void
recovery__as_it_is_typed(void **state)
{
	char code[TOTP_RECOVERY_SIZE], other[TOTP_RECOVERY_SIZE];
	char hash[ACTOR_HASH_SIZE], again[ACTOR_HASH_SIZE];

	(void)state;
	totp_recovery_new(code);
	totp_recovery_new(other);
	assert_string_not_equal(code, other);
	assert_int_equal(strlen(code), 17);
	assert_true(totp_recovery_hash(SECRET, 7, "ABCDEFGH-IJKLMNOP", hash));
	assert_int_equal(strlen(hash), 66);
	assert_true(totp_recovery_hash(SECRET, 7, "abcdefghijklm nop", again));
	assert_string_equal(hash, again);
	assert_true(totp_recovery_hash(SECRET, 8, "ABCDEFGH-IJKLMNOP", again));
	assert_string_not_equal(hash, again);
	assert_true(totp_recovery_hash(SECRET, 7, "ABCDEFGH-IJKLMNOQ", again));
	assert_string_not_equal(hash, again);
	assert_false(totp_recovery_hash(SECRET, 7, "", again));
	assert_false(totp_recovery_hash(SECRET, 7, "123456", again));
	assert_false(totp_recovery_hash(SECRET, 7, "ABCDEFGHIJKLMNOPQ", again));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(code__of_a_counter),
	    cmocka_unit_test(match__of_a_time),
	    cmocka_unit_test(match__one_step_off),
	    cmocka_unit_test(match__nothing_else),
	    cmocka_unit_test(base32__of_the_rfc),
	    cmocka_unit_test(uri__encodes_the_name),
	    cmocka_unit_test(seal__opens_for_its_user_only),
	    cmocka_unit_test(recovery__as_it_is_typed),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
