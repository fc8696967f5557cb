/* What an episode says to a person. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "watch/round.h"

enum { WORDS_NAME_MAX = 100, WORDS_RISK_MAX = 300 };

const char *watch_next_step(const char *workflow, const char *cause)
{
    int w = WATCH_WORKFLOW_COUNT, c = CAUSE_NONE;

    (void)enum_value(&watch_workflow_names, str_of(workflow), &w);
    (void)enum_value(&cause_names, str_of(cause), &c);
    switch (w) {
    case WATCH_NEW_SENDER:
        return "The client confirms who uses it; then set its status (assay source set)";
    case WATCH_SENDER_FAILURE:
    case WATCH_DRIFT:
        if (c == CAUSE_NONE && w == WATCH_DRIFT)
            return "See what is wrong with the records (assay domain) and what receivers reported (assay source show)";
        return cause_about((enum cause)c)->step[0] != '\0' ? cause_about((enum cause)c)->step
                                                            : "Look at its reports: assay source show";
    case WATCH_READINESS:
        return "The client approves the next policy; assay policy-stage has the evidence and the record";
    case WATCH_SPOOFING:
        return "Nothing to mend at a sender; where receivers do not refuse it yet, make the policy stricter";
    case WATCH_REPORTS_MISSING:
        return "Check rua of the DMARC record and the mailbox it names";
    case WATCH_INTAKE:
        return "Look at what came (assay received list --unread), and read it again (assay received retry)";
    case WATCH_EXCEPTION:
        return "The client decides anew: mend it, or give it another day (assay exception)";
    default:
        return "";
    }
}

void watch_day_text(int64_t day, char text[static 11])
{
    time_t t = (time_t)day * 86400;
    struct tm tm;

    if (day == 0 || gmtime_r(&t, &tm) == NULL || strftime(text, 11, "%Y-%m-%d", &tm) == 0)
        (void)snprintf(text, 11, "never");
}

static void watch_words_share(struct strbuf *out, int64_t share)
{
    strbuf_putf(out, "%" PRId64 ".%" PRId64 " %%", share / 100, share % 100 / 10);
}

static void words_volume(const struct episode *p, struct strbuf *out)
{
    if (p->messages == 0)
        return;
    strbuf_putf(out, ": %" PRId64 " of %" PRId64 " messages in a week passed", p->passed, p->messages);
    if (p->before >= 0) {
        strbuf_puts(out, ", where it was ");
        watch_words_share(out, p->before);
    }
    if (p->quarantined + p->rejected > 0)
        strbuf_putf(out, "; receivers quarantined %" PRId64 " and rejected %" PRId64, p->quarantined, p->rejected);
}

/* What our own mail shows, where it shows something. */
static void words_own(const struct episode *p, struct strbuf *out)
{
    if (p->own_messages > 0 && p->messages > 0)
        strbuf_putf(out, "; of our own mail, %" PRId64 " of %" PRId64 " passed", p->own_passed, p->own_messages);
    else if (p->own_messages > 0)
        strbuf_putf(out, "; so far our own mail alone shows it: %" PRId64 " of %" PRId64 " passed", p->own_passed,
                    p->own_messages);
}

/* The sentence stands in mail and on terminals, and a reporter names itself as it likes. */
static void words_name(const char *name, struct strbuf *out)
{
    strbuf_put_clean(out, str_of(name), WORDS_NAME_MAX);
}

void watch_sentence(const struct episode *p, struct strbuf *out)
{
    int w = WATCH_WORKFLOW_COUNT, c = CAUSE_NONE;

    (void)enum_value(&watch_workflow_names, str_of(p->workflow), &w);
    (void)enum_value(&cause_names, str_of(p->cause), &c);
    switch (w) {
    case WATCH_NEW_SENDER:
        words_name(p->source, out);
        strbuf_puts(out, " is new");
        if (p->messages > 0)
            strbuf_putf(out, ": %" PRId64 " messages in a week, %" PRId64 " of which passed", p->messages, p->passed);
        words_own(p, out);
        break;
    case WATCH_SENDER_FAILURE:
        words_name(p->source, out);
        strbuf_putf(out, " fails%s%s", c == CAUSE_NONE ? "" : ", ", p->cause);
        words_volume(p, out);
        words_own(p, out);
        if (p->dns_change[0] != '\0')
            strbuf_putf(out, "; before that, %s", p->dns_change);
        break;
    case WATCH_READINESS:
        strbuf_putf(out, "ready for %s, which would have blocked %" PRId64 " messages in 28 days", p->detail,
                    p->messages);
        break;
    case WATCH_SPOOFING:
        if (p->messages > 0)
            strbuf_putf(out,
                        "%" PRId64 " forged messages in a week, seen by %" PRId64 " receivers; they quarantined %"
                        PRId64 " and rejected %" PRId64,
                        p->messages, p->count, p->quarantined, p->rejected);
        if (p->own_messages > 0)
            strbuf_putf(out, "%s%" PRId64 " forged messages in a week came here", p->messages > 0 ? "; " : "",
                        p->own_messages);
        break;
    case WATCH_DRIFT:
        words_name(p->source, out);
        strbuf_putf(out, ": %s", p->detail);
        if (p->count > 0)
            strbuf_putf(out, ", %s, for the %" PRId64 ". time in 90 days", p->cause, p->count);
        if (p->dns_change[0] != '\0')
            strbuf_putf(out, "; before that, %s", p->dns_change);
        break;
    case WATCH_REPORTS_MISSING:
        words_name(p->source[0] == '\0' ? "every receiver" : p->source, out);
        strbuf_puts(out, p->source[0] == '\0' ? " that reported nearly every day is silent"
                                              : ", which reported nearly every day, is silent");
        break;
    case WATCH_INTAKE:
        words_name(p->source, out);
        strbuf_putf(out, ": %" PRId64 " mails or files of a week could not be read as reports", p->messages);
        break;
    case WATCH_EXCEPTION:
        strbuf_puts(out, "the exception ");
        if (p->source[0] != '\0') {
            strbuf_puts(out, "for ");
            words_name(p->source, out);
            strbuf_puts(out, " ");
        }
        strbuf_puts(out, "ends; its risk: ");
        strbuf_put_clean(out, str_of(p->detail), WORDS_RISK_MAX);
        break;
    default:
        strbuf_puts(out, p->workflow);
        break;
    }
}
