/*
 * Connections for the programs of the bench: thousands of them on one thread,
 * with or without TLS, by epoll. What cannot work ends the program.
 */
#ifndef AICHAT_BENCH_PEER_H
#define AICHAT_BENCH_PEER_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/buf.h"

/* Anything epoll tells of; first in whatever it belongs to. */
struct watch {
	int fd;
	void (*ready)(struct watch *, uint32_t events);
};

struct peer;

struct peer_events {
	void (*open)(struct peer *); /* connected, handshake done */
	void (*data)(struct peer *, const char *, size_t);
	void (*closed)(struct peer *); /* by the other side; freed after */
};

struct peer {
	struct watch              watch; /* first */
	SSL                      *ssl;   /* NULL: no TLS */
	bool                      is_open;
	bool                      is_closed;
	struct buf                out;
	const struct peer_events *events;
	void                     *arg;
	SLIST_ENTRY(peer) gone;
};

/* To 127.0.0.1; ctx NULL is plain TCP, session NULL a full handshake. */
struct peer *
peer_connect(int port, SSL_CTX *, SSL_SESSION *, const struct peer_events *);

/* Accept on 127.0.0.1 from now on; new peers have no arg. */
void peer_listen(int port, SSL_CTX *, const struct peer_events *);

/* For that, of two PEM files. */
SSL_CTX *peer_server_tls(const char *certificate, const char *key);

void peer_send(struct peer *, const char *, size_t);

/* Close it without a call of closed(). */
void peer_close(struct peer *);

/* Wait for events, ms at most, and handle them. */
void peer_run(int ms);

/* Watch something else; events 0 ends that. */
void watch_set(struct watch *, uint32_t events);

uint64_t peer_now_us(void);

/* As many descriptors as may be had. */
void peer_init(void);

void die(const char *what) __attribute__((noreturn));

#endif
