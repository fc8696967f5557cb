#include "post/alert_words.h"

#include <inttypes.h>

#include "watch/round.h"

enum { ALERT_TEXT_MAX = 256 * 1024, ALERT_SENTENCE_MAX = 900, ALERT_NAME_MAX = 100 };

static void alert_day(struct strbuf *b, int64_t day)
{
    char text[11];

    watch_day_text(day, text);
    strbuf_puts(b, text);
}

/* Whose it is; what came in and could not be read is nobody's. */
static const char *alert_domain(const struct episode *x)
{
    return x->domain[0] == '\0' ? "what came in" : x->domain;
}

void alert_line(const struct episode_notice *p, struct strbuf *b)
{
    char sentence_mem[ALERT_SENTENCE_MAX];
    struct strbuf sentence = STRBUF_ON(sentence_mem);
    const struct episode *x = &p->episode;

    watch_sentence(x, &sentence);
    strbuf_putf(b, "episode=%s %s workflow=%s band=\"%s\" client=%s domain=%s source=\"", x->ref,
                enum_name(&episode_notice_names, (int)p->kind), x->workflow, enum_name(&watch_band_names, (int)x->band),
                x->client[0] == '\0' ? "-" : x->client, x->domain[0] == '\0' ? "-" : x->domain);
    strbuf_put_escaped(b, str_of(x->source), ALERT_NAME_MAX);
    strbuf_puts(b, "\" since=");
    alert_day(b, x->since_day);
    strbuf_putf(b, " volume=%" PRId64 " cause=%s ticket=\"", x->messages, x->cause[0] == '\0' ? "none" : x->cause);
    strbuf_put_escaped(b, str_of(x->ticket), ALERT_NAME_MAX);
    strbuf_puts(b, "\" why=\"");
    strbuf_put_escaped(b, strbuf_str(&sentence), 400);
    strbuf_puts(b, "\" dns=\"");
    strbuf_put_escaped(b, str_of(x->dns_change), 300);
    strbuf_puts(b, "\" next=\"");
    strbuf_put_escaped(b, str_of(watch_next_step(x->workflow, x->cause)), 200);
    strbuf_puts(b, "\"");
}

static void alert_block(const struct episode_notice *p, struct strbuf *b)
{
    const struct episode *x = &p->episode;

    strbuf_puts(b, alert_domain(x));
    if (x->client[0] != '\0')
        strbuf_putf(b, " (%s)", x->client);
    strbuf_putf(b, ": %s, %s\n", x->workflow, enum_name(&episode_notice_names, (int)p->kind));
    strbuf_puts(b, "  What    ");
    watch_sentence(x, b);
    strbuf_putf(b, "\n  Band    %s\n  Since   ", enum_name(&watch_band_names, (int)x->band));
    alert_day(b, x->since_day);
    if (x->closed_day != 0) {
        strbuf_puts(b, ", over since ");
        alert_day(b, x->closed_day);
    }
    if (x->cause[0] != '\0')
        strbuf_putf(b, "\n  Cause   %s", x->cause);
    if (x->ticket[0] != '\0')
        strbuf_putf(b, "\n  Ticket  %s", x->ticket);
    if (p->kind < EPISODE_ENDED)
        strbuf_putf(b, "\n  Next    %s", watch_next_step(x->workflow, x->cause));
    strbuf_putf(b, "\n  More    assay episode show %s\n\n", x->ref);
}

void alert_subject(const struct episode_notice *notice, size_t n, struct strbuf *b)
{
    const struct episode *x = &notice[0].episode;

    if (n == 1)
        strbuf_putf(b, "[%s] %s %s: %s %s", x->ref, alert_domain(x), x->workflow,
                    enum_name(&watch_band_names, (int)x->band), enum_name(&episode_notice_names, (int)notice[0].kind));
    else
        strbuf_putf(b, "%zu episodes opened, changed or ended", n);
}

const char *alert_text(struct arena *a, const struct episode_notice *notice, size_t n)
{
    struct strbuf b = strbuf_new(a, ALERT_TEXT_MAX);
    size_t listed = n < ALERT_LISTED_MAX ? n : ALERT_LISTED_MAX;

    for (size_t i = 0; i < listed; i++)
        alert_block(&notice[i], &b);
    if (listed < n)
        strbuf_putf(&b, "... and %zu more: assay episode list\n", n - listed);
    return b.max == 0 ? NULL : b.p;
}
