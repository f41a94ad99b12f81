/*
 * Signals to the parent.
 */
#ifndef AICHAT_SIGNALS_H
#define AICHAT_SIGNALS_H

/* From the loop, now and then: a wish for the end that was lost is told again.
 */
void signals_insist(void);

#endif
