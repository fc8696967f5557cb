#include "watch/records.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "dmarc/dmarc_record.h"
#include "inventory/dnstext.h"
#include "inventory/domain_run.h"

enum { RECORDS_DETAIL_MAX = 300 };

/* The ids of errors in "id at severity" lines, each once; NULL without memory. */
static const char *records_errors(struct arena *a, struct str findings)
{
    struct strbuf b = strbuf_new(a, RECORDS_DETAIL_MAX);
    struct str before = STR_NONE;

    while (findings.n > 0) {
        size_t end = str_find(findings, '\n');
        struct str line = str_slice(findings, 0, end), id = str_slice(line, 0, str_find(line, ' '));

        findings = str_slice(findings, end + 1, findings.n);
        if (!str_ends_nocase(line, STR(" error")) || str_eq(id, before))
            continue;
        strbuf_puts(&b, b.n == 0 ? "" : " ");
        strbuf_put_clean(&b, id, RECORDS_DETAIL_MAX);
        before = id;
    }
    return b.max == 0 ? NULL : b.p;
}

enum rc records_episodes(struct db *d, struct arena *a, const char *domain, struct watch_episode *out, size_t *used,
                         struct err *e)
{
    struct domain_run *run;
    struct watch_episode *open = NULL;
    size_t n, made = 0;
    enum rc rc = domain_run_list(d, a, domain, &run, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        const char *errors = records_errors(a, str_of(run[i].findings));
        int64_t day = run[i].time_ms / CLOCK_DAY_MS;

        if (errors == NULL)
            return err_set(e, RC_NOMEM, "no memory for the records of %s", domain);
        if (errors[0] == '\0' && strcmp(run[i].word, "not-judged") == 0)
            continue; /* it says nothing of how they are */
        if (open != NULL && errors[0] == '\0') {
            open->closed = day;
            open = NULL;
        }
        if (errors[0] == '\0' || (open == NULL && made == RECORDS_MAX))
            continue;
        if (open == NULL) {
            open = &out[(*used)++];
            made++;
            *open = (struct watch_episode){.workflow = WATCH_DRIFT, .source = RECORDS_SOURCE, .opened = day,
                                           .since = day, .band = WATCH_TICKET, .before = -1};
        }
        open->detail = errors;
        if (strcmp(run[i].word, "escalate") == 0)
            open->band = WATCH_ESCALATE;
    }
    return rc;
}

enum rc records_policy(struct db *db, struct arena *a, struct watch_domain *d, const char **record, struct err *e)
{
    struct strbuf name = strbuf_new(a, RECORDS_DETAIL_MAX);
    struct dnstext_version *version;
    struct dmarc_record r;
    size_t n;
    enum rc rc;

    *record = "";
    strbuf_putf(&name, "_dmarc.%s", d->name);
    if (name.over)
        return err_set(e, RC_NOMEM, "no memory for a record");
    rc = dnstext_history(db, a, DNS_KIND_DMARC, name.p, 1, &version, &n, e);
    if (rc != RC_OK || n == 0)
        return rc;
    *record = version[0].text;
    if (d->policy[0] == '\0' && dmarc_record_parse(a, str_of(*record), &r) == RC_OK && r.p.state == DMARC_TAG_VALID) {
        d->policy = enum_name(&dmarc_policy_names, (int)r.p.value);
        d->testing = r.testing;
    }
    return RC_OK;
}
