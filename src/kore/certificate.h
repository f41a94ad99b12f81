/*
 * The server's certificate while it runs: put in the place of the old one
 * when SIGHUP or SIGUSR1 comes.
 *
 * As shipped a handshake that is under way then gets the old certificate and a
 * signature of the new key, or none, and holds up its worker for a second. So
 * workers begin none from the moment the parent says so until they have the
 * new certificate, and the parent waits until those under way are signed.
 */
#ifndef AICHAT_CERTIFICATE_H
#define AICHAT_CERTIFICATE_H

#include <stdbool.h>

/* In the parent, before Kore forks. */
void certificate_parent_init(void);

/* Tell the metrics when the certificate in use expires. */
void certificate_measure(void);

/*
 * Take over what TLS_CERT_FILE and TLS_KEY_FILE hold now, for the key process
 * to read; logs how it went. False: they are no good, and nothing changed.
 */
bool certificate_renew(void);

/* In a worker: it has a certificate now. */
void certificate_came(void);

/* In a worker: whether another one is about to come. */
bool certificate_is_awaited(void);

#endif
