/*
 * What memory the server's processes hold, for the metrics. Workers cannot see
 * it, so the parent looks.
 */
#ifndef AICHAT_MEMORY_H
#define AICHAT_MEMORY_H

/* In the parent, ten times a second; looks every five seconds. */
void memory_tick(void);

#endif
