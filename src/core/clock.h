/*
 * Time that only goes forward, for measuring.
 */
#ifndef AICHAT_CLOCK_H
#define AICHAT_CLOCK_H

#include <stdint.h>

/* Microseconds since some moment before the start. */
uint64_t clock_us(void);

#endif
