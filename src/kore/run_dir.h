/*
 * The directory the server's processes are confined to: RUN_DIR/worker, what
 * workers see, and RUN_DIR/keymgr, where the private key lies for the key
 * process alone.
 */
#ifndef AICHAT_RUN_DIR_H
#define AICHAT_RUN_DIR_H

#include <stdbool.h>

#include "core/buf.h"

/*
 * Make the directories, copy in certificate, key and what names are resolved
 * with, and set WORKER_ROOT, KEYMGR_ROOT, PID_FILE and MAX_FILES for
 * kore.conf. Without RUN_DIR it is /run/aichat-PORT for root, else
 * /tmp/aichat-UID-PORT. What is wrong is appended; true when nothing is.
 */
bool run_dir_prepare(struct buf *problem);

/*
 * Copy certificate and key in again, if they are a pair that can be served;
 * otherwise what is wrong is appended and those there are stay. They are looked
 * at where they are copied to: meanwhile somebody may write to the originals.
 */
bool run_dir_renew_certificate(struct buf *problem);

#endif
