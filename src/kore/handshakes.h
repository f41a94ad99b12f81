/*
 * TLS handshakes: they wait while a certificate is being renewed
 * (kore/certificate.h), and those that do not finish are ended. Kore's idle
 * timer starts anew with every byte, so a client that sends one every few
 * seconds would keep its connection for ever.
 */
#ifndef AICHAT_HANDSHAKES_H
#define AICHAT_HANDSHAKES_H

#include <kore/kore.h>

/* Start sweeping in this worker. */
void handshakes_init(void);

/* Accept a connection, in place of kore_listener_accept(). */
void handshakes_accept(struct listener *);

#endif
