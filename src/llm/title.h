/*
 * Titles by a model (TITLE_MODEL): asked for in the background once a new
 * conversation has its first answer, and written only if it still has the
 * title that was made of its first prompt. Costs no message; when it fails the
 * title stays, and the log says so.
 */
#ifndef AICHAT_TITLE_H
#define AICHAT_TITLE_H

#include "store/store_turns.h"

/* A turn was completed. */
void title_consider(int64_t user_id, const struct store_turn *);

/*
 * What a model answered, as a title: its first line without quotation marks
 * around it, of 80 characters at most, in place. False when nothing is left.
 */
bool title_clean(char *text);

#endif
