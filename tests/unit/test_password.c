/*
 * Password hashes: our own round trip, known answers for the Flask service's
 * (made with Python's hashlib and accepted by werkzeug 3.1), and hashes that
 * are broken or too dear.
 */
/* links: core/password.c | -lsodium -lcrypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/password.h"

#define WORDS  "correct horse battery staple"
#define UMLAUT "p\xc3\xa4ssw\xc3\xb6rd \xf0\x9f\x98\x80"

#define SALT "$Xq3ZkT8vYp1LmW0s$"
#define SCRYPT_SMALL \
	"149f85614f3fd97bcf2d3d1ffe791fe2" \
	"e52b16edfb5871a13d79cfc00068c298" \
	"8eeec09739ec897f94867a9d7ed2976d" \
	"4cabf3ec21bf3bf4c5ba4af39d48b480"
#define PBKDF2_ONE \
	"2096dcc690127c711e8725dfe274bf6d" \
	"f3bad20eb3e09230527263254a871612"

static const struct {
	const char *password, *hash;
} known[] = {
    {WORDS,
	"scrypt:32768:8:1$Xq3ZkT8vYp1LmW0s$"
	"55a10e56c0fb60285ecf805852d0e77f005c5ad64ec08de105b1267bf7bb4a4a"
	"03f1c846a9ba0f6f3a8eff95816130ffeba3c06caa68a5adc456b4f88995a9a4"},
    {WORDS, "scrypt:16:1:1$Xq3ZkT8vYp1LmW0s$" SCRYPT_SMALL},
    {UMLAUT,
	"scrypt:1024:8:4$Xq3ZkT8vYp1LmW0s$"
	"dc80b140879dae09759f64e859b609e07f4cf10b652a773ccac52f6aba4c8ee1"
	"c48c20c52840d8ad428cdaa946a8c569bda15317c8bf681c236b48d0df6f09b8"},
    {"",
	"scrypt:16:1:1$Xq3ZkT8vYp1LmW0s$"
	"da41f366597838fa1bd994259c19a34536e4e8f71a23d754000b1ba0571d4a93"
	"c7cd1bfd75f34ed689c65df5aa15a3ddee1e524015fbc265da1b48a27e4559a9"},
    {WORDS,
	"pbkdf2:sha256:260000$aB3dE5gH$"
	"8cc15494cce33057a40210c1ef36302643c1ecf540da592ced86983a15373f47"},
    {UMLAUT,
	"pbkdf2:sha256:1000$aB3dE5gH$"
	"c9fe74c94ab7162012a25d6e059dace967d8d60f8c9799a269eabd7167bb7dca"},
    {WORDS, "pbkdf2:sha256:1$aB3dE5gH$" PBKDF2_ONE},
    {"",
	"pbkdf2:sha256:1$aB3dE5gH$"
	"21b398ec05e0cde96f2a3dfad7d720e158ebd79c90c1e72fb5ff7384316e2d50"},
};

static void
verifies__what_it_hashed(void **state)
{
	char again[PASSWORD_HASH_SIZE], hash[PASSWORD_HASH_SIZE];
	bool upgrade = true;

	(void)state;
	assert_true(password_hash(UMLAUT, hash));
	assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_true(password_verify(UMLAUT, hash, &upgrade));
	assert_false(upgrade);
	assert_false(password_verify(UMLAUT " ", hash, &upgrade));
	assert_false(password_verify("", hash, &upgrade));
	assert_true(password_hash(UMLAUT, again));
	assert_string_not_equal(again, hash);
}

static void
bounds_length(void **state)
{
	char hash[PASSWORD_HASH_SIZE], password[PASSWORD_MAX + 2];
	bool upgrade;

	(void)state;
	memset(password, 'p', sizeof(password));
	password[PASSWORD_MAX + 1] = '\0';
	assert_false(password_hash(password, hash));
	password[PASSWORD_MAX] = '\0';
	assert_true(password_hash(password, hash));
	assert_true(password_verify(password, hash, &upgrade));
	/* All of it counts. */
	password[PASSWORD_MAX - 1] = 'q';
	assert_false(password_verify(password, hash, &upgrade));
	password[PASSWORD_MAX - 1] = 'p';
	password[PASSWORD_MAX] = 'p';
	assert_false(password_verify(password, hash, &upgrade));
}

static void
verifies__werkzeug_hashes(void **state)
{
	bool   upgrade;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		upgrade = false;
		if (!password_verify(
			known[i].password, known[i].hash, &upgrade))
			fail_msg("%s does not match", known[i].hash);
		assert_true(upgrade);
		assert_false(password_verify("wrong", known[i].hash, &upgrade));
		assert_false(upgrade);
	}
}

static void
verifies__old_argon2id_and_upgrades(void **state)
{
	char hash[PASSWORD_HASH_SIZE] = "";
	bool upgrade = false;

	(void)state;
	/* Cheaper than today's, as an earlier version might have made. */
	assert_int_equal(
	    crypto_pwhash_str_alg(hash, WORDS, strlen(WORDS), 1,
		crypto_pwhash_MEMLIMIT_MIN, crypto_pwhash_ALG_ARGON2ID13),
	    0);
	assert_true(password_verify(WORDS, hash, &upgrade));
	assert_true(upgrade);
	assert_false(password_verify("wrong", hash, &upgrade));
	assert_false(upgrade);
}

/* Each must be refused, even with the right password, and at once. */
static void
refuses__broken_and_dear_hashes(void **state)
{
	static const char *const bad[] = {
	    "",
	    "$",
	    WORDS,
	    "plain$" WORDS,
	    "md5$salt$0123",
	    "pbkdf2:sha1:1$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:0$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:-1$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:+1$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256: 1$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:10000001$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:18446744073709551617$aB3dE5gH$" PBKDF2_ONE,
	    "pbkdf2:sha256:1$aB3dE5gH",
	    "pbkdf2:sha256:1$aB3dE5gH$",
	    "pbkdf2:sha256:1$aB3dE5gH$" PBKDF2_ONE "00",
	    "pbkdf2:sha256:1$aB3dE5gH$" PBKDF2_ONE " ",
	    "pbkdf2:sha256:1$aB3dE5gH$2096",
	    "pbkdf2:sha256:1$aB3dE5gG$" PBKDF2_ONE,
	    "pbkdf2:sha256:1$aB3dE5gH$zz96dcc690127c711e8725dfe274bf6d"
	    "f3bad20eb3e09230527263254a871612",
	    "scrypt",
	    "scrypt:",
	    "scrypt:16",
	    "scrypt:16:1",
	    "scrypt:16:1:1",
	    "scrypt:16:1:1" SALT,
	    "scrypt:16:1:1$" SCRYPT_SMALL,
	    "scrypt:16:1:1" SALT "149f",
	    "scrypt:16:1:1" SALT         SCRYPT_SMALL "00",
	    "scrypt:15:1:1" SALT         SCRYPT_SMALL,
	    "scrypt:1:1:1" SALT          SCRYPT_SMALL,
	    "scrypt:0:1:1" SALT          SCRYPT_SMALL,
	    "scrypt:16:0:1" SALT         SCRYPT_SMALL,
	    "scrypt:16:1:0" SALT         SCRYPT_SMALL,
	    "scrypt:16:1:5" SALT         SCRYPT_SMALL,
	    "scrypt:16:65:1" SALT        SCRYPT_SMALL,
	    "scrypt:262144:8:1" SALT     SCRYPT_SMALL,
	    "scrypt:4294967312:1:1" SALT SCRYPT_SMALL,
	    "scrypt:16:1:1:1" SALT       SCRYPT_SMALL,
	    "$argon2id$v=19$m=65537,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	    "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHQ$aGFzaGhh",
	    "$argon2id$v=19$m=8,t=11,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	    "$argon2id$v=19$m=8,t=1,p=5$c2FsdHNhbHQ$aGFzaGhhc2g",
	    "$argon2id$v=19$m=0,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	    "$argon2id$v=19$m=8,t=1,p=1$",
	    "$argon2id$v=19$m=8,t=1,p=1",
	    "$argon2id$v=16$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	    "$argon2id$",
	    "$argon2i$v=19$m=19456,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
	};
	clock_t start = clock();
	bool    upgrade;
	size_t  i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		upgrade = true;
		if (password_verify(WORDS, bad[i], &upgrade))
			fail_msg("%s matches", bad[i]);
		assert_false(upgrade);
	}
	/* A single dear one that was computed would take longer. */
	assert_true(clock() - start < CLOCKS_PER_SEC / 2);
}

static void
refuses__hash_that_is_too_long(void **state)
{
	char hash[400];
	bool upgrade = true;

	(void)state;
	snprintf(
	    hash, sizeof(hash), "pbkdf2:sha256:1$%0300d$%s", 0, PBKDF2_ONE);
	assert_false(password_verify(WORDS, hash, &upgrade));
	assert_false(upgrade);
}

static void
keeps_dummy__as_dear_as_any(void **state)
{
	char fresh[PASSWORD_HASH_SIZE];
	bool upgrade = true;

	(void)state;
	assert_int_equal(
	    crypto_pwhash_str_needs_rehash(password_dummy_hash, 2, 19922944),
	    0);
	assert_true(password_hash(WORDS, fresh));
	assert_int_equal(strlen(fresh), strlen(password_dummy_hash));
	assert_false(password_verify("", password_dummy_hash, &upgrade));
	assert_false(password_verify(WORDS, password_dummy_hash, &upgrade));
	assert_false(upgrade);
}

static int
init(void **state)
{
	(void)state;
	return (sodium_init() == -1 ? -1 : 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verifies__what_it_hashed),
	    cmocka_unit_test(bounds_length),
	    cmocka_unit_test(verifies__werkzeug_hashes),
	    cmocka_unit_test(verifies__old_argon2id_and_upgrades),
	    cmocka_unit_test(refuses__broken_and_dear_hashes),
	    cmocka_unit_test(refuses__hash_that_is_too_long),
	    cmocka_unit_test(keeps_dummy__as_dear_as_any),
	};

	return (cmocka_run_group_tests(tests, init, NULL));
}
