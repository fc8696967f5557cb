/*
 * changes.h - what the files of `assay changes` share.
 */
#ifndef ASSAY_CLI_WATCH_CHANGES_H
#define ASSAY_CLI_WATCH_CHANGES_H

#include "cli/watch/watch.h"

enum {
    CHANGES_MAX = 5000,                 /* episodes, decisions, records in DNS: of each the newest */
    CHANGES_LINES_MAX = 4 * CHANGES_MAX
};

/* A line of the answer. */
struct change {
    int64_t time_ms;
    const char *kind, *domain, *text, *who; /* "episode", "decision", "dns", "source", "share" */
};

struct changes {
    struct cli_common common;
    struct report_place place;
    const char *client;       /* "" any */
    int64_t since_ms;
    struct change *line;      /* room for CHANGES_LINES_MAX */
    size_t n;
    bool cut;                 /* there is more */
};

/* Adds a line, unless --client asks for another's domains; the texts are the arena's.  NULL text: nothing. */
void changes_add(struct changes *c, int64_t time_ms, const char *kind, const char *domain, const char *text,
                 const char *who);

/* Sources that are new or gone, and shares that moved, by the reports.  Errors are the database's. */
enum rc changes_of_sums(struct changes *c, struct err *e);

#endif
