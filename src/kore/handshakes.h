/*
 * Ends TLS handshakes that do not finish. Kore's idle timer starts anew with
 * every byte, so a client that sends one every few seconds would keep its
 * connection for ever.
 */
#ifndef AICHAT_HANDSHAKES_H
#define AICHAT_HANDSHAKES_H

/* Start sweeping in this worker. */
void handshakes_init(void);

#endif
