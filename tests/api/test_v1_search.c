/*
 * GET /v1/conversations?q=: what is found, in which order, and that nothing
 * typed breaks it.
 */
#include "harness.h"

static int
start(void **state)
{
	*state = server_start(NULL);
	return (0);
}

/* Percent-encoded. */
static char *
encoded(const char *text)
{
	char *out = scratch_alloc(3 * strlen(text) + 1), *p = out;

	for (; *text != '\0'; text++)
		p += sprintf(p, "%%%02X", (unsigned char)*text);
	return (out);
}

static struct reply *
search(struct server *s, const struct user *u, const char *typed)
{
	return (http_get(s, u->token,
	    scratch_printf("/v1/conversations?q=%s", encoded(typed))));
}

static const cJSON *
entry(const struct reply *r, int i)
{
	return (cJSON_GetArrayItem(cJSON_GetObjectItem(r->json, "data"), i));
}

static int
entries(const struct reply *r)
{
	return (cJSON_GetArraySize(cJSON_GetObjectItem(r->json, "data")));
}

static const char *
text(const cJSON *object, const char *member)
{
	return (cJSON_GetStringValue(cJSON_GetObjectItem(object, member)));
}

/* A conversation with this title and one turn. */
static const char *
make(struct server *s, const struct user *u, const char *title,
    const char *prompt, const char *answer)
{
	struct reply *r = http_post(s, u->token, "/v1/conversations",
	    scratch_printf("{\"metadata\":{\"title\":\"%s\"},\"items\":["
			   "{\"role\":\"user\",\"content\":\"%s\"},"
			   "{\"role\":\"assistant\",\"content\":\"%s\"}]}",
		title, prompt, answer));

	assert_status(r, 200);
	return (reply_text(r, "id"));
}

static void
assert_finds(
    struct server *s, const struct user *u, const char *typed, const char *id)
{
	struct reply *r = search(s, u, typed);

	assert_status(r, 200);
	assert_int_equal(entries(r), id != NULL ? 1 : 0);
	if (id != NULL)
		assert_string_equal(text(entry(r, 0), "id"), id);
}

static void
search__finds_words(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "ann"), *other = user_new(s, "ben");
	const char    *id;

	id = make(s, u, "Travel plans", "Where is the Zugspitze?",
	    "In **Bavaria**, don't you know? caf\u00e9 \u00c4pfel x_y foo-bar");
	make(s, u, "Other", "Nothing", "Of it");
	make(s, other, "Travel plans", "Zugspitze", "Bavaria");
	assert_finds(s, u, "zugspitze", id);
	assert_finds(s, u, "ZUGSPITZE bavaria", id);
	assert_finds(s, u, "travel", id);
	assert_finds(s, u, "caf\u00e9", id);
	assert_finds(s, u, "\u00e4pf", id);
	assert_finds(s, u, "foo-ba", id);
	assert_finds(s, u, "don't", id);
	/* The last word may be the beginning of one, the others not. */
	assert_finds(s, u, "zugsp", id);
	assert_finds(s, u, "where zugsp", id);
	assert_finds(s, u, "zugsp where", NULL);
	assert_finds(s, u, "zugsp ", NULL);
	assert_finds(s, u, "pitze", NULL);
	assert_finds(s, u, "zugspitze nothing", NULL);
	assert_finds(s, u, "&", NULL);
	assert_finds(s, u, "   ", NULL);
}

static void
search__keeps_in_step(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "cem");
	const char    *id = make(s, u, "T", "one", "two"), *path;
	struct request q = {.method = "DELETE", .token = u->token};
	struct reply  *r;

	assert_finds(s, u, "renamed", NULL);
	path = scratch_printf("/v1/conversations/%s", id);
	http_post(s, u->token, path, "{\"metadata\":{\"title\":\"renamed\"}}");
	assert_finds(s, u, "renamed", id);
	assert_status(chat_send(s, u->token, 1, "gpt", "elephant"), 200);
	assert_finds(s, u, "elephant", id);
	/* An answer that is streamed is found once it is complete. */
	q = (struct request){.path = "/chat/",
	    .token = u->token,
	    .body = "{\"model\":\"gpt\",\"prompt\":\"giraffe\","
		    "\"conversation_number\":1,\"stream\":true}"};
	assert_int_equal(http_call(s, &q)->status, 200);
	assert_finds(s, u, "giraffe", id);
	r = search(s, u, "echo");
	assert_int_equal(entries(r), 1);
	q = (struct request){
	    .method = "DELETE", .path = path, .token = u->token};
	assert_status(http_call(s, &q), 200);
	assert_finds(s, u, "elephant", NULL);
	assert_finds(s, u, "renamed", NULL);
}

static void
search__ranks_and_pages(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "dan");
	const char    *title, *talked, *once, *old;
	struct reply  *r;

	talked = make(s, u, "A", "tiger", "tiger");
	title = make(s, u, "The tiger", "x", "y");
	once = make(s, u, "B", "a tiger", "y");
	old = make(s, u, "C", "a tiger", "y");
	assert_status(chat_send(s, u->token, 1, "gpt", "of what?"), 200);
	sql_run(s,
	    "UPDATE conversations SET updated_at = now() - interval '1 year'"
	    " WHERE user_id = %lld AND number = 4",
	    u->id);
	r = search(s, u, "tiger");
	assert_int_equal(entries(r), 4);
	assert_string_equal(text(entry(r, 0), "id"), title);
	assert_string_equal(text(entry(r, 1), "id"), talked);
	assert_string_equal(text(entry(r, 2), "id"), once);
	assert_string_equal(text(entry(r, 3), "id"), old);
	r = http_get(s, u->token, "/v1/conversations?q=tiger&limit=2");
	assert_int_equal(entries(r), 2);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(r->json, "has_more")));
	r = http_get(s, u->token,
	    scratch_printf("/v1/conversations?q=tiger&limit=2&after=%s",
		reply_text(r, "last_id")));
	assert_int_equal(entries(r), 2);
	assert_string_equal(text(entry(r, 0), "id"), once);
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(r->json, "has_more")));
	assert_v1_invalid(
	    http_get(s, u->token,
		scratch_printf("/v1/conversations?q=nothing&after=%s", old)),
	    404, "conversation_not_found", "after");
	http_post(s, u->token, scratch_printf("/v1/conversations/%s", old),
	    "{\"metadata\":{\"archived\":\"true\"}}");
	r = http_get(s, u->token, "/v1/conversations?q=tiger&archived=true");
	assert_int_equal(entries(r), 1);
}

/*
 * Conversations from a number on that all have "common words", the older the
 * later somebody talked there; every fourth of them in many turns, and the
 * third one in its title.
 */
#define MANY   100
#define WINDOW 20 /* src/store/store_search.c */

static void
make_many(struct server *s, const struct user *u, int first)
{
	sql_run(s,
	    "INSERT INTO conversations (user_id, number, id, title, updated_at)"
	    " SELECT %lld, %d + i, gen_random_uuid(), CASE WHEN i = 2 THEN"
	    " 'Common words' ELSE 'Other' END, now() - i * interval '1 hour'"
	    " FROM generate_series(0, %d) i",
	    u->id, first, MANY - 1);
	sql_run(s,
	    "INSERT INTO turns (user_id, conversation, id, status, model,"
	    " prompt, response) SELECT user_id, number, gen_random_uuid(),"
	    " 'completed', 'gpt', 'some common', 'words here ' || n FROM"
	    " conversations, generate_series(1, CASE WHEN number %% 4 = 0 THEN"
	    " 20 ELSE 1 END) n WHERE user_id = %lld",
	    u->id);
}

/* The number, from zero, of the one that is to be at this place. */
static int
place(int i)
{
	if (i == 0)
		return (2);
	if (i <= WINDOW)
		return (MANY - WINDOW + i - 1);
	return (MANY - i > 2 ? MANY - i : MANY - i - 1);
}

/* Every one is on one page, in the right order, with a snippet. */
static void
assert_pages(struct server *s, const struct user *u, int first, int limit,
    const char *typed)
{
	const char   *after = "", *expected;
	struct reply *r;
	int           i, n = 0;

	do {
		r = http_get(s, u->token,
		    scratch_printf("/v1/conversations?q=%s&limit=%d%s",
			encoded(typed), limit, after));
		assert_status(r, 200);
		for (i = 0; i < entries(r); i++, n++) {
			expected = sql_text(s,
			    "SELECT 'conv_' || replace(id::text, '-', '') FROM"
			    " conversations WHERE user_id = %lld AND number ="
			    " %d",
			    u->id, first + place(n));
			assert_string_equal(text(entry(r, i), "id"), expected);
			assert_non_null(text(entry(r, i), "snippet"));
		}
		after = scratch_printf("&after=%s", reply_text(r, "last_id"));
	} while (cJSON_IsTrue(cJSON_GetObjectItem(r->json, "has_more")));
	assert_int_equal(n, MANY);
}

static void
search__pages_through_many(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "hal"), *v = user_new(s, "ida");
	struct reply  *r;

	make_many(s, u, 1);
	assert_pages(s, u, 1, 7, "common words");
	assert_pages(s, u, 1, 40, "comm");
	assert_pages(s, u, 1, 41, "words ");
	/* Where long shelves begin. */
	make_many(s, v, 8192 - 20);
	assert_pages(s, v, 8192 - 20, 30, "common word");
	sql_run(s,
	    "UPDATE conversations SET metadata = '{\"archived\": \"true\"}'"
	    " WHERE user_id = %lld AND number <= 5",
	    u->id);
	r = http_get(
	    s, u->token, "/v1/conversations?q=common&archived=true&limit=3");
	assert_int_equal(entries(r), 3);
	r = http_get(s, u->token,
	    scratch_printf("/v1/conversations?q=common&archived=true&after=%s",
		reply_text(r, "last_id")));
	assert_int_equal(entries(r), 2);
}

/* What is written without spaces is found from anywhere in it. */
static void
search__finds_han_and_kana(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "jin");
	char          *filler = scratch_printf("%s", "");
	const char    *id;
	const cJSON   *mark;
	struct reply  *r;
	int            i;

	for (i = 0; i < 60; i++)
		filler = scratch_printf("%s\u6ca1\u6709\u7a7a\u683c", filler);
	id = make(s, u, "\u65c5\u884c\u8ba1\u5212",
	    scratch_printf("%s\u6211\u60f3\u53bb\u5317\u4eac\u770b"
			   "\u957f\u57ce\u3002",
		filler),
	    "abc\u6771\u4eac\u30bf\u30ef\u30fc\u306f\u3069\u3053");
	make(s, u, "\u5176\u4ed6", "\u6ca1\u6709", "\u7684");
	assert_finds(s, u, "\u5317\u4eac", id);
	assert_finds(s, u, "\u60f3\u53bb\u5317\u4eac\u770b", id);
	assert_finds(s, u, "\u57ce", id);
	assert_finds(s, u, "\u957f \u5317\u4eac", id);
	assert_finds(s, u, "\u30bf\u30ef\u30fc", id);
	assert_finds(s, u, "\u8ba1\u5212", id);
	assert_finds(s, u, "abc \u6771\u4eac", id);
	assert_finds(s, u, "\u4eac\u5317", NULL);
	assert_finds(s, u, "\u5317\u4eac\u7684", NULL);
	r = search(s, u, "\u770b\u957f\u57ce");
	assert_non_null(
	    strstr(text(entry(r, 0), "snippet"), "\u770b\u957f\u57ce"));
	mark = cJSON_GetArrayItem(
	    cJSON_GetObjectItem(entry(r, 0), "highlights"), 0);
	assert_int_equal(cJSON_GetObjectItem(mark, "end")->valueint -
		cJSON_GetObjectItem(mark, "start")->valueint,
	    3);
}

static void
snippet__says_where(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "eva");
	char          *filler = scratch_printf("%s", "");
	const cJSON   *found, *mark;
	struct reply  *r;
	int            i;

	for (i = 0; i < 100; i++)
		filler = scratch_printf("%sw\u00f6rd%d ", filler, i);
	make(s, u, "S",
	    scratch_printf("%s <b>Needle</b> \ue000 %s", filler, filler), "y");
	r = search(s, u, "need");
	assert_int_equal(entries(r), 1);
	found = entry(r, 0);
	assert_in_range(strlen(text(found, "snippet")), 100, 400);
	assert_non_null(strstr(text(found, "snippet"), "<b>Needle</b>"));
	assert_null(strstr(text(found, "snippet"), "\ue000"));
	mark = cJSON_GetObjectItem(found, "highlights");
	assert_int_equal(cJSON_GetArraySize(mark), 1);
	mark = cJSON_GetArrayItem(mark, 0);
	assert_int_equal(cJSON_GetObjectItem(mark, "end")->valueint -
		cJSON_GetObjectItem(mark, "start")->valueint,
	    6);
	/* Only the title: there is nothing to show. */
	r = search(s, u, "S");
	assert_null(cJSON_GetObjectItem(entry(r, 0), "snippet"));
}

/* Words nobody would call words are neither refused nor in the way. */
static void
search__takes_long_words(void **state)
{
	struct server *s = *state;
	struct user   *u = user_new(s, "fay");
	const char    *id;
	size_t         lengths[] = {240, 900, 1000, 2030, 2046, 2047, 15000}, i;
	char          *word;

	for (i = 0; i < COUNT(lengths); i++) {
		word = scratch_alloc(lengths[i] + 1);
		memset(word, 'q', lengths[i]);
		id = make(
		    s, u, "L", word, scratch_printf("%s behind%zu", word, i));
		assert_finds(s, u, scratch_printf("behind%zu", i), id);
		word[0] = '\'';
		make(s, u, "M", scratch_printf("%s \\\\\\\\ ' %s", word, word),
		    "y");
	}
}

/* Bytes that mean something to tsquery, tsvector, LIKE or SQL. */
static void
search__takes_anything(void **state)
{
	static const char *const pieces[] = {"'", "\\", "&", "|", "!", "(", ")",
	    ":", "*", "<->", "<2>", ":*", ":A", "a", "b", " ", "  ", "\"", "%",
	    "_", "-", "/", "//x.y/z", "@", ".", ",", "<b>", "</b>", "&amp;",
	    "\u00e9", "\u4e2d\u6587", "\U0001f600", "\ue000", "\ue001", "$1",
	    "';", "E'", "1", "3.14", "-5e10", "a@b.cd", "http://x.yz/?q=1",
	    "\u0301", "\u200d", "\u202e", "\\'", "''"};
	struct server           *s = *state;
	struct user             *u = user_new(s, "gus");
	unsigned                 seed = 7, i, n;
	char                    *typed;
	struct reply            *r;

	make(s, u, "a b", "a b ' x", "c");
	for (i = 0; i < 400; i++) {
		typed = scratch_printf("%s", "");
		for (n = 1 + i % 9; n > 0; n--) {
			seed = seed * 1103515245 + 12345;
			typed = scratch_printf("%s%s", typed,
			    pieces[(seed >> 16) % COUNT(pieces)]);
		}
		r = search(s, u, typed);
		if (r->status != 200)
			print_error("typed: %s\n", typed);
		assert_status(r, 200);
	}
	assert_v1_invalid(http_get(s, u->token, "/v1/conversations?q=%FF"), 400,
	    "invalid_value", "q");
	assert_v1_invalid(http_get(s, u->token, "/v1/conversations?q="), 400,
	    "invalid_value", "q");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(search__finds_words),
	    cmocka_unit_test(search__keeps_in_step),
	    cmocka_unit_test(search__ranks_and_pages),
	    cmocka_unit_test(search__pages_through_many),
	    cmocka_unit_test(search__finds_han_and_kana),
	    cmocka_unit_test(snippet__says_where),
	    cmocka_unit_test(search__takes_long_words),
	    cmocka_unit_test(search__takes_anything),
	};

	return (harness_run(tests, start));
}
