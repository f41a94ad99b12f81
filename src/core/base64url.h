/*
 * base64url (RFC 4648, section 5) without padding, read strictly: libsodium
 * takes every byte above 127 for an underscore, and what is accepted is to
 * have one spelling. Pure.
 */
#ifndef AICHAT_BASE64URL_H
#define AICHAT_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text, all of it, is size bytes; they are in out then. */
bool base64url_read(const char *text, void *out, size_t size);

#endif
