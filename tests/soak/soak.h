/*
 * The parts of the soak: who uses the server meanwhile, what is done to it, and
 * what has to hold in the end.
 */
#ifndef AICHAT_SOAK_H
#define AICHAT_SOAK_H

#include "harness.h"
#include "harness_clock.h"

#define CLIENTS 12
#define IDLE    10000 /* connections that only stand */
#define FLOOD   4000  /* more of them, for a while: too many */
#define SLOW    200   /* heads, and bodies, of a byte a second */

/* Of one worker: two hold IDLE and SLOW, and not FLOOD. */
#define MAX_CONNECTIONS 6000
#define DB_POOL         4

#define BACK_MS 5000 /* from the end of the server to its answer */

extern struct server *soaked;
extern unsigned int   soak_seed;

/* 0 ... n - 1 */
int soak_chance(int n);

/*
 * soak_clients.c: each sends turns one after another, and what is
 * acknowledged stands in its ledger, as lines of a turn's id and the SHA-256 of
 * its answer.
 */
struct client {
	struct user *user;
	const char  *key; /* API key; NULL: it uses tokens */
	pid_t        pid;
	char        *ledger; /* file */
};

extern struct client clients[CLIENTS];

void clients_new(void);
void clients_start(void);
void clients_stop(void);

/* soak_crowd.c: a program of its own with many connections of a kind, "idle",
 * "head" or "body". */
struct crowd {
	pid_t pid;
	char *output;
};

struct crowd crowd_start(const char *kind, int count);
void         crowd_stop(const struct crowd *);
/* How many it held at most. */
int crowd_most(const struct crowd *);

/*
 * soak_harms.c: what is done, each for itself at moments of its own. One with
 * an end lasts for a while; others overlap with it.
 */
struct harm {
	const char *name;
	void (*begin)(void);
	void (*end)(void); /* NULL: it is over at once */
	long      every_ms;
	long      lasts_ms;
	long long next, until;
	int       times;
};

void harms_begin(void);
/* Begin and end what is due. */
void harms_run(void);
/* End what lasts. */
void harms_end(void);
void harms_report(void);
int  harms_times(const char *name);

/* soak_events.c */
void kill_worker_1(void);
void kill_worker_2(void);
void kill_keymgr(void);
void kill_backends(void);
void kill_postmaster(void);
void stall_postgres(void);
void leave_half_open(void);
/* The longest it took: to end, and to be back. */
extern long long longest_end, longest_back;

/* soak_states.c: what lasts. */
extern struct clock *server_clock, *postgres_clock;
extern char         *bad_url; /* DATABASE_URL, through the wire */

void states_prepare(void); /* the server, not running yet */
void wire_bad(void);
void wire_good(void);
void disk_full(void);
void disk_free(void);
void clock_of_server(void);
void clock_of_postgres(void);
void clock_of_server_right(void);
void clock_of_postgres_right(void);
void files_used_up(void);
void files_free(void);
int  files_times(void); /* of how many workers */
void connections_used_up(void);
void connections_free(void);
void database_used_up(void);
void database_free(void);

/* Clocks show this when they are right: shortly before midnight (UTC), so
 * that an hour more is another day. */
int64_t clock_base(void);

/* soak_checks.c */
struct measure {
	long      kb;    /* PSS of all processes */
	int       files; /* of the parent */
	int       keymgr_files;
	int       worker_files; /* of the worker with more */
	long long median_ms, slowest_ms;
};

/* When all is quiet. */
void measure_all(struct measure *);
void measure_report(const struct measure *before, const struct measure *after);
void
assert_as_before(const struct measure *before, const struct measure *after);
/* From outside and by SQL: turns, allowances, what runs. */
void assert_turns_hold(void);
/* Look at the log's lines and throw them away when they are many, or now. */
void log_rotate(bool now);
void assert_log_holds(void);

#endif
