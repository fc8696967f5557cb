/*
 * folder.h - whether a folder is fit for what shall be made in it.
 */
#ifndef ASSAY_DAEMON_FOLDER_H
#define ASSAY_DAEMON_FOLDER_H

#include "base/err.h"

enum { FOLDER_PATH_MAX = 1024 };

/* The folder that `path` (absolute) lies in. */
void folder_of(const char *path, char folder[static FOLDER_PATH_MAX]);

/*
 * Whether the user we run as may make `path`, which `option` asks for: its
 * folder is there, not everybody's to write in, and ours.  RC_BAD with the
 * remedy: what install(1) makes it with (`rights`, as "-g assay-read -m 750"), or
 * that for systemd's sandbox where it is in the way.
 */
enum rc folder_check(const char *option, const char *rights, const char *path, struct err *e);

#endif
