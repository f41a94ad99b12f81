/*
 * TLS with the private key in Kore's key process, on OpenSSL 3.
 */
#ifndef AICHAT_TLS_H
#define AICHAT_TLS_H

/*
 * To be called in the parent before Kore reads its configuration: gives Kore
 * the Diffie-Hellman group it insists on (ffdhe2048, RFC 7919).
 */
void tls_init(void);

/*
 * In each worker: take no connection before the certificate has come from
 * the key process, as its handshake would fail.
 */
void tls_worker_init(void);

#endif
