/*
 * Conversations by the words in their titles and turns (PostgreSQL's full text
 * search). Answers begin as those of store/store_conversations.h do.
 */
#ifndef AICHAT_STORE_SEARCH_H
#define AICHAT_STORE_SEARCH_H

#include "store/store_conversations.h"

/*
 * Those with a turn, or a title, that has all words typed, the last of which
 * may be the beginning of one: those whose titles have them first, then by
 * latest activity; of very many only the newest are in that order, and older
 * ones follow by number. Any text may be typed.
 */
int store_search(struct flow *, const char *typed, enum store_archived,
    const struct uuid *after, int limit);

/* Whether the one it was to begin after is among them. */
bool store_search_begins(const struct db_call *);

/* A turn that matches, the newest if few do, around the longest word, with
 * marks about each word; NULL: only the title does. */
#define STORE_SEARCH_START "\xee\x80\x80" /* U+E000, for private use */
#define STORE_SEARCH_STOP  "\xee\x80\x81"
const char *store_search_snippet(const struct db_call *, int row);

#endif
