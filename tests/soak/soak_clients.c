/*
 * Who uses the server: processes of their own, whom errors do not bother. Each
 * turn has a prompt nobody else sends, and most an Idempotency-Key: those are
 * sent again until there is an answer to them.
 */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "soak.h"

#define TRIES    6
#define ANSWER   (16 * 1024 * 1024)
#define PLAY_MAX 64

enum kind {
	WHOLE,   /* answers of the mock, in one piece */
	STREAMS, /* of an upstream that is well, read to their end or not */
	CHAOS,   /* of one that is not */
	LIMITED, /* beyond what the day allows */
	KINDS
};

struct client clients[CLIENTS];

static const char *const plays[] = {"words:4", "words:30:20", "eof:2", "cut:3",
    "cut:0", "error:2", "stall:1", "stall-after-head", "stall-before-head",
    "late:500", "garbage", "not-json:1", "empty", "status:500", "status:429",
    "status:400", "busy:1", "fail:1:status:503", "drip:200", "json", "gzip",
    "big:100000:1000", "bytes", "thoughts", "redirect", "html:502", "words:8"};

/* The one of this process. */
static struct client *self;
static enum kind      kind;
static CURL          *curl;
static char           answer[ANSWER];
static size_t         answer_size;
static char           token[4096];

static size_t
collect(char *bytes, size_t size, size_t n, void *unused)
{
	size_t len = size * n;

	(void)unused;
	if (answer_size + len < sizeof(answer)) {
		memcpy(answer + answer_size, bytes, len);
		answer_size += len;
		answer[answer_size] = '\0';
	}
	return (len);
}

/* POST, or GET without a body; the status, 0 for none. The key may be NULL. */
static long
send_once(const char *path, const char *bearer, const char *key,
    const char *body, long ms)
{
	struct curl_slist *headers = NULL;
	char               text[4200];
	long               status = 0;

	snprintf(
	    text, sizeof(text), "https://127.0.0.1:%d%s", soaked->port, path);
	curl_easy_setopt(curl, CURLOPT_URL, text);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	snprintf(text, sizeof(text), "Authorization: Bearer %s", bearer);
	headers = curl_slist_append(headers, text);
	if (key != NULL) {
		snprintf(text, sizeof(text), "Idempotency-Key: %s", key);
		headers = curl_slist_append(headers, text);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	/* On one that was kept and is lost libcurl sends again by itself. */
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, key == NULL ? 1L : 0L);
	if (body != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms);
	answer_size = 0;
	answer[0] = '\0';
	if (curl_easy_perform(curl) == CURLE_OK)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return (status);
}

/* A token may be of a time that has not come again yet. */
static void
log_in(void)
{
	char        body[512];
	cJSON      *json;
	const char *text;

	snprintf(body, sizeof(body),
	    "{\"username\":\"%s\",\"password\":\"%s\"}", self->user->name,
	    self->user->password);
	if (send_once("/auth/login", "", "", body, 10000) != 200)
		return;
	json = cJSON_Parse(answer);
	text = cJSON_GetStringValue(cJSON_GetObjectItem(json, "access_token"));
	snprintf(token, sizeof(token), "%s", text != NULL ? text : "");
	cJSON_Delete(json);
}

static void
note(FILE *ledger, const cJSON *turn)
{
	const char   *id, *text;
	unsigned char sum[32];
	size_t        i;

	id = cJSON_GetStringValue(cJSON_GetObjectItem(turn, "id"));
	text = cJSON_GetStringValue(cJSON_GetObjectItem(turn, "response"));
	/* One that broke off says so. */
	if (id == NULL || text == NULL || cJSON_HasObjectItem(turn, "status"))
		return;
	EVP_Digest(text, strlen(text), sum, NULL, EVP_sha256(), NULL);
	fprintf(ledger, "%s ", id);
	for (i = 0; i < sizeof(sum); i++)
		fprintf(ledger, "%02x", sum[i]);
	fputc('\n', ledger);
	fflush(ledger);
}

/* The reply, or the last event of a stream. */
static void
note_acknowledged(FILE *ledger, bool stream)
{
	const char *data = answer;
	cJSON      *json;

	if (stream && (data = strstr(answer, "event: done\ndata: ")) == NULL)
		return;
	json = cJSON_Parse(
	    stream ? data + strlen("event: done\ndata: ") : data);
	note(ledger, json);
	cJSON_Delete(json);
}

static void
put_body(char *body, size_t size, int n, bool stream)
{
	static const char *const models[] = {
	    "gemini", "gpt", "claude", "gemini"};
	char play[PLAY_MAX] = "";

	if (kind == STREAMS)
		snprintf(play, sizeof(play), "play:words:20:20");
	else if (kind == CHAOS && soak_chance(2) == 0)
		snprintf(play, sizeof(play), "play:words:8:5");
	else if (kind == CHAOS)
		snprintf(play, sizeof(play), "play:%s",
		    plays[soak_chance(COUNT(plays))]);
	snprintf(body, size,
	    "{\"model\":\"%s\",\"prompt\":\"%s " PRIVATE " %d of %s\","
	    "\"conversation_number\":1,\"stream\":%s}",
	    models[kind], play, n, self->user->name, stream ? "true" : "false");
}

static const char *
bearer(void)
{
	return (self->key != NULL ? self->key : token);
}

/* Whole and of this user alone, if it comes. */
static void
read_history(FILE *ledger)
{
	cJSON       *list;
	const cJSON *turn;
	const char  *prompt;
	char         end[64];

	if (send_once("/chat/history?conversation_number=1", bearer(), NULL,
		NULL, 15000) != 200)
		return;
	list = cJSON_Parse(answer);
	if (!cJSON_IsArray(list))
		fprintf(
		    ledger, "a history came that is no list of turns at all\n");
	snprintf(end, sizeof(end), " of %s", self->user->name);
	cJSON_ArrayForEach(turn, list) {
		prompt = cJSON_GetStringValue(
		    cJSON_GetObjectItem(turn, "prompt"));
		if (prompt == NULL || strlen(prompt) < strlen(end) ||
		    strcmp(prompt + strlen(prompt) - strlen(end), end) != 0)
			fprintf(ledger,
			    "a history came with a turn of another user in it\n");
	}
	fflush(ledger);
	cJSON_Delete(list);
}

static void
send_turn(FILE *ledger, int n)
{
	bool stream = kind == STREAMS || (kind == CHAOS && n % 2 == 0);
	/* Such without one are begun in groups. */
	bool keyed = kind != WHOLE || n % 2 == 0;
	char body[512], key[64];
	long status, ms;
	int  i;

	put_body(body, sizeof(body), n, stream);
	snprintf(key, sizeof(key), "%d of %s", n, self->user->name);
	for (i = 0; i < (keyed ? TRIES : 1); i++) {
		ms = stream && n % 5 == 0 ? 40 + soak_chance(200) : 15000;
		status = send_once(
		    "/chat/", bearer(), keyed ? key : NULL, body, ms);
		if (status == 200)
			note_acknowledged(ledger, stream);
		else if (status == 401 && self->key == NULL)
			log_in();
		else if (status == 429)
			sleep_ms(100);
		/* What an upstream did not do is told once. */
		if (status == 200 || status == 429 || status == 502 ||
		    status == 504)
			return;
		sleep_ms(50 + soak_chance(100));
	}
}

static void
be_client(int number)
{
	FILE *ledger;
	int   n;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	soak_seed += (unsigned int)number;
	self = &clients[number];
	kind = (enum kind)(number % KINDS);
	snprintf(token, sizeof(token), "%s", self->user->token);
	if ((ledger = fopen(self->ledger, "ae")) == NULL)
		_exit(1);
	curl = curl_easy_init();
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	/* Each start of it goes on where no other was. */
	for (n = (int)(now_ms() % 1000000000);; n++) {
		send_turn(ledger, n);
		if (n % 16 == 0)
			read_history(ledger);
		sleep_ms(soak_chance(100));
	}
}

static const char *
key_new(const struct user *u)
{
	struct reply *r = http_post(soaked, u->token, "/auth/keys",
	    "{\"name\":\"soak\",\"daily_limit\":1000000}");

	assert_status(r, 201);
	return (reply_text(r, "key"));
}

void
clients_new(void)
{
	struct client *c;
	int            i;

	for (i = 0; i < CLIENTS; i++) {
		c = &clients[i];
		c->user = user_new(soaked, scratch_printf("soak%d", i));
		conversation_new(soaked, c->user->token);
		c->ledger = scratch_printf("%s/ledger.%d", soaked->folder, i);
		if (i % KINDS == STREAMS || i % KINDS == LIMITED)
			c->key = key_new(c->user);
		if (i % KINDS == LIMITED)
			sql_run(soaked,
			    "UPDATE users SET daily_limit = 500"
			    " WHERE id = %lld",
			    c->user->id);
	}
}

void
clients_start(void)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		fflush(NULL);
		if ((clients[i].pid = fork()) == 0)
			be_client(i);
		assert_true(clients[i].pid > 0);
	}
}

void
clients_stop(void)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		kill(clients[i].pid, SIGKILL);
		waitpid(clients[i].pid, NULL, 0);
	}
}
