/*
 * figures.h - what a client's report counts: mail of a span of days, domains, sources, what was done and what is open.
 *
 * Counted are the reports that receivers sent and that are heeded; where none
 * came of the span, the mail that was tested here.  Never both.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_CLIENTREPORT_FIGURES_H
#define ASSAY_CLIENTREPORT_FIGURES_H

#include "catalogue/senders.h"
#include "episodes/episodes.h"
#include "episodes/exceptions.h"
#include "views/views.h"
#include "watch/watch.h"

enum {
    FIGURES_DAYS_MAX = 366, FIGURES_SOURCES_MAX = 5000,
    FIGURES_LIST_MAX = 5000 /* of what was done, is open, is accepted; the report shows the first of them */
};

/* What is asked. */
struct figures_question {
    struct db *db;
    const struct client *client;
    const struct senders *senders;
    int64_t first_day, before_day; /* of UTC since the epoch, [first, before) */
    int64_t now_ms;
};

struct figures_domain {
    const char *name;
    bool parked;
    struct parts parts;
    int64_t refused, held;       /* of the forged ones */
    const char *policy;          /* "none", "quarantine", "reject" … "" not known */
    enum watch_stage stage;
    enum watch_band band;        /* of the last week of the span */
    struct watch_readiness ready; /* as of the span's end, where `judged` */
    bool judged;
};

struct figures_name {
    const char *domain;
    const struct figures_name *next; /* NULL at the end */
};

/* A source in all of the client's domains, with one status. */
struct figures_source {
    const char *source, *title, *status, *owner, *ticket;
    const char *domain;          /* one of them … */
    size_t domains;              /* … of so many, which are `in` */
    const struct figures_name *in;
    int64_t messages, passed;    /* but for what is forged, or was lost on the way */
    int64_t first_seen_day;      /* 0 not known */
};

enum figures_deed { DEED_MENDED, DEED_POLICY, DEED_APPROVED, DEED_RETIRED };

/* What was done in the span. */
struct figures_done {
    enum figures_deed deed;
    int64_t day;
    const char *domain, *title, *ticket;
    enum watch_stage from, to;   /* of DEED_POLICY */
    int64_t before[2], after[2]; /* of DEED_MENDED: passed, messages; after: of the seven days from `day` on */
};

struct figures {
    struct figures_question q;
    bool own_mail;               /* no report came: counted is what was tested here */
    int64_t reports, reporters;
    struct parts all, earlier;   /* earlier: from the first of the month before on, up to first_day */
    int64_t earlier_first_day;
    struct parts *day;           /* before_day - first_day of them */
    int64_t junked, refused;     /* of what is approved and not confirmed */
    struct figures_domain *domain;
    size_t domains;
    struct figures_source *source; /* most mail first */
    size_t sources;
    struct figures_done *done;   /* in order of days */
    size_t done_n, done_left;    /* …left: those that found no room in the list */
    struct episode *open;        /* failures, relapses and silent reporters that were open at the span's end */
    size_t open_n, open_left;    /* the worst first */
    struct exception *accepted;  /* risks that were accepted, and hold on the span's last day */
    size_t accepted_n;
};

/* All of it, in the arena.  RC_BAD for days that are none or too many, RC_LIMIT, RC_NOMEM, or as the database. */
enum rc figures_count(struct arena *a, const struct figures_question *q, struct figures *out, struct err *e);

/* The title of a source: the catalogue's, or its name. */
const char *figures_title(const struct figures_question *q, const char *source);

/* Days since the epoch of a month's first day; `text` is "2026-11".  False when it is none. */
bool figures_month(const char *text, int64_t *first, int64_t *before);
/* The first day of the month before the one that holds this day. */
int64_t figures_month_before(int64_t day);

#endif
