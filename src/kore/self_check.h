/*
 * One request of the server to itself once it runs: everything here stands on
 * link-time wraps, and a build without one of them must not look alive.
 */
#ifndef AICHAT_SELF_CHECK_H
#define AICHAT_SELF_CHECK_H

/* In the parent, before Kore forks. */
void self_check_parent_init(void);

/* In the first worker: send the request; tells the log "serving", or stops
 * the server. */
void self_check_start(void);

/* In the parent, at its end: exits with 1 if the check was why. */
void self_check_parent_exit(void);

#endif
