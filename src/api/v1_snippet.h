/*
 * What a search found, in a conversation's entry of the list. Pure.
 */
#ifndef AICHAT_V1_SNIPPET_H
#define AICHAT_V1_SNIPPET_H

#include "core/buf.h"

/*
 * Put "snippet", plain text, and "highlights", which says where in it the
 * words are: {start, end} in characters (Unicode code points). Marked is the
 * text with store/store_search.h's marks about each word.
 */
void v1_snippet_put(struct buf *, const char *marked);

#endif
