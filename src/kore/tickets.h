/*
 * Session tickets (RFC 5077; RFC 8446, section 4.6.1), sealed with keys that
 * are derived from the deployment's secret and the half day, so that every
 * worker and every node can resume what another began.
 */
#ifndef AICHAT_TICKETS_H
#define AICHAT_TICKETS_H

#include <openssl/ssl.h>

/* Have a context use them. */
void tickets_use(SSL_CTX *);

#endif
