/*
 * UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef AICHAT_UTF8_H
#define AICHAT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/*
 * Length of the sequence at text, of which len > 0 bytes are there. When it
 * is ill-formed, the negated length of what one U+FFFD should replace (The
 * Unicode Standard, section 3.9: substitution of maximal subparts).
 */
int utf8_measure(const char *text, size_t len);

/*
 * The code point at *text, which is NUL-terminated, moving *text behind it.
 * U+FFFD for what is ill-formed; 0 at the end, and *text stays there.
 */
uint32_t utf8_next(const char **text);

#endif
