/*
 * What the API tests stand on: servers of their own on databases of their
 * own, HTTPS through libcurl, raw TLS connections for what libcurl would never
 * send, and SQL to look behind the answers and to make trouble. The program
 * is known here from outside only.
 *
 * No function returns an error: what does not work fails the running test.
 * What they return lives until the test program ends and is not freed by the
 * caller, unless said otherwise.
 */
#ifndef AICHAT_TESTS_HARNESS_H
#define AICHAT_TESTS_HARNESS_H

#include <postgresql/libpq-fe.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* In every password and prompt of the tests: no log may contain it. */
#define PRIVATE "tell-nobody"

#define OPTIONS_MAX  20 /* settings a test changes */
#define CHILDREN_MAX 8

/* harness_scratch.c: memory that lives until the program ends. */
void *scratch_alloc(size_t);
char *scratch_printf(const char *, ...) PRINTF(1, 2);
char *scratch_file(const char *path); /* its content; "" if none */
void  scratch_release(void);

/* harness_process.c */
struct process {
	pid_t pid;
	char  title[32]; /* as Kore names it: "[wrk 1]", "[keymgr]" */
};

long long   now_ms(void); /* monotonic */
void        sleep_ms(long);
const char *setting(const char *name); /* of tests/api.sh */

/*
 * Run argv in a folder with exactly this environment, output and errors to a
 * file; it dies with us. Both lists end with NULL.
 */
pid_t process_start(const char *folder, const char *output,
    const char *const *environment, const char *const *argv);
/* Its exit status, 128 and the signal, or -1 when it runs on after ms. */
int    process_wait(pid_t, long ms);
size_t process_children(pid_t, struct process[CHILDREN_MAX]);

/* harness_server.c */
struct server {
	pid_t       pid; /* 0 when not running */
	int         port;
	char       *folder; /* of its own */
	char       *log;    /* file */
	char       *database;
	char       *url;      /* DATABASE_URL */
	char       *secret;   /* JWT_SECRET_KEY */
	char       *children; /* as they were at the start */
	const char *options[OPTIONS_MAX + 1];
	bool        is_second; /* on another server's database */
	PGconn     *sql;
};

/* A TCP port nobody has at the moment. */
int free_port(void);

/*
 * A server with two workers on a migrated database of its own, answering
 * /healthz. The options are NAME=value settings, the last one is NULL; none
 * are as good as NULL.
 */
struct server *server_start(const char *const *options);
/* Another one on the same database, with the same secret. */
struct server *
server_start_beside(const struct server *, const char *const *options);
/* A database and settings, but no process: for what runs the program itself.
 * Neither migrated nor started. */
struct server *server_prepare(const char *const *options);
/* Run `aichat command`; its exit status, and all it wrote in *output. */
int server_command(struct server *, const char *command, const char **output);
/* Run `aichat words ...` with input (NULL: none) on its standard input. The
 * words end with NULL. */
int server_cli(struct server *, const char *input, const char **output,
    ... /* words */) __attribute__((sentinel));
/* The same on a terminal: the lines of input, which end with NULL, are typed
 * one after each prompt (": "). The output is what the terminal shows. */
int  server_terminal(struct server *, const char *const *input,
     const char **output, ... /* words */) __attribute__((sentinel));
void server_migrate(struct server *);
void server_launch(struct server *);
/* On the port it had; false when it ended at once. */
bool server_relaunch(struct server *);
/* The environment it runs in, ending with NULL. */
const char *const *server_environment(const struct server *);

/* End it by SIGTERM and check all that may be checked then. */
void server_stop(struct server *);
void server_stop_all(void);
void server_remove_all(void);

/* harness_children.c: the processes of a server. */
pid_t server_worker(const struct server *, int number);
/* Those who live now are meant to live to the end. */
void server_note_children(struct server *);
/* Wait until all children are there, and note them. */
void server_await_children(struct server *);
/* The same processes as ever, and /healthz answers at once. */
void server_assert_unharmed(const struct server *);

/*
 * harness_run.c: run the tests; setup may be NULL. Afterwards every server
 * still running is checked and stopped, and what is found there counts as a
 * failure (cmocka itself would not count it).
 */
#define harness_run(tests, setup) harness_run_tests(tests, COUNT(tests), setup)
int
harness_run_tests(const struct CMUnitTest *, size_t, CMFixtureFunction setup);

/* harness_log.c: lines of JSON, and nothing secret. */
void log_assert_clean(const struct server *);
/* The number of the worker that answered the request with this id. */
int log_worker_of(const struct server *, const char *request_id);

/* harness_sql.c: on the server's database, by a connection of our own. */
void        sql_run(struct server *, const char *, ...) PRINTF(2, 3);
long long   sql_int(struct server *, const char *, ...) PRINTF(2, 3);
const char *sql_text(struct server *, const char *, ...) PRINTF(2, 3);
/* It comes to be this number: of what is written when nobody waits. */
void  sql_await(struct server *, long long, const char *, ...) PRINTF(3, 4);
void  sql_close(struct server *);
void  database_create(const char *name);
void  database_drop(const char *name);
char *database_url(const char *name);

/*
 * harness_cluster.c: a PostgreSQL cluster of one's own, to be stopped and
 * killed. From cluster_new() on databases are created there. The functions
 * return when it is done.
 */
void cluster_new(void);
void cluster_start(void);
void cluster_stop(const char *mode); /* "fast", "immediate" */
void cluster_restart(void);
/* SIGKILL, and none of its processes is left. */
void cluster_kill(void);
/* Stop all of its processes (SIGSTOP), our own connection's too; and let
 * them go on. */
void cluster_freeze(void);
void cluster_thaw(void);
/* Stop it for good. To be called last, after harness_run(). */
void cluster_end(void);

/*
 * harness_proxy.c: a wire to PostgreSQL that can be cut without anybody being
 * told: what was silent once stays silent, open and without a reset; or that is
 * bad in other ways.
 */
enum proxy_mode {
	PROXY_PASS,            /* new connections pass */
	PROXY_SILENT,          /* all, those there are and new ones */
	PROXY_SILENT_AT_PARSE, /* each, once it prepares a statement */
	PROXY_SLOW,            /* each message takes its time */
	PROXY_CUTTING, /* some messages end in the middle, and the connection */
	PROXY_REFUSING, /* none: those there are end, new ones are refused */
};

/* Begin to forward to the server of this URL; the URL to use instead. */
char *proxy_open(const char *url);
void  proxy_set(enum proxy_mode);
/* The statement of this name is done once more, but its answer is lost with
 * the connection; whether it was. */
void proxy_lose(const char *statement);
bool proxy_lost(void);
/* Cut what is open, if there is a proxy; harness_run() does. */
void proxy_close(void);

/* harness_http.c */
struct request {
	const char *method; /* NULL: GET, or POST if with a body */
	const char *path;
	const char *token;      /* bearer, or NULL */
	const char *body;       /* or NULL */
	size_t      size;       /* of body, 0: up to its NUL */
	const char *headers[4]; /* "Name: value" */
};

struct reply {
	int          status;  /* 0: none came */
	const char  *headers; /* with the status line */
	const char  *body;    /* NUL-terminated */
	size_t       size;
	const cJSON *json; /* NULL when the body is not JSON */
	long long    ms;   /* it took */
};

/* On a kept-alive connection, the next one on the same. */
struct reply *http_call(const struct server *, const struct request *);
struct reply *
http_get(const struct server *, const char *token, const char *path);
struct reply *http_post(const struct server *, const char *token,
    const char *path, const char *body);
/*
 * At once over n separate connections, made beforehand: all requests are on
 * their way before the first answer is read.
 */
struct reply        **
http_many(const struct server *, const struct request *, size_t n);
size_t http_count(struct reply *const *, size_t n, int status);
void   http_end(void);

/* harness_reply.c */
struct reply *reply_new(const char *headers, const char *body, size_t size);
/* A header's value, NULL when it is not there. */
const char *reply_header(const struct reply *, const char *name);
const char *reply_text(const struct reply *, const char *member);
long long   reply_int(const struct reply *, const char *member);

/* Status, and what every answer must have: CORS, request id ... */
#define assert_status(reply, status) \
	reply_assert_status(reply, status, __FILE__, __LINE__)
/* That, and an error body of the right shape with this code. */
#define assert_error(reply, status, code) \
	reply_assert_error(reply, status, code, NULL, __FILE__, __LINE__)
#define assert_error_says(reply, status, code, msg) \
	reply_assert_error(reply, status, code, msg, __FILE__, __LINE__)
#define assert_header(reply, name, value) \
	reply_assert_header(reply, name, value, __FILE__, __LINE__)
/* A text has a part, or has it not. */
#define assert_contains(text, part) \
	text_assert_contains(text, part, true, __FILE__, __LINE__)
#define assert_lacks(text, part) \
	text_assert_contains(text, part, false, __FILE__, __LINE__)
void text_assert_contains(
    const char *, const char *part, bool, const char *file, int line);
void reply_assert_status(const struct reply *, int, const char *file, int line);
void reply_assert_error(const struct reply *, int, const char *code,
    const char *msg, const char *file, int line);
/* What a status obliges to say in headers. */
void reply_assert_obligations(const struct reply *, const char *file, int line);
void reply_assert_header(const struct reply *, const char *name,
    const char *value, const char *file, int line);

/*
 * harness_v1.c: an error below /v1, in OpenAI's shape: its status, type, code,
 * and the parameter to blame, NULL for none.
 */
#define assert_v1_error(reply, status, type, code, param) \
	v1_assert_error(reply, status, type, code, param, __FILE__, __LINE__)
void v1_assert_error(const struct reply *, int status, const char *type,
    const char *code, const char *param, const char *file, int line);
/* The usual ones: invalid_request_error. */
#define assert_v1_invalid(reply, status, code, param) \
	assert_v1_error(reply, status, "invalid_request_error", code, param)

/* harness_raw.c: connections that send what they are told, byte by byte. */
struct raw {
	int                  fd;
	SSL                 *ssl;         /* NULL: no TLS (yet) */
	char                 data[65536]; /* received, not yet taken */
	size_t               size;
	const struct server *server;
};

struct raw *raw_open(const struct server *);
/* TCP only. */
struct raw *raw_open_plain(const struct server *);
/* Only the socket; -1: refused. For threads, too. */
int raw_connect(const struct server *);
/*
 * A handshake with a context of the caller's own (NULL: the usual one);
 * session may be NULL. False when the handshake failed.
 */
bool     raw_handshake(struct raw *, SSL_CTX *, const char *sni, SSL_SESSION *);
SSL_CTX *raw_context(void); /* caller frees it */
/* Whether it was sent; a connection closed by the server is not. */
bool raw_send(struct raw *, const char *, size_t);
bool raw_text(struct raw *, const char *);
/* The bytes http_call() would send, near enough. */
char *raw_request(const struct server *, const struct request *);
/* The next response; status 0 when none came within ms. */
struct reply *raw_reply(struct raw *, long ms);
struct reply *raw_reply_head(struct raw *, long ms); /* to HEAD */
/* The server closes within ms, without another byte. */
bool raw_closes(struct raw *, long ms);
void raw_close(struct raw *);

/* harness_user.c */
struct user {
	long long   id;
	const char *name;
	const char *email;
	const char *password;
	const char *token; /* access */
	const char *refresh;
};

struct reply *user_sign_up(const struct server *, const char *email,
    const char *name, const char *password);
struct reply *
user_log_in(const struct server *, const char *name, const char *password);
/* One who has signed up. */
struct user *user_new(struct server *, const char *name);
int          conversation_new(const struct server *, const char *token);
char        *chat_body(int conversation, const char *model, const char *prompt);
struct reply *chat_send(const struct server *, const char *token,
    int conversation, const char *model, const char *prompt);
/* The claims of a JWT, its signature unchecked. */
const cJSON *token_claims(const char *token);
/* A JWT of this header and these claims, signed HS256 with secret. */
char *token_forge(const char *secret, const char *header, const char *claims);

#endif
