/*
 * The table totp: a user's one-time passwords. Sealed secrets and hashes of
 * recovery codes are as core/totp_vault.h makes them.
 */
#ifndef AICHAT_STORE_TOTP_H
#define AICHAT_STORE_TOTP_H

#include "core/flow.h"

/* Keep a new secret that is not asked for yet, in place of such a one; no
 * row: the user may not act. */
int store_totp_begin(struct flow *, const char *sealed);
/* False: one is in use already. */
bool store_totp_begun(const struct db_call *, const char **name);

/* The flow's user's; no row: may not act. */
int store_totp_look(struct flow *);
/* Of a user who is logging in, and whose password was right. */
int store_totp_of(struct flow *, int64_t user_id);
/* The secret, NULL when there is none; *confirmed: it is asked for. */
const void *
store_totp_sealed(const struct db_call *, size_t *size, bool *confirmed);

/* Ask for it from now on; this step of it is used. recovery is a list of
 * hashes as PostgreSQL reads a bytea[]. */
int store_totp_confirm(struct flow *, int64_t step, const char *recovery);
/* False: there is none to be confirmed. */
bool store_totp_confirmed(const struct db_call *);

/*
 * Use a step of the user's, or (step 0) the recovery code with this hash: each
 * once. request is the key of this use.
 */
int  store_totp_use(struct flow *, int64_t user_id, int64_t step,
     const char *recovery_hash, const struct uuid *request);
bool store_totp_used(const struct db_call *);

/* Ask for none any more. */
int store_totp_remove(struct flow *);
/* False: the user may not act. */
bool store_totp_removed(const struct db_call *);

#endif
