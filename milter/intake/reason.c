/* Why what a row tells of failed: the order of the specification of received reports, the first that fits; facts.h. */
#include <stdio.h>
#include <string.h>

#include "base/siphash.h"
#include "intake/row_facts.h"
#include "inventory/dnstext.h"

enum { CHANGE_S = 48 * 3600, HISTORY_MAX = 8 };

/* A result whose domain is of the author's organization. */
static const struct convert_result *aligned_signature(const struct row_facts *f, const char *result)
{
    bool strict = strcmp(f->report->adkim, "s") == 0;

    for (size_t i = 0; i < f->signatures; i++)
        if (strcmp(f->signature[i].result, result) == 0 && row_facts_aligned(f, f->signature[i].domain, strict))
            return &f->signature[i];
    return NULL;
}

static bool any_signature(const struct row_facts *f, const char *result)
{
    for (size_t i = 0; i < f->signatures; i++)
        if (strcmp(f->signature[i].result, result) == 0)
            return true;
    return false;
}

static bool spf_aligned(const struct row_facts *f)
{
    return f->spf_main != NULL && row_facts_aligned(f, f->spf_main->domain, strcmp(f->report->aspf, "s") == 0);
}

static bool spf_is(const struct row_facts *f, const char *result)
{
    return f->spf_main != NULL && strcmp(f->spf_main->result, result) == 0;
}

static bool reason_known(const struct row_facts *f)
{
    return f->source.proof != SOURCE_UNPROVEN;
}

/* ---- the rules ---- */

static bool is_list(const struct row_facts *f)
{
    return convert_has_reason(f->row, "mailing_list", NULL) ||
           (f->source.sender != NULL && f->source.sender->kind == SENDER_LIST);
}

static bool is_forwarded(const struct row_facts *f)
{
    return convert_has_reason(f->row, "trusted_forwarder", NULL) || convert_has_reason(f->row, "forwarded", NULL) ||
           convert_has_reason(f->row, "local_policy", "arc=pass") ||
           (f->source.sender != NULL && f->source.sender->kind == SENDER_FORWARDING);
}

/* From an address that nobody names, with the author's own signature and not from his servers: passed on as it was. */
static bool is_passed_on(const struct row_facts *f)
{
    return !reason_known(f) && f->row->passes == RECEIVED_PASS_DKIM && spf_aligned(f) &&
           (spf_is(f, "fail") || spf_is(f, "softfail"));
}

/* Whether another text took the record's place within 48 hours before the period's end, or in it. */
static enum rc changed(const struct row_facts *f, enum dns_kind kind, const char *name, bool *out, struct err *e)
{
    struct dnstext_version *text;
    size_t n;
    enum rc rc = dnstext_history(f->c->db, f->c->a, kind, name, HISTORY_MAX, &text, &n, e);

    *out = false;
    for (size_t i = 0; rc == RC_OK && i + 1 < n; i++) {
        int64_t since_s = text[i].first_seen_ms / 1000;

        if (since_s <= f->report->end_s && since_s >= f->report->end_s - CHANGE_S)
            *out = true;
    }
    return rc;
}

/* Its place among those asked lately; `name` fits. */
static struct classify_record *record_asked(const struct row_facts *f, enum dns_kind kind, const char *name)
{
    static const unsigned char key[SIPHASH_KEY_BYTES] = {0};

    return &f->c->asked[(siphash(key, name, strlen(name)) + kind) % CLASSIFY_ASKED];
}

/* The same, asked once where the rows of a report name few. */
static enum rc changed_lately(const struct row_facts *f, enum dns_kind kind, const char *name, bool *out, struct err *e)
{
    struct classify_record *at = record_asked(f, kind, name);
    struct strbuf copy;
    enum rc rc;

    *out = at->changed;
    if (at->kind == kind && at->name[0] != '\0' && strcmp(at->name, name) == 0)
        return RC_OK;
    rc = changed(f, kind, name, out, e);
    at->kind = kind;
    at->changed = *out;
    copy = STRBUF_ON(at->name);
    strbuf_puts(&copy, name);
    if (rc != RC_OK || copy.over)
        at->name[0] = '\0';
    return rc;
}

/* The record behind an own result that failed. */
static enum rc record_changed(const struct row_facts *f, bool *out, struct err *e)
{
    static const char *const failed[] = {"fail", "permerror", "neutral", "policy"};
    char name[CLASSIFY_NAME_MAX];
    enum rc rc = RC_OK;

    *out = false;
    for (size_t i = 0; rc == RC_OK && !*out && i < sizeof failed / sizeof failed[0]; i++) {
        const struct convert_result *s = aligned_signature(f, failed[i]);

        if (s == NULL)
            continue;
        (void)snprintf(name, sizeof name, "%s._domainkey.%s", s->other, s->domain);
        rc = changed_lately(f, DNS_KIND_DKIM, name, out, e);
    }
    if (rc == RC_OK && !*out && spf_aligned(f) && !spf_is(f, "pass"))
        rc = changed_lately(f, DNS_KIND_SPF, f->spf_main->domain, out, e);
    return rc;
}

static enum cause dkim_cause(const struct row_facts *f)
{
    const struct convert_result *s;

    if (aligned_signature(f, "fail") != NULL)
        return CAUSE_DKIM_BROKEN;
    if (aligned_signature(f, "policy") != NULL)
        return CAUSE_DKIM_WEAK_KEY;
    s = aligned_signature(f, "permerror");
    if (s == NULL)
        s = aligned_signature(f, "neutral");
    if (s == NULL)
        return CAUSE_NONE;
    return intake_dns_key(f->c->lookup, s->domain, s->other)->absent ? CAUSE_DKIM_NO_KEY : CAUSE_DKIM_INVALID;
}

static enum cause spf_cause(const struct row_facts *f)
{
    if (!spf_aligned(f))
        return CAUSE_NONE;
    if (spf_is(f, "permerror"))
        switch (intake_dns_spf(f->c->lookup, f->spf_main->domain, &f->row->address)->trouble) {
        case SPF_TROUBLE_MULTIPLE: return CAUSE_SPF_MULTIPLE;
        case SPF_TROUBLE_LIMIT: return CAUSE_SPF_LIMIT;
        default: return CAUSE_SPF_SYNTAX;
        }
    return reason_known(f) && !spf_is(f, "pass") && !spf_is(f, "temperror") ? CAUSE_SPF_NO_INCLUDE : CAUSE_NONE;
}

/* The own results, then those of others; every one that fits is secondary to the first. */
static void own_causes(const struct row_facts *f, unsigned *all)
{
    enum cause dkim = dkim_cause(f), spf = spf_cause(f);

    *all |= 1u << dkim | 1u << spf;
    if (any_signature(f, "pass") && aligned_signature(f, "pass") == NULL)
        *all |= 1u << CAUSE_DKIM_UNALIGNED;
    if (reason_known(f) && f->signatures == 0)
        *all |= 1u << CAUSE_DKIM_ABSENT;
    if (spf_is(f, "pass") && !spf_aligned(f))
        *all |= 1u << CAUSE_SPF_UNALIGNED;
}

static enum cause first_of(unsigned all)
{
    for (int i = 1; i < CAUSE_COUNT; i++)
        if ((all & 1u << i) != 0)
            return (enum cause)i;
    return CAUSE_UNAUTHORIZED;
}

static enum rc all_causes(const struct row_facts *f, unsigned *all, struct err *e)
{
    enum client_domain kind = CLIENT_DOMAIN_NONE;
    bool news = false;
    enum rc rc;

    (void)clients_of(f->c->config->clients, f->row->header_from, &kind);
    if (kind == CLIENT_DOMAIN_LOOKALIKE)
        *all |= 1u << CAUSE_LOOKALIKE;
    if (kind == CLIENT_DOMAIN_PARKED)
        *all |= 1u << CAUSE_PARKED;
    if ((spf_aligned(f) && spf_is(f, "temperror")) || aligned_signature(f, "temperror") != NULL)
        *all |= 1u << CAUSE_DNS_TEMPORARY;
    if (is_list(f))
        *all |= 1u << CAUSE_MAILING_LIST;
    if (is_forwarded(f))
        *all |= 1u << CAUSE_FORWARDED;
    rc = record_changed(f, &news, e);
    if (news)
        *all |= 1u << CAUSE_DNS_CHANGED;
    own_causes(f, all);
    *all &= ~(1u << CAUSE_NONE);
    return rc;
}

/* What the reporter says of a mechanism against what its results say; a word that we worked out says nothing. */
static bool differs(const struct row_facts *f)
{
    bool dkim = aligned_signature(f, "pass") != NULL, spf = spf_aligned(f) && spf_is(f, "pass");

    return ((f->row->marks & INCOMING_DKIM_WORKED_OUT) == 0 && dkim != ((f->row->passes & RECEIVED_PASS_DKIM) != 0)) ||
           ((f->row->marks & INCOMING_SPF_WORKED_OUT) == 0 && spf != ((f->row->passes & RECEIVED_PASS_SPF) != 0));
}

enum rc reason_find(struct row_facts *f, struct err *e)
{
    unsigned all = 0;
    enum cause cause;
    enum rc rc;

    if (is_list(f) || is_forwarded(f) || is_passed_on(f))
        f->row->marks |= RECEIVED_FORWARDED;
    if (differs(f))
        f->row->marks |= RECEIVED_REPORTER_DIFFERS;
    f->row->cause = "";
    f->row->secondary = 0;
    if (f->row->passes != 0)
        return RC_OK;
    rc = all_causes(f, &all, e);
    cause = first_of(all);
    f->row->cause = enum_name(&cause_names, (int)cause);
    f->row->secondary = all & ~(1u << cause);
    return rc;
}
