/*
 * process.h - processes that read: one for each file or mail, shut off from everything (sandbox.h).
 *
 * A process is forked off the caller; or, for small files, off a template: a
 * process of ours that was forked once while the caller was small, has the
 * libraries begun, reads nothing itself, and forks one that does for each
 * file.  So a process that a hostile file took over never sees another file.
 */
#ifndef ASSAY_INCOMING_PROCESS_H
#define ASSAY_INCOMING_PROCESS_H

#include <sys/types.h>

#include "incoming/walk.h"

enum { PROCESS_SHARED = 1024 * 1024 /* bytes of a file and what goes with it that a template is handed */ };

struct process {
    int fd;                         /* its frames */
    int over;                       /* readable once it has died, all its frames being in `fd`; -1: `fd` ends */
    pid_t pid;                      /* 0: a template's */
    struct incoming_reader *reader; /* whose template; NULL */
};

/*
 * Begins to read what is behind `before` (NULL: all of it) in `request`.  A
 * template takes small files alone, whole, and where `own` does not ask for a
 * process off the caller.  RC_TEMP when there can be none.
 */
enum rc process_begin(const struct incoming_request *request, const struct walk_before *before, bool own,
                      struct process *out, struct err *e);

enum { PROCESS_NONE = -1 };

/*
 * Ends it, after its last frame, its death, or (`lost`) before either.  How
 * it died, and the CPU time that it took.
 */
struct process_death {
    int status; /* as waitpid says; SIGKILL for one that was killed; PROCESS_NONE when the template could fork none, or
                   is gone itself: that is no word about the file */
    uint64_t cpu_ms;
};
struct process_death process_end(struct process *p, bool lost);

#endif
