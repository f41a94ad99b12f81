/*
 * aichat prune: remove what has had its time.
 */
#ifndef AICHAT_CLI_PRUNE_H
#define AICHAT_CLI_PRUNE_H

/*
 * Remove turns and conversations older than RETENTION_DAYS, and what nobody
 * can use any more: sessions, idempotency keys, the event logs of turns that
 * ended, reset links, counts of attempts. In small transactions that wait for
 * nobody, so it may run at any time, anywhere, and twice at once. Prints one
 * line of what was removed, and exits.
 */
void cli_prune(void);

#endif
