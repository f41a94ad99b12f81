/*
 * What a client says of the representations it takes (RFC 9110, sections 12
 * and 13). Fields are as they came, NULL when there was none.
 */
#ifndef AICHAT_NEGOTIATE_H
#define AICHAT_NEGOTIATE_H

#include <stdbool.h>

/*
 * Whether an Accept-Encoding field asks for this coding: it is named, and not
 * with a weight of zero. `*` is not taken for it: who says that reads the
 * plain bytes as well.
 */
bool negotiate_coding(const char *field, const char *coding);

/* Whether an If-None-Match field names this entity tag, compared weakly. */
bool negotiate_matches(const char *field, const char *etag);

#endif
