/*
 * SOAK_SECONDS of everything that goes wrong, at once and under load: workers,
 * the key process, PostgreSQL's backends and postmaster killed, PostgreSQL
 * stalled and behind a wire that is slow, cut, silent or refuses, clocks set,
 * a full disk under the log, nothing left of descriptors and connections,
 * 10,000 clients that only stand, others that send a byte a second or half of
 * something, and an upstream that fails in all ways it can. Then, from
 * outside: every acknowledged turn exists once, as it was told; what was
 * counted is what is there; nothing runs on; and memory, descriptors and
 * latency are what they were. SOAK_SEED repeats the same harms.
 */
#include <time.h>

#include "harness_upstream.h"
#include "soak.h"

#define CROWD_MS   120000 /* until all of it has come */
#define WARM_MS    15000  /* of being at the limits */
#define LAST_WORDS 900    /* of the log */
#define SETTLE_MS  25000  /* until the turns of the dead are ended */

struct server *soaked;
unsigned int   soak_seed;

static struct upstream *upstream;
static struct crowd     crowds[3];

int
soak_chance(int n)
{
	return (rand_r(&soak_seed) % n);
}

/* What a supervisor would set: what is here is short, so that much happens. */
static const char *const *
options(void)
{
	static const char *list[OPTIONS_MAX + 1];
	const char *const  those[] = {"LOG_LEVEL=info",
	     "DAILY_MESSAGE_LIMIT=1000000", "RUNNING_PER_USER=1000",
	     "CONTEXT_TOKENS=200", "FIRST_BYTE_TIMEOUT_MS=3000",
	     "IDLE_TIMEOUT_MS=3000", "TOTAL_TIMEOUT_MS=10000",
	     "OPENAI_API_KEY=" UPSTREAM_KEY_OPENAI, "OPENAI_MODEL=fake-gpt",
	     "ANTHROPIC_API_KEY=" UPSTREAM_KEY_ANTHROPIC,
	     "ANTHROPIC_MODEL=fake-claude",
	     scratch_printf(
		 "OPENAI_BASE_URL=http://127.0.0.1:%d/v1", upstream->http),
	     scratch_printf(
		 "ANTHROPIC_BASE_URL=http://127.0.0.1:%d", upstream->http),
	     scratch_printf("MAX_CONNECTIONS=%d", MAX_CONNECTIONS),
	     scratch_printf("DB_POOL=%d", DB_POOL), server_clock->preload,
	     server_clock->file};

	memcpy(list, those, sizeof(those));
	return (list);
}

static int
start(void **state)
{
	size_t n;

	upstream = upstream_start();
	server_clock = clock_new();
	postgres_clock = clock_new();
	clock_of_server_right();
	clock_of_postgres_right();
	clock_inherit(postgres_clock);
	cluster_new();
	soaked = server_prepare(options());
	server_migrate(soaked);
	states_prepare();
	for (n = 0; soaked->options[n] != NULL; n++)
		continue;
	assert_true(n < OPTIONS_MAX);
	soaked->options[n] = scratch_printf("DATABASE_URL=%s", bad_url);
	server_launch(soaked);
	clients_new();
	*state = soaked;
	return (0);
}

/* Those who hold connections first: later it takes longer. */
static void
start_all(void)
{
	long long begun = now_ms();

	crowds[0] = crowd_start("idle", IDLE);
	while (crowd_most(&crowds[0]) < IDLE * 9 / 10) {
		assert_true(now_ms() - begun < CROWD_MS);
		sleep_ms(200);
	}
	print_message("%d connections took %lld ms\n", crowd_most(&crowds[0]),
	    now_ms() - begun);
	clients_start();
	crowds[1] = crowd_start("head", SLOW);
	crowds[2] = crowd_start("body", SLOW);
}

static void
stop_all(void)
{
	size_t i;

	clients_stop();
	for (i = 0; i < COUNT(crowds); i++)
		crowd_stop(&crowds[i]);
}

/* It has been full once, so that memory for that is there. */
static void
warm_up(struct measure *before)
{
	start_all();
	connections_used_up();
	sleep_ms(WARM_MS);
	connections_free();
	stop_all();
	sleep_ms(SETTLE_MS);
	measure_all(before);
}

static void
assert_supervised(void)
{
	int         status = process_wait(soaked->pid, 0);
	const char *log;
	size_t      size;

	if (status == -1)
		return;
	log = scratch_file(soaked->log);
	size = strlen(log);
	fail_msg("it ended by itself with %d: %s", status,
	    size > LAST_WORDS ? log + size - LAST_WORDS : log);
}

/* What the server is to find again is there. */
static void
assert_database_answers(void)
{
	PGconn *db = PQconnectdb(
	    scratch_printf("%s?connect_timeout=5", bad_url));

	if (PQstatus(db) != CONNECTION_OK)
		fail_msg(
		    "no PostgreSQL behind the proxy: %s", PQerrorMessage(db));
	PQfinish(db);
}

static void
soak__everything_goes_wrong(void **state)
{
	const char    *seconds = getenv("SOAK_SECONDS");
	struct measure before, after;
	long long      end;
	size_t         i;

	(void)state;
	warm_up(&before);
	start_all();
	harms_begin();
	end = now_ms() + 1000 * (seconds != NULL ? atoll(seconds) : 600);
	while (now_ms() < end) {
		harms_run();
		log_rotate(false);
		assert_supervised();
		sleep_ms(50);
	}
	harms_end();
	for (i = 0; i < COUNT(crowds); i++)
		print_message(
		    "crowd %zu: %d at most\n", i, crowd_most(&crowds[i]));
	stop_all();
	sleep_ms(SETTLE_MS);
	assert_database_answers();
	server_await_children(soaked);
	measure_all(&after);
	log_rotate(true);
	harms_report();
	measure_report(&before, &after);
	assert_turns_hold();
	assert_log_holds();
	assert_as_before(&before, &after);
	assert_true(files_times() > 0);
	assert_in_range(longest_end, 0, BACK_MS);
	assert_in_range(longest_back, 0, BACK_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(soak__everything_goes_wrong),
	};
	const char *seed = getenv("SOAK_SEED");
	int         failed;

	soak_seed = seed != NULL ? (unsigned int)atoll(seed)
				 : (unsigned int)time(NULL);
	printf("SOAK_SEED=%u\n", soak_seed);
	fflush(stdout);
	failed = harness_run(tests, start);
	clock_inherit(NULL);
	cluster_end();
	return (failed);
}
