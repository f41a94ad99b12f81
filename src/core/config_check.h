/*
 * What a setting's value must be beyond its kind. Each check appends what is
 * wrong to problems, one line naming the setting; none ever repeats a secret.
 */
#ifndef AICHAT_CONFIG_CHECK_H
#define AICHAT_CONFIG_CHECK_H

#include "core/buf.h"

/* A connection string of libpq, without a placeholder for a password. */
void config_check_database(
    const char *name, const char *value, struct buf *problems);

/* 32 bytes or more that nobody published and that do not repeat. */
void
config_check_secret(const char *name, const char *value, struct buf *problems);

/* A numeric IPv4 or IPv6 address. */
void config_check_listener(
    const char *name, const char *value, struct buf *problems);
void
config_check_address(const char *name, const char *value, struct buf *problems);

/* Networks by commas, as "10.0.0.0/8, ::1". */
void config_check_networks(
    const char *name, const char *value, struct buf *problems);

/* A user that exists; only root changes to it, so only root must know it. */
void
config_check_user(const char *name, const char *value, struct buf *problems);

/* A key that can stand in a header field. */
void
config_check_key(const char *name, const char *value, struct buf *problems);

/* http:// or https:// and a host, without a slash at the end. */
void
config_check_url(const char *name, const char *value, struct buf *problems);

/* "*", or one origin as RFC 6454, section 6.1 writes it. */
void
config_check_origin(const char *name, const char *value, struct buf *problems);

void config_check_log_level(
    const char *name, const char *value, struct buf *problems);

/*
 * TLS_CERT_FILE and TLS_KEY_FILE: a PEM certificate that has not expired and
 * the EC or RSA key it was made for.
 */
void config_check_tls(
    const char *cert_file, const char *key_file, struct buf *problems);

#endif
