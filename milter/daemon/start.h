/*
 * start.h - from a command line to a daemon: who it runs as, what the system
 * grants it, who is told that it runs.
 */
#ifndef ASSAY_DAEMON_START_H
#define ASSAY_DAEMON_START_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* ---- the account (option UserID) ---- */

enum { START_NAME_MAX = 64 };

struct account {
    bool change;               /* we are root and shall become somebody else */
    char name[START_NAME_MAX + 1];
    uid_t uid;
    gid_t gid;
};

/*
 * Whom "user[:group]" means.  Started by other than root, it is whoever
 * started us.  RC_BAD: no such account; or root without being told so by name.
 */
enum rc start_account(const char *user, struct account *out, struct err *e);

/* Becomes it for good, its supplementary groups too. */
enum rc start_become(const struct account *who, struct err *e);

/* ---- limits ---- */

/*
 * No core dumps (they would hold mail), new files as `mask` says, and `files`
 * open files or what the hard limit leaves of them, which is answered.
 */
unsigned start_limits(unsigned mask, unsigned files);

/* ---- pid file ---- */

/* RC_BAD: its folder is missing, or not ours to write in; RC_IO: the disk fails; RC_TEMP: a live process is in it. */
enum rc start_pid_file(const char *path, struct err *e);

/* ---- detaching ---- */

/*
 * Goes on in a child in a session of its own.  The parent waits for
 * start_ready and exits 0, or with the child's code when that ends before.
 * `*ready` is the child's end.
 */
enum rc start_detach(int *ready, struct err *e);

/* Standard input, output and error lead nowhere from now on. */
void start_drop_stdio(void);

/*
 * It runs: lets the parent go and drops standard input, output and error
 * (`ready` from start_detach, -1 in the foreground), and tells the service
 * manager (sd_notify(3) by its socket, where NOTIFY_SOCKET is set).
 */
void start_ready(int ready);

/*
 * Tells the service manager `text` (sd_notify(3)), and hands it a descriptor
 * with it unless `fd` is -1.  False: there is none, or it does not listen.
 */
bool start_notify(const char *text, int fd);

/* Tells the service manager "STOPPING=1". */
void start_stopping(void);

#endif
