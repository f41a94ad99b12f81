/*
 * The most common passwords: what anybody guesses first.
 */
#ifndef AICHAT_COMMON_PASSWORDS_H
#define AICHAT_COMMON_PASSWORDS_H

#include <stddef.h>

/* In the order of strcmp(), in lower case. */
extern const char *const common_passwords[];
extern const size_t      common_passwords_count;

#endif
