/*
 * Tokens: what is issued, and every forgery RFC 8725 warns of, signed by hand
 * so that each differs from a good token in one thing only.
 */
/* links: core/token.c core/uuid.c | -ljwt -lsodium -lcrypto */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include "core/token.h"

#define SECRET "Rk3VZ0v9mS1xT7qLwPz4bNfYcUa8HdJe"
#define NOW    1700000000
#define JTI    "018bcfe5-6800-7000-8000-000000000001"
#define SID    "018bcfe5-6800-7000-8000-000000000002"

#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

/* A payload with each claim as given, times relative to NOW. */
#define REST \
	"\"sub\":\"alice\",\"uid\":7,\"type\":\"access\"," \
	"\"sid\":\"" SID "\",\"jti\":\"" JTI "\""
#define TIMES "\"iat\":1699999000,\"nbf\":1699999000,\"exp\":1700000600"
#define GOOD  "{" REST "," TIMES "}"

static struct token token;

static void
encode(char *out, size_t size, const void *data, size_t len)
{
	assert_non_null(sodium_bin2base64(
	    out, size, data, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
}

/* Header and payload with a right signature by this hash. */
static const char *
sign(const EVP_MD *hash, const char *header, const char *payload)
{
	static char   text[8192];
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int  mac_len;
	size_t        n;

	encode(text, sizeof(text), header, strlen(header));
	n = strlen(text);
	text[n++] = '.';
	encode(text + n, sizeof(text) - n, payload, strlen(payload));
	n = strlen(text);
	assert_non_null(HMAC(hash, SECRET, (int)strlen(SECRET),
	    (const unsigned char *)text, n, mac, &mac_len));
	text[n++] = '.';
	encode(text + n, sizeof(text) - n, mac, mac_len);
	return (text);
}

/* A token of these claims; the rest are always the same. */
static char *
issue(enum token_type type, int64_t user_id, const char *name)
{
	struct token t = {.type = type, .user_id = user_id, .issued = NOW};

	snprintf(t.name, sizeof(t.name), "%s", name);
	assert_true(uuid_parse(SID, &t.session));
	assert_true(uuid_parse(JTI, &t.id));
	return (token_issue(&t));
}

static void
assert_uuid(const struct uuid *id, const char *expected)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	assert_string_equal(text, expected);
}

static enum error
check(const char *text)
{
	memset(&token, 0xee, sizeof(token));
	return (token_check(text, TOKEN_ACCESS, NOW, &token));
}

static enum error
check_payload(const char *payload)
{
	return (check(sign(EVP_sha256(), HEADER, payload)));
}

static enum error
check_header(const char *header)
{
	return (check(sign(EVP_sha256(), header, GOOD)));
}

static void
refuses_payload(const char *payload)
{
	enum error e = check_payload(payload);

	if (e != ERR_TOKEN_INVALID)
		fail_msg("error %d for %s", e, payload);
	assert_true(token.user_id == 0);
}

static void
accepts_payload(const char *payload)
{
	enum error e = check_payload(payload);

	if (e != ERR_NONE)
		fail_msg("error %d for %s", e, payload);
}

/* The forgeries below would prove nothing if this one failed. */
static void
accepts__token_signed_by_hand(void **state)
{
	(void)state;
	accepts_payload(GOOD);
	assert_int_equal(token.type, TOKEN_ACCESS);
	assert_true(token.user_id == 7);
	assert_string_equal(token.name, "alice");
	assert_uuid(&token.id, JTI);
	assert_uuid(&token.session, SID);
	assert_int_equal(token.issued, 1699999000);
	assert_int_equal(token.expires, 1700000600);
}

/* A refresh token of flask-jwt-extended, with more claims in rest. */
static const char *
flask_token(const char *rest)
{
	static char payload[512];

	snprintf(payload, sizeof(payload),
	    "{\"fresh\":false,\"csrf\":\"x\",\"jti\":\"" JTI "\"," TIMES ",%s}",
	    rest);
	return (sign(EVP_sha256(), HEADER, payload));
}

static void
flask__refresh_token(void **state)
{
	(void)state;
	assert_int_equal(
	    token_check(flask_token("\"type\":\"refresh\",\"sub\":\"alice\""),
		TOKEN_REFRESH, NOW, &token),
	    ERR_NONE);
	assert_true(token.flask);
	assert_true(token.user_id == 0);
	assert_string_equal(token.name, "alice");
	assert_uuid(&token.id, JTI);
	assert_uuid(&token.session, JTI);
	assert_int_equal(
	    token_check(flask_token("\"type\":\"refresh\",\"sub\":42"),
		TOKEN_REFRESH, NOW, &token),
	    ERR_NONE);
	assert_string_equal(token.name, "42");
	assert_int_equal(
	    token_check(sign(EVP_sha256(), HEADER, "{" REST "," TIMES "}"),
		TOKEN_ACCESS, NOW, &token),
	    ERR_NONE);
	assert_false(token.flask);
}

/* With one of the two claims it is neither theirs nor ours. */
static void
flask__refuses(void **state)
{
	static const char *const rests[] = {
	    "\"type\":\"access\",\"sub\":\"alice\"",
	    "\"type\":\"refresh\",\"sub\":\"alice\",\"uid\":7",
	    "\"type\":\"refresh\",\"sub\":\"alice\",\"uid\":null",
	    "\"type\":\"refresh\",\"sub\":\"alice\",\"uid\":\"7\"",
	    "\"type\":\"refresh\",\"sub\":\"alice\",\"sid\":\"" SID "\"",
	    "\"type\":\"refresh\",\"sub\":\"alice\",\"sid\":7",
	    "\"type\":\"refresh\",\"sub\":\"\"",
	    "\"type\":\"refresh\",\"sub\":-4",
	    "\"type\":\"refresh\",\"sub\":null",
	    "\"type\":\"refresh\",\"uid\":7",
	    "\"type\":\"refresh\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
		if (token_check(flask_token(rests[i]), TOKEN_REFRESH, NOW,
			&token) != ERR_TOKEN_INVALID)
			fail_msg("accepted %s", rests[i]);
}

static void
issues__what_it_checks(void **state)
{
	struct token t, u;
	char        *text;

	(void)state;
	text = issue(TOKEN_ACCESS, INT64_MAX, "J\xc3\xbcrgen \"x\"");
	assert_non_null(text);
	assert_int_equal(token_check(text, TOKEN_ACCESS, NOW, &t), ERR_NONE);
	assert_true(t.user_id == INT64_MAX);
	assert_string_equal(t.name, "J\xc3\xbcrgen \"x\"");
	assert_int_equal(t.type, TOKEN_ACCESS);
	assert_int_equal(t.issued, NOW);
	assert_int_equal(t.expires, NOW + 12 * 3600);
	free(text);

	text = issue(TOKEN_REFRESH, 1, "bob");
	assert_non_null(text);
	assert_int_equal(token_check(text, TOKEN_REFRESH, NOW, &u), ERR_NONE);
	assert_int_equal(u.type, TOKEN_REFRESH);
	assert_int_equal(u.expires, NOW + 30 * 86400);
	assert_memory_equal(&u.session, &t.session, sizeof(u.session));
	free(text);
}

/* The claims of the contract, and no other (docs: RFC 7519, section 4). */
static void
issues__claims_of_the_contract(void **state)
{
	char  *dot, *text = issue(TOKEN_ACCESS, 7, "alice");
	char   payload[512];
	size_t len;

	(void)state;
	assert_non_null(text);
	dot = strchr(text, '.');
	assert_non_null(dot);
	assert_int_equal(
	    sodium_base642bin((unsigned char *)payload, sizeof(payload) - 1,
		dot + 1, strcspn(dot + 1, "."), NULL, &len, NULL,
		sodium_base64_VARIANT_URLSAFE_NO_PADDING),
	    0);
	payload[len] = '\0';
	assert_non_null(strstr(payload, "\"sub\":\"alice\""));
	assert_non_null(strstr(payload, "\"uid\":7"));
	assert_non_null(strstr(payload, "\"type\":\"access\""));
	assert_non_null(strstr(payload, "\"sid\":\"" SID "\""));
	assert_non_null(strstr(payload, "\"jti\":\"" JTI "\""));
	assert_non_null(strstr(payload, "\"iat\":1700000000"));
	assert_non_null(strstr(payload, "\"nbf\":1700000000"));
	assert_non_null(strstr(payload, "\"exp\":1700043200"));
	free(text);
}

static void
refuses__another_secret(void **state)
{
	char *text;

	(void)state;
	token_init("another secret that has 32 bytes");
	text = issue(TOKEN_ACCESS, 7, "alice");
	assert_non_null(text);
	assert_int_equal(check(text), ERR_NONE);
	token_init(SECRET);
	assert_int_equal(check(text), ERR_TOKEN_INVALID);
	free(text);
}

static void
refuses__the_other_type(void **state)
{
	char *access = issue(TOKEN_ACCESS, 7, "alice");
	char *refresh = issue(TOKEN_REFRESH, 7, "alice");

	(void)state;
	assert_int_equal(token_check(refresh, TOKEN_ACCESS, NOW, &token),
	    ERR_TOKEN_NOT_ACCESS);
	assert_true(token.user_id == 0);
	assert_int_equal(token_check(access, TOKEN_REFRESH, NOW, &token),
	    ERR_TOKEN_NOT_REFRESH);
	assert_true(token.user_id == 0);
	free(access);
	free(refresh);
}

static void
expires__on_the_second(void **state)
{
	char  *changed, *text = issue(TOKEN_ACCESS, 7, "alice");
	time_t end = NOW + TOKEN_ACCESS_SECONDS;

	(void)state;
	assert_int_equal(
	    token_check(text, TOKEN_ACCESS, end - 1, &token), ERR_NONE);
	assert_int_equal(
	    token_check(text, TOKEN_ACCESS, end, &token), ERR_TOKEN_EXPIRED);
	assert_int_equal(token_check(text, TOKEN_ACCESS, end + 1, &token),
	    ERR_TOKEN_EXPIRED);
	assert_true(token.user_id == 0);
	/* Only a token of ours is told that it has expired. */
	changed = &text[strlen(text) - 10];
	*changed = *changed == 'A' ? 'B' : 'A';
	assert_int_equal(token_check(text, TOKEN_ACCESS, end + 1, &token),
	    ERR_TOKEN_INVALID);
	free(text);
}

static void
refuses__not_yet_valid(void **state)
{
	(void)state;
	accepts_payload("{" REST ",\"iat\":1700000005,\"nbf\":1700000005,"
			"\"exp\":1700000600}");
	refuses_payload("{" REST ",\"iat\":1700000006,\"nbf\":1700000000,"
			"\"exp\":1700000600}");
	refuses_payload("{" REST ",\"iat\":1700000000,\"nbf\":1700000006,"
			"\"exp\":1700000600}");
	refuses_payload("{" REST ",\"iat\":9223372036854775807,"
			"\"nbf\":-9223372036854775808,\"exp\":1700000600}");
	/* Not yet valid is said before expired. */
	refuses_payload("{" REST ",\"iat\":1700000006,\"nbf\":1700000000,"
			"\"exp\":1}");
}

static void
refuses__changed_parts(void **state)
{
	char   text[1024];
	size_t i, len;

	(void)state;
	snprintf(text, sizeof(text), "%s", sign(EVP_sha256(), HEADER, GOOD));
	len = strlen(text);
	/* Another letter each time, so that it stays base64url. */
	for (i = 0; i < len; i++) {
		if (text[i] == '.')
			continue;
		text[i] = text[i] == 'A' ? 'B' : 'A';
		assert_int_equal(check(text), ERR_TOKEN_INVALID);
		snprintf(
		    text, sizeof(text), "%s", sign(EVP_sha256(), HEADER, GOOD));
	}
	assert_int_equal(check(text), ERR_NONE);
}

static void
refuses__other_algorithms(void **state)
{
	static const char *const names[] = {"none", "None", "NONE", "HS384",
	    "HS512", "RS256", "ES256", "PS256", "EdDSA", "", "HS2566"};
	const EVP_MD *hashes[] = {EVP_sha256(), EVP_sha384(), EVP_sha512()};
	char          header[64];
	size_t        i, j;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(header, sizeof(header),
		    "{\"alg\":\"%s\",\"typ\":\"JWT\"}", names[i]);
		for (j = 0; j < 3; j++)
			assert_int_equal(check(sign(hashes[j], header, GOOD)),
			    ERR_TOKEN_INVALID);
	}
	assert_int_equal(
	    check(sign(EVP_sha512(), HEADER, GOOD)), ERR_TOKEN_INVALID);
}

static void
refuses__alg_none_unsigned(void **state)
{
	char header[64], payload[512], text[1024];

	(void)state;
	encode(header, sizeof(header), "{\"alg\":\"none\"}", 14);
	encode(payload, sizeof(payload), GOOD, strlen(GOOD));
	snprintf(text, sizeof(text), "%s.%s.", header, payload);
	assert_int_equal(check(text), ERR_TOKEN_MALFORMED);
	snprintf(text, sizeof(text), "%s.%s.AAAA", header, payload);
	assert_int_equal(check(text), ERR_TOKEN_INVALID);
}

static void
checks__header(void **state)
{
	static const char *const bad[] = {
	    "{\"typ\":\"JWT\"}",
	    "{\"alg\":256,\"typ\":\"JWT\"}",
	    "{\"alg\":null}",
	    "{\"alg\":\"HS256\",\"typ\":\"JWE\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
	    "{\"alg\":\"HS256\",\"typ\":\"\"}",
	    "{\"alg\":\"HS256\",\"typ\":1}",
	    "{\"alg\":\"HS256\",\"typ\":null}",
	    "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}",
	    "{\"alg\":\"HS256\",\"crit\":[]}",
	    "{\"alg\":\"HS256\",\"crit\":null}",
	    "{\"alg\":\"HS256\",\"crit\":\"exp\"}",
	    "{\"alg\":\"HS256\"",
	    "[\"HS256\"]",
	    "HS256",
	};
	size_t i;

	(void)state;
	assert_int_equal(check_header("{\"alg\":\"HS256\"}"), ERR_NONE);
	assert_int_equal(
	    check_header("{\"typ\":\"jwt\",\"alg\":\"HS256\"}"), ERR_NONE);
	assert_int_equal(
	    check_header("{\"alg\":\"HS256\",\"kid\":\"1\"}"), ERR_NONE);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (check_header(bad[i]) != ERR_TOKEN_INVALID)
			fail_msg("accepted header %s", bad[i]);
}

static void
refuses__missing_claims(void **state)
{
	(void)state;
	refuses_payload("{" TIMES "}");
	refuses_payload(
	    "{\"uid\":7,\"type\":\"access\",\"jti\":\"" JTI "\"," TIMES "}");
	refuses_payload("{\"sub\":\"a\",\"type\":\"access\",\"jti\":\"" JTI
			"\"," TIMES "}");
	refuses_payload(
	    "{\"sub\":\"a\",\"uid\":7,\"jti\":\"" JTI "\"," TIMES "}");
	refuses_payload(
	    "{\"sub\":\"a\",\"uid\":7,\"type\":\"access\"," TIMES "}");
	refuses_payload("{" REST ",\"nbf\":1,\"exp\":1700000600}");
	refuses_payload("{" REST ",\"iat\":1,\"exp\":1700000600}");
	refuses_payload("{" REST ",\"iat\":1,\"nbf\":1}");
	refuses_payload("{}");
	refuses_payload("[]");
	refuses_payload("not json");
	refuses_payload("{" REST "," TIMES "} x");
}

/* The good payload with the claim given once more, which is then in force. */
static const char *
with(const char *claim)
{
	static char payload[4096];

	snprintf(payload, sizeof(payload), "{" REST "," TIMES ",%s}", claim);
	return (payload);
}

static void
takes_last__of_a_claim_given_twice(void **state)
{
	(void)state;
	accepts_payload(with("\"uid\":8"));
	assert_true(token.user_id == 8);
	assert_int_equal(
	    check_payload(with("\"type\":\"refresh\"")), ERR_TOKEN_NOT_ACCESS);
	assert_int_equal(
	    check_payload(with("\"exp\":1699999999")), ERR_TOKEN_EXPIRED);
}

static void
refuses__claims_of_wrong_kinds(void **state)
{
	static const char *const bad[] = {
	    "\"exp\":\"1700000600\"",
	    "\"exp\":1700000600.5",
	    "\"exp\":1.7e9",
	    "\"exp\":true",
	    "\"exp\":null",
	    "\"exp\":[1700000600]",
	    "\"exp\":99999999999999999999",
	    "\"iat\":\"1\"",
	    "\"iat\":1.5",
	    "\"iat\":null",
	    "\"nbf\":\"1\"",
	    "\"nbf\":1.5",
	    "\"nbf\":{}",
	    "\"nbf\":0",
	    "\"iat\":-1",
	    "\"exp\":0",
	    "\"uid\":0",
	    "\"uid\":-1",
	    "\"uid\":\"7\"",
	    "\"uid\":7.0",
	    "\"uid\":true",
	    "\"uid\":null",
	    "\"sub\":7",
	    "\"sub\":\"\"",
	    "\"sub\":null",
	    "\"sub\":[\"a\"]",
	    "\"sub\":\"a\\u0000b\"",
	    "\"sub\":\"\xff\"",
	    "\"type\":\"Access\"",
	    "\"type\":\"\"",
	    "\"type\":1",
	    "\"type\":null",
	    "\"type\":\"access \"",
	    "\"jti\":\"\"",
	    "\"jti\":1",
	    "\"jti\":\"x\"",
	    "\"jti\":\"018bcfe5-6800-7000-8000-0000000000010\"",
	    "\"jti\":\"018bcfe5-6800-7000-8000-00000000000g\"",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses_payload(with(bad[i]));
	accepts_payload(with("\"extra\":{\"a\":[1]}"));
}

static void
bounds_name(void **state)
{
	char claim[512], name[TOKEN_NAME_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[TOKEN_NAME_MAX - 1] = '\0';
	snprintf(claim, sizeof(claim), "\"sub\":\"%s\"", name);
	accepts_payload(with(claim));
	assert_string_equal(token.name, name);
	name[TOKEN_NAME_MAX - 1] = 'n';
	name[TOKEN_NAME_MAX] = '\0';
	snprintf(claim, sizeof(claim), "\"sub\":\"%s\"", name);
	refuses_payload(with(claim));
}

static void
refuses__what_is_no_token(void **state)
{
	static const char *const bad[] = {
	    "",
	    ".",
	    "..",
	    "...",
	    "a",
	    "abcd",
	    "abcd.abcd",
	    "abcd.abcd.",
	    ".abcd.abcd",
	    "abcd..abcd",
	    "abcd.abcd.abcd.abcd",
	    "abcd.abcd.abcd.",
	    "abcde.abcd.abcd",
	    "abcd.abcd.a",
	    "abcd.abcd.abc=",
	    "ab+d.abcd.abcd",
	    "ab/d.abcd.abcd",
	    "abcd.abcd.abcd ",
	    " abcd.abcd.abcd",
	    "abcd.abcd.ab\ncd",
	    "abcd.abcd.ab\xc3\xa9",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (check(bad[i]) != ERR_TOKEN_MALFORMED)
			fail_msg("%s is not malformed", bad[i]);
	assert_int_equal(check("abcd.abcd.abcd"), ERR_TOKEN_INVALID);
}

/* HMAC-SHA256 is 43 letters, the last of which carries 4 bits: the other two
 * must be zero, or four texts would be one token. */
static void
refuses__non_canonical_signature(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";
	char              text[1024];
	size_t            end, i;
	ptrdiff_t         index;

	(void)state;
	snprintf(text, sizeof(text), "%s", sign(EVP_sha256(), HEADER, GOOD));
	end = strlen(text) - 1;
	index = strchr(letters, text[end]) - letters;
	assert_int_equal(index & 3, 0);
	for (i = 1; i < 4; i++) {
		text[end] = letters[index + (ptrdiff_t)i];
		assert_int_equal(check(text), ERR_TOKEN_INVALID);
	}
	text[end] = letters[index];
	assert_int_equal(check(text), ERR_NONE);
	strcat(text, "=");
	assert_int_equal(check(text), ERR_TOKEN_MALFORMED);
	text[end] = '\0';
	assert_int_equal(check(text), ERR_TOKEN_INVALID);
}

static void
bounds_size(void **state)
{
	size_t      size = 1024 * 1024;
	char       *big = malloc(size + 1), extra[TOKEN_SIZE_MAX];
	const char *text;
	int         n;

	(void)state;
	assert_non_null(big);
	memset(big, 'a', size);
	big[size] = '\0';
	big[1000] = big[2000] = '.';
	assert_int_equal(check(big), ERR_TOKEN_MALFORMED);
	free(big);

	/* Rightly signed ones up to the limit, and the first above it. */
	for (n = 1000; n < TOKEN_SIZE_MAX; n++) {
		snprintf(extra, sizeof(extra), "\"x\":\"%0*d\"", n, 0);
		text = sign(EVP_sha256(), HEADER, with(extra));
		if (strlen(text) > TOKEN_SIZE_MAX)
			break;
		assert_int_equal(check(text), ERR_NONE);
	}
	assert_in_range(strlen(text), TOKEN_SIZE_MAX + 1, TOKEN_SIZE_MAX + 2);
	assert_int_equal(check(text), ERR_TOKEN_MALFORMED);
}

static int
init(void **state)
{
	(void)state;
	token_init(SECRET);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(accepts__token_signed_by_hand),
	    cmocka_unit_test(issues__what_it_checks),
	    cmocka_unit_test(flask__refresh_token),
	    cmocka_unit_test(flask__refuses),
	    cmocka_unit_test(issues__claims_of_the_contract),
	    cmocka_unit_test(refuses__another_secret),
	    cmocka_unit_test(refuses__the_other_type),
	    cmocka_unit_test(expires__on_the_second),
	    cmocka_unit_test(refuses__not_yet_valid),
	    cmocka_unit_test(refuses__changed_parts),
	    cmocka_unit_test(refuses__other_algorithms),
	    cmocka_unit_test(refuses__alg_none_unsigned),
	    cmocka_unit_test(checks__header),
	    cmocka_unit_test(refuses__missing_claims),
	    cmocka_unit_test(takes_last__of_a_claim_given_twice),
	    cmocka_unit_test(refuses__claims_of_wrong_kinds),
	    cmocka_unit_test(bounds_name),
	    cmocka_unit_test(refuses__what_is_no_token),
	    cmocka_unit_test(refuses__non_canonical_signature),
	    cmocka_unit_test(bounds_size),
	};

	return (cmocka_run_group_tests(tests, init, NULL));
}
