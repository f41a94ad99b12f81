/*
 * What happens at once: deaths, and clients that stop in the middle.
 */
#include <signal.h>

#include "soak.h"

#define STALL_MS 2500

long long longest_end, longest_back;

static void
kill_child(const char *title)
{
	struct process p[CHILDREN_MAX];
	size_t         i, n = process_children(soaked->pid, p);

	for (i = 0; i < n; i++)
		if (strcmp(p[i].title, title) == 0)
			kill(p[i].pid, SIGKILL);
}

void
kill_worker_1(void)
{
	kill_child("[wrk 1]");
}

void
kill_worker_2(void)
{
	kill_child("[wrk 2]");
}

static void
note_longest(long long *longest, long long since)
{
	if (now_ms() - since > *longest)
		*longest = now_ms() - since;
}

/* The end of the key process is the end of the server; a supervisor has it
 * back, as systemd would. */
void
kill_keymgr(void)
{
	long long begun = now_ms();

	http_end();
	kill_child("[keymgr]");
	if (process_wait(soaked->pid, 2 * BACK_MS) == -1)
		fail_msg("it goes on without its key process");
	note_longest(&longest_end, begun);
	begun = now_ms();
	while (!server_relaunch(soaked))
		assert_true(now_ms() - begun < 2 * BACK_MS);
	note_longest(&longest_back, begun);
}

/* By a connection of its own, which may fail: others hold them all. */
void
kill_backends(void)
{
	PGconn *db = PQconnectdb(
	    scratch_printf("%s?connect_timeout=2", soaked->url));

	if (PQstatus(db) == CONNECTION_OK)
		PQclear(PQexec(db,
		    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
		    " WHERE application_name = 'aichat' AND random() < 0.5"));
	PQfinish(db);
}

void
kill_postmaster(void)
{
	cluster_kill();
	cluster_start();
}

/* Others wait with it, so it is not for long. */
void
stall_postgres(void)
{
	cluster_freeze();
	sleep_ms(200 + soak_chance(STALL_MS));
	cluster_thaw();
}

/* Half a head, half a body, a handshake that is begun, and silence; and then
 * they are gone without a word. */
void
leave_half_open(void)
{
	static const char head[] = "POST /chat/ HTTP/1.1\r\nHost: l";
	static const char body[] =
	    "POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"
	    "Content-Length: 99\r\nContent-Type: application/json\r\n\r\n{";
	struct raw *raw;
	int         i;

	for (i = 0; i < 20; i++) {
		raw = raw_open_plain(soaked);
		if (i % 4 == 0)
			raw_send(raw, "\x16\x03\x01", 3);
		else if (i % 4 != 3 && raw_handshake(raw, NULL, NULL, NULL))
			raw_text(raw, i % 4 == 1 ? head : body);
		raw_close(raw);
	}
}
