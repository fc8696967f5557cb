/* What receivers saw, in words; outgoing.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "desk/outgoing.h"

enum { SENTENCE_MAX = 1500, TITLE_MAX = 300 };

/* ---- names ---- */

const char *outgoing_title(struct arena *a, const struct config *c, const char *domain, const char *source)
{
    const struct sender *s = senders_find(c->senders, str_of(source));
    struct str name = str_of(source);
    struct strbuf b = strbuf_new(a, TITLE_MAX);

    if (s != NULL)
        return s->title;
    if (strcmp(source, "own-servers") == 0)
        strbuf_putf(&b, "own servers of %s", domain);
    else if (str_starts_nocase(name, STR("ptr:")))
        strbuf_putf(&b, "hosts of %s", source + 4);
    else if (str_starts_nocase(name, STR("net:")))
        strbuf_putf(&b, "hosts in %s", source + 4);
    else if (str_starts_nocase(name, STR("as:")))
        strbuf_putf(&b, "hosts of network AS%s", source + 3);
    else
        strbuf_puts(&b, strcmp(source, "unknown") == 0 ? "hosts that nothing names" : source);
    return b.p;
}

/* Reporters that everybody knows by another name than their domain. */
static const char *reporter_name(const char *reporter)
{
    static const struct { const char *domain, *name; } known[] = {
        {"google.com", "Google"}, {"microsoft.com", "Microsoft"}, {"outlook.com", "Microsoft"}, {"yahoo.com", "Yahoo"},
        {"yahooinc.com", "Yahoo"}, {"mail.ru", "Mail.ru"}, {"comcast.net", "Comcast"}, {"gmx.net", "GMX"},
        {"web.de", "WEB.DE"}, {"fastmail.com", "Fastmail"}, {"amazonses.com", "Amazon SES"}, {"zoho.com", "Zoho"},
        {"mimecast.org", "Mimecast"}, {"mimecastreport.com", "Mimecast"}, {"apple.com", "Apple"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].domain, reporter) == 0)
            return known[i].name;
    return reporter;
}

static void put_reporters(struct strbuf *b, const struct outgoing *o)
{
    size_t more = o->reporters - o->named;

    for (size_t i = 0; i < o->named; i++) {
        bool last = more == 0 && i + 1 == o->named;

        strbuf_puts(b, i == 0 ? "" : last ? " and " : ", ");
        strbuf_put_clean(b, str_of(reporter_name(o->reporter[i])), 80);
    }
    if (more > 0)
        strbuf_putf(b, " and %zu other receiver%s", more, more == 1 ? "" : "s");
    if (o->reporters == 0)
        strbuf_puts(b, "receivers");
}

static void outgoing_words_put_day(struct strbuf *b, int64_t day, bool year)
{
    static const char *const month[] = {"January", "February", "March", "April", "May", "June", "July", "August",
                                        "September", "October", "November", "December"};
    time_t s = (time_t)(day * 86400);
    struct tm tm;

    if (gmtime_r(&s, &tm) == NULL)
        return;
    strbuf_putf(b, "%d %s", tm.tm_mday, month[tm.tm_mon]);
    if (year)
        strbuf_putf(b, " %d", tm.tm_year + 1900);
}

/* ---- why ---- */

/* Why nothing was confirmed, as a clause; %s is the domain. */
static const char *const because[CAUSE_COUNT] = {
    [CAUSE_LOOKALIKE] = "%s is listed as a look-alike of a client's domain",
    [CAUSE_PARKED] = "%s is marked as one that never sends mail",
    [CAUSE_DNS_TEMPORARY] = "DNS did not answer the receivers about %s",
    [CAUSE_AUTHOR_UNREADABLE] = "its author cannot be read",
    [CAUSE_MAILING_LIST] = "a mailing list changed what %s had sent",
    [CAUSE_FORWARDED] = "a forwarder passed on what %s had sent",
    [CAUSE_DNS_CHANGED] = "a DNS record of %s changed shortly before",
    [CAUSE_DKIM_BROKEN] = "its signature for %s did not verify: the mail was changed after it was signed",
    [CAUSE_DKIM_WEAK_KEY] = "receivers do not accept the key of its signature for %s: too short, or too old a kind",
    [CAUSE_DKIM_NO_KEY] = "the key of its signature for %s is not in DNS",
    [CAUSE_DKIM_INVALID] = "its signature for %s is not valid",
    [CAUSE_SPF_MULTIPLE] = "%s publishes several SPF records, so that none counts",
    [CAUSE_SPF_SYNTAX] = "the SPF record of %s has an error, so that it does not count",
    [CAUSE_SPF_LIMIT] = "the SPF record of %s needs too many look-ups, so that it does not count",
    [CAUSE_SPF_NO_INCLUDE] = "the SPF record of %s does not list it",
    [CAUSE_DKIM_UNALIGNED] = "it does not sign for %s",
    [CAUSE_DKIM_ABSENT] = "it does not sign for %s, nor anything else",
    [CAUSE_SPF_UNALIGNED] = "only a return path of its own was confirmed, which is not of %s",
    [CAUSE_UNAUTHORIZED] = "nothing shows that %s lets it send",
};

static void put_because(struct strbuf *b, const struct outgoing *o)
{
    const char *clause = because[o->cause], *at = clause == NULL ? NULL : strstr(clause, "%s");

    if (clause == NULL)
        return;
    if (at == NULL) {
        strbuf_puts(b, clause);
        return;
    }
    strbuf_put(b, (struct str){clause, (size_t)(at - clause)});
    strbuf_put_clean(b, str_of(o->domain), 260);
    strbuf_puts(b, at + 2);
}

static void put_period(struct strbuf *b, const struct outgoing *o)
{
    if (o->last_day == 0)
        return;
    if (o->first_day == o->last_day) {
        strbuf_puts(b, " on ");
        outgoing_words_put_day(b, o->last_day, true);
        return;
    }
    strbuf_puts(b, " between ");
    outgoing_words_put_day(b, o->first_day, (o->last_day - o->first_day) > 180);
    strbuf_puts(b, " and ");
    outgoing_words_put_day(b, o->last_day, true);
}

static void put_outcome(struct strbuf *b, const struct outgoing *o)
{
    int64_t failed = o->counts.messages - o->counts.passed;

    if (failed == 0) {
        strbuf_puts(b, o->counts.messages == 1 ? "; it was confirmed" : "; all were confirmed");
        return;
    }
    if (o->counts.passed == 0)
        strbuf_puts(b, o->counts.messages == 1 ? "; it was not confirmed" : "; none was confirmed");
    else
        strbuf_putf(b, "; %" PRId64 " %s not confirmed", failed, failed == 1 ? "was" : "were");
    if (o->cause == CAUSE_NONE)
        return;
    strbuf_puts(b, o->of_cause < failed ? ", mostly because " : ", because ");
    put_because(b, o);
}

static const char *outgoing_sentence(struct arena *a, const struct config *c, const struct outgoing *o)
{
    struct strbuf b = strbuf_new(a, SENTENCE_MAX);

    if (o->counts.messages == 0) {
        strbuf_putf(&b, "Reports that are not proven to be genuine list %" PRId64 " messages from ", o->unproven);
        strbuf_put_clean(&b, str_of(outgoing_title(a, c, o->domain, o->source)), 200);
        strbuf_puts(&b, " for ");
        strbuf_put_clean(&b, str_of(o->domain), 260);
        strbuf_puts(&b, "; they count for nothing");
        return b.p;
    }
    put_reporters(&b, o);
    strbuf_putf(&b, " saw %" PRId64 " message%s from ", o->counts.messages, o->counts.messages == 1 ? "" : "s");
    strbuf_put_clean(&b, str_of(outgoing_title(a, c, o->domain, o->source)), 200);
    strbuf_puts(&b, " for ");
    strbuf_put_clean(&b, str_of(o->domain), 260);
    put_period(&b, o);
    put_outcome(&b, o);
    if (o->counts.rejected > 0)
        strbuf_putf(&b, "; %" PRId64 " %s refused", o->counts.rejected, o->counts.rejected == 1 ? "was" : "were");
    if (o->counts.quarantined > 0)
        strbuf_putf(&b, "; %" PRId64 " %s put into spam", o->counts.quarantined,
                    o->counts.quarantined == 1 ? "was" : "were");
    return b.p;
}

/* ---- the second and third question ---- */

static const char *outgoing_matter(const struct outgoing *o)
{
    switch (o->cause) {
    case CAUSE_NONE: return "nothing: what was seen passes";
    case CAUSE_SPF_NO_INCLUDE: case CAUSE_SPF_MULTIPLE: case CAUSE_SPF_SYNTAX: case CAUSE_SPF_LIMIT: return "SPF";
    case CAUSE_DKIM_NO_KEY: case CAUSE_DKIM_ABSENT: case CAUSE_DKIM_WEAK_KEY: case CAUSE_DKIM_INVALID:
    case CAUSE_DKIM_BROKEN: return "DKIM";
    case CAUSE_DKIM_UNALIGNED: case CAUSE_SPF_UNALIGNED: return "domain matching";
    case CAUSE_MAILING_LIST: case CAUSE_FORWARDED: return "lost on the way";
    case CAUSE_DNS_CHANGED: case CAUSE_DNS_TEMPORARY: return "DNS";
    default: return "no proof at all";
    }
}

static const char *usual_next(const struct outgoing *o)
{
    switch (o->cause) {
    case CAUSE_NONE: return "nothing to do";
    case CAUSE_SPF_NO_INCLUDE: case CAUSE_SPF_MULTIPLE: case CAUSE_SPF_SYNTAX: case CAUSE_SPF_LIMIT:
        return "DNS change: the SPF record";
    case CAUSE_DKIM_NO_KEY: return "DNS change: publish the key record that the vendor gave";
    case CAUSE_DKIM_ABSENT: case CAUSE_DKIM_WEAK_KEY: case CAUSE_DKIM_INVALID: case CAUSE_DKIM_BROKEN:
        return "vendor change: its DKIM signature";
    case CAUSE_DKIM_UNALIGNED: case CAUSE_SPF_UNALIGNED:
        return "vendor change: let it sign as the domain, then DNS change: the records it asks for";
    case CAUSE_MAILING_LIST: case CAUSE_FORWARDED: return "none: explain that it was lost on the way";
    case CAUSE_DNS_CHANGED: case CAUSE_DNS_TEMPORARY: return "wait until the TTL of the records is over";
    default: return "none at the sender: it is enforcement (p=) that stops this, and a matter of security";
    }
}

static bool outgoing_is(const struct outgoing *o, const char *status)
{
    return strcmp(o->status, status) == 0;
}

static const char *outgoing_next(struct arena *a, const struct config *c, const struct outgoing *o)
{
    struct strbuf b = strbuf_new(a, SENTENCE_MAX);

    (void)c;
    if (o->cause == CAUSE_NONE && !outgoing_is(o, "unknown") && !outgoing_is(o, "pending"))
        return usual_next(o);
    if (outgoing_is(o, "malicious"))
        return "none at the sender: enforcement, security";
    if (outgoing_is(o, "retired"))
        return "client's confirmation: switch it off";
    if ((outgoing_is(o, "unknown") || outgoing_is(o, "pending")) && o->cause != CAUSE_UNAUTHORIZED &&
        o->cause != CAUSE_LOOKALIKE && o->cause != CAUSE_PARKED && o->cause != CAUSE_MAILING_LIST &&
        o->cause != CAUSE_FORWARDED) {
        strbuf_puts(&b, "client's confirmation first: is it theirs?");
        if (o->cause != CAUSE_NONE)
            strbuf_putf(&b, "  Then %s", usual_next(o));
        return b.p;
    }
    return usual_next(o);
}

/* ---- shown ---- */

/* Days are those of UTC. */
static const char *date_of(int64_t day, char buf[static SHEET_TIME_MAX])
{
    time_t s = (time_t)(day * 86400);
    struct tm tm;

    if (day == 0 || gmtime_r(&s, &tm) == NULL || strftime(buf, SHEET_TIME_MAX, "%Y-%m-%d", &tm) == 0)
        return "-";
    return buf;
}

void outgoing_print_list(const struct sheet *s, const struct config *c, const struct outgoing *o, size_t n)
{
    (void)fprintf(s->to, "%-28s %-30s %-9s %8s %6s %8s  %-10s %s\n", "DOMAIN", "SOURCE", "STATUS", "MESSAGES", "PASS",
                  "UNPROVEN", "LAST DAY", "CAUSE");
    for (size_t i = 0; i < n; i++) {
        char day[SHEET_TIME_MAX], share[16] = "-";

        if (o[i].counts.messages > 0)
            (void)snprintf(share, sizeof share, "%.0f %%",
                           100.0 * (double)o[i].counts.passed / (double)o[i].counts.messages);
        (void)fprintf(s->to, "%-28s %-30s %-9s %8" PRId64 " %6s %8" PRId64 "  %-10s %s\n",
                      sheet_shown(s, o[i].domain), sheet_shown(s, o[i].source), sheet_shown(s, o[i].status),
                      o[i].counts.messages, share, o[i].unproven, date_of(o[i].last_day, day),
                      enum_name(&cause_names, (int)o[i].cause));
    }
    (void)c;
}

void outgoing_print(const struct sheet *s, const struct config *c, const struct outgoing *o)
{
    char first[SHEET_TIME_MAX], last[SHEET_TIME_MAX], since[SHEET_TIME_MAX];

    sheet_sentence(s, outgoing_sentence(s->a, c, o));
    if (o->counts.messages == 0)
        return;
    if (o->unproven > 0)
        (void)fprintf(s->to, "  Reports that are not proven to be genuine list %" PRId64 " more; they count for "
                      "nothing.\n", o->unproven);
    sheet_label(s, "approved?");
    (void)fprintf(s->to, "%s%s%s%s%s; reported from %s to %s", sheet_shown(s, o->status),
                  o->status_ms == 0 ? "" : " since ",
                  o->status_ms == 0 ? "" : date_of(o->status_ms / CLOCK_DAY_MS, since),
                  o->owner[0] == '\0' ? "" : ", owner ", sheet_shown(s, o->owner), date_of(o->first_day, first),
                  date_of(o->last_day, last));
    if (o->of_domain > 0)
        (void)fprintf(s->to, "; %.1f %% of the domain's mail",
                      100.0 * (double)o->counts.messages / (double)o->of_domain);
    (void)fputc('\n', s->to);
    sheet_label(s, "it is");
    (void)fprintf(s->to, "%s\n", outgoing_matter(o));
    sheet_label(s, "next is");
    (void)fprintf(s->to, "%s\n", sheet_shown(s, outgoing_next(s->a, c, o)));
}

struct jnode *outgoing_json(struct arena *a, const struct config *c, const struct outgoing *o)
{
    struct jnode *n = jnode_object(), *reporters = jnode_array();

    jnode_text(n, "client", o->client);
    jnode_text(n, "domain", o->domain);
    jnode_text(n, "source", o->source);
    jnode_text(n, "title", outgoing_title(a, c, o->domain, o->source));
    jnode_text(n, "status", o->status);
    jnode_text(n, "owner", o->owner);
    jnode_int(n, "messages", o->counts.messages);
    jnode_int(n, "of_domain", o->of_domain);
    jnode_int(n, "status_ms", o->status_ms);
    jnode_int(n, "passed", o->counts.passed);
    jnode_int(n, "spf_only", o->counts.spf_only);
    jnode_int(n, "dkim_only", o->counts.dkim_only);
    jnode_int(n, "quarantined", o->counts.quarantined);
    jnode_int(n, "rejected", o->counts.rejected);
    jnode_int(n, "forwarded", o->counts.forwarded);
    jnode_int(n, "unproven", o->unproven);
    jnode_int(n, "first_day", o->first_day);
    jnode_int(n, "last_day", o->last_day);
    jnode_text(n, "cause", enum_name(&cause_names, (int)o->cause));
    jnode_text(n, "matter", outgoing_matter(o));
    jnode_text(n, "next", outgoing_next(a, c, o));
    jnode_text(n, "sentence", outgoing_sentence(a, c, o));
    for (size_t i = 0; i < o->named; i++) {
        struct jnode *r = jnode_object();

        jnode_text(r, "reporter", o->reporter[i]);
        jnode_append(reporters, r);
    }
    jnode_put(n, "reporters", reporters);
    jnode_int(n, "reporter_count", (int64_t)o->reporters);
    return n;
}
