/*
 * history_file.h - the file of option HistoryFile, in OpenDMARC's format.
 *
 * opendmarc-import reads it under a shared lock, so it is written under an
 * exclusive one, whole messages in one write.  Nobody waits for that lock:
 * what cannot be written now goes with the next message.
 *
 * Threads: any.
 */
#ifndef ASSAY_SERVICE_HISTORY_FILE_H
#define ASSAY_SERVICE_HISTORY_FILE_H

#include "output/record.h"

struct history_file;

struct history_file *history_file_new(void); /* NULL without memory */

/* Writes what still waits, or logs that it is lost.  NULL allowed. */
void history_file_free(struct history_file *h);

/*
 * Adds a message to the file `path`, under the name of this host.  What goes
 * wrong is logged, not more often than every ten seconds.  `a` is for scratch.
 */
void history_file_add(struct history_file *h, const char *path, const char *reporter, const struct record *r,
                      struct arena *a);

#endif
