/*
 * How alike two names are, to guess what a misspelt one was meant to be.
 */
#ifndef AICHAT_SPELLING_H
#define AICHAT_SPELLING_H

#include <stddef.h>

#define SPELLING_MAX 64 /* bytes of a name that is compared */

/*
 * How many letters to insert, drop, change or swap with the next one to turn
 * a into b, ignoring case (optimal string alignment distance); SIZE_MAX for a
 * name that is too long.
 */
size_t spelling_distance(const char *a, const char *b);

#endif
