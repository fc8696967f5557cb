/*
 * runbook.h - what a desk has to know of a client beside its domains: who controls what, who agrees to which change,
 * what is reported to whom, and how its mail is judged.
 *
 * A part of clients.conf (clients.conf(5)).  Pure.
 */
#ifndef ASSAY_CATALOGUE_RUNBOOK_H
#define ASSAY_CATALOGUE_RUNBOOK_H

#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "syntax/list.h"

/* What a change is of; the word before the colon of an entry of Approvers. */
enum runbook_change {
    RUNBOOK_TXT, RUNBOOK_CNAME, RUNBOOK_DKIM, RUNBOOK_SPF, RUNBOOK_DMARC, RUNBOOK_MTA_STS, RUNBOOK_BIMI, RUNBOOK_ANY,
    RUNBOOK_CHANGES
};
extern const struct enum_names runbook_change_names; /* "TXT", "CNAME", …, "any" */

enum runbook_cadence { RUNBOOK_NEVER, RUNBOOK_DAILY, RUNBOOK_WEEKLY, RUNBOOK_MONTHLY, RUNBOOK_QUARTERLY };
extern const struct enum_names runbook_cadence_names; /* "", "daily", … */

struct runbook {
    struct string_list sending; /* names of its own that it sends from, normal */
    const char *mail_owner, *marketing_owner, *ticketing_owner, *portals_owner; /* who controls it; "" not known */
    const char *approver[RUNBOOK_CHANGES]; /* who agrees to it; "" not known */
    enum runbook_cadence report_every;
    struct string_list report_to; /* mailboxes */
    const char *language;       /* two lower-case letters; "" not known */
    struct string_list escalation;
    const char *success;        /* what it is measured by; "" not known */
    /* Bounds of its own, shares in hundredths of a percent; 0 the usual one (watch/watch.h) */
    int64_t band_healthy, band_watch, band_ticket, judged_from, new_from, spike_from, spike_times;
};

/* Who agrees to that change: the entry of its own, or that of "any"; "" not known. */
const char *runbook_approver(const struct runbook *r, enum runbook_change what);

/* The fields that runbook_read takes, which the table of a section has from `first` on. */
enum { RUNBOOK_FIELDS = 18 };
struct section_field;
const struct section_field *runbook_fields(void);

/* Reads them; text goes into the arena.  RC_BAD with "file:line:column: what; remedy", RC_NOMEM. */
struct sections;
struct section;
enum rc runbook_read(struct arena *a, const struct sections *f, const struct section *s, size_t first,
                     struct runbook *out, struct err *e);

#endif
