/*
 * How a message item looks (OpenAI's Conversations API), and a list of them.
 */
#ifndef AICHAT_V1_ITEM_H
#define AICHAT_V1_ITEM_H

#include "api/v1_list.h"
#include "core/buf.h"
#include "store/store_items.h"

/* The turn in a message's id, and whether it is its prompt's. */
bool v1_item_parse(const char *id, struct uuid *turn, bool *prompt);

/* Whether the turn has the one or the other. */
bool v1_item_there(const struct store_item *, bool prompt);

void v1_item_put(struct buf *, const struct store_item *, bool prompt);

/* How many turns to ask for: as many as may be needed for the limit, the one it
 * goes on from, of which all may have been seen, and one to see that there
 * are more. */
int v1_item_turns(const struct v1_list *);

/*
 * Put the items of rows of turns, up to the list's limit and behind its after;
 * asked is how many turns were asked for. True: there are more.
 */
bool v1_item_put_page(struct v1_list *, const struct db_call *, int asked);

#endif
