/*
 * The flavor asan (conf/build.conf): the server as tests attack it, under
 * ASan, UBSan and LSan. In other flavors these do nothing.
 */
#ifndef AICHAT_SANITIZER_H
#define AICHAT_SANITIZER_H

#include <stdbool.h>

/* Reports go where standard error goes now, whatever that becomes: into the
 * log of a test, in which every line that is not JSON is a failure. */
void sanitizer_keep_stderr(void);

/* Leaks are looked for in /proc and by ptrace(2): no chroot then, and no
 * change of user. */
bool sanitizer_needs_proc(void);

/* Before the sandbox closes: what they call beyond what we do. */
void sanitizer_allow(void);

#endif
