/* The words of `assay why`: a line a fact, what it means beside it. */
#include "cli/why.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 12 };

struct sheet {
    struct arena *a;
    FILE *to;
    const struct record *r;
};

const char *why_time(int64_t time_ms, char buf[static WHY_TIME_MAX])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL || strftime(buf, WHY_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
        (void)snprintf(buf, WHY_TIME_MAX, "at an unknown time");
    return buf;
}

/* The record's text was cleaned when it was made; a file, though, may have been written by anybody. */
static const char *shown(const struct sheet *s, const char *text)
{
    struct strbuf b = strbuf_new(s->a, 4 * RECORD_TEXT_MAX);

    strbuf_put_clean(&b, str_of(text), 4 * RECORD_TEXT_MAX);
    return b.p;
}

static const char *shown_str(const struct sheet *s, struct str text)
{
    const char *copy = str_dup(s->a, text);

    return copy == NULL ? "" : shown(s, copy);
}

static void label(const struct sheet *s, const char *name)
{
    (void)fprintf(s->to, "  %-*s ", LABEL_WIDTH, name);
}

static bool present(const char *text)
{
    return text[0] != '\0';
}

static const char *or(const struct sheet *s, const char *text, const char *otherwise)
{
    return present(text) ? shown(s, text) : otherwise;
}

/* The sentence for a result word; "" for a word that is not known here. */
static const char *meaning_of(const struct enum_names *names, const char *const *meaning, const char *word)
{
    int value;

    return enum_value(names, str_of(word), &value) ? meaning[value] : "";
}

/* ---- who and where ---- */

static void print_head(const struct sheet *s)
{
    const struct record *r = s->r;
    char when[WHY_TIME_MAX];

    (void)fprintf(s->to, "%s, queue id %s: ", why_time(r->time_ms, when), or(s, r->queue_id, "unknown"));
    (void)fprintf(s->to, "DMARC %s%s", or(s, r->dmarc, "none"), present(r->author_domain) ? " for " : "");
    (void)fprintf(s->to, "%s\n\n", shown(s, r->author_domain));
}

static void print_sender(const struct sheet *s)
{
    const struct record *r = s->r;

    label(s, "said to be by");
    (void)fprintf(s->to, "%s\n", or(s, r->header_from, "nobody: there is no From field"));
    label(s, "return path");
    (void)fprintf(s->to, "<%s>%s\n", shown(s, r->mail_from),
                  present(r->mail_from) ? "" : ": none, so it is a bounce or an automatic message");
    label(s, "came from");
    (void)fprintf(s->to, "%s", shown(s, r->client_ip));
    if (present(r->client_name))
        (void)fprintf(s->to, ", which is %s", shown(s, r->client_name));
    if (present(r->helo) && strcmp(r->helo, r->client_name) != 0)
        (void)fprintf(s->to, ", calling itself %s", shown(s, r->helo));
    if (present(r->auth_user))
        (void)fprintf(s->to, ", logged in as %s", shown(s, r->auth_user));
    (void)fprintf(s->to, "%s%s\n", present(r->tls) ? ", over " : ", not encrypted", shown(s, r->tls));
}

static void print_message(const struct sheet *s)
{
    const struct record *r = s->r;

    label(s, "to");
    (void)fprintf(s->to, "%s", shown(s, r->rcpt));
    if (r->rcpts > 1)
        (void)fprintf(s->to, " (%" PRId64 " recipients)", r->rcpts);
    (void)fputc('\n', s->to);
    label(s, "message-id");
    if (present(r->message_id))
        (void)fprintf(s->to, "<%s>, %" PRId64 " bytes\n\n", shown(s, r->message_id), r->size);
    else
        (void)fprintf(s->to, "none, %" PRId64 " bytes\n\n", r->size);
}

/* ---- the checks ---- */

static void print_dmarc(const struct sheet *s)
{
    static const char *const meaning[] = {
        [DMARC_NONE] = "there is no policy to test it against",
        [DMARC_PASS] = "the domain in From is confirmed",
        [DMARC_FAIL] = "nothing confirms the domain in From",
        [DMARC_TEMPERROR] = "it could not be found out at the time",
        [DMARC_PERMERROR] = "it cannot be evaluated",
    };
    const struct record *r = s->r;

    label(s, "DMARC");
    (void)fprintf(s->to, "%s: ", or(s, r->dmarc, "none"));
    (void)fprintf(s->to, "%s\n", meaning_of(&dmarc_result_names, meaning, r->dmarc));
    if (present(r->why)) {
        label(s, "");
        (void)fprintf(s->to, "because %s\n", shown(s, r->why));
    }
}

/* What a pass is worth for DMARC: only one for the author's own domain counts. */
static void print_alignment(const struct sheet *s, bool passes, bool aligned)
{
    if (!passes || !present(s->r->author_domain))
        return;
    label(s, "");
    if (aligned)
        (void)fprintf(s->to, "which counts for %s\n", shown(s, s->r->author_domain));
    else
        (void)fprintf(s->to, "which does not count for %s, the domain in From\n",
                      shown(s, s->r->author_domain));
}

static void print_spf(const struct sheet *s)
{
    static const char *const meaning[] = {
        [SPF_NONE] = "does not say who may send its mail",
        [SPF_NEUTRAL] = "says neither yes nor no to this address",
        [SPF_PASS] = "allows this address to send its mail",
        [SPF_FAIL] = "says this address may not send its mail",
        [SPF_SOFTFAIL] = "says this address probably may not send its mail",
        [SPF_TEMPERROR] = "could not be asked: DNS did not answer",
        [SPF_PERMERROR] = "has an SPF record with an error, which its owner must mend",
    };
    const struct record *r = s->r;

    label(s, "SPF");
    if (!present(r->spf)) {
        (void)fputs("not checked\n", s->to);
        return;
    }
    (void)fprintf(s->to, "%s: %s %s\n", shown(s, r->spf), or(s, r->spf_domain, "the sender"),
                  meaning_of(&spf_result_names, meaning, r->spf));
    if (present(r->spf_problem) || present(r->spf_mechanism)) {
        label(s, "");
        (void)fprintf(s->to, "%s%s\n", present(r->spf_problem) ? "" : "by its ",
                      shown(s, present(r->spf_problem) ? r->spf_problem : r->spf_mechanism));
    }
    print_alignment(s, strcmp(r->spf, "pass") == 0, r->spf_aligned != 0);
}

/* Takes the reason of the next signature off `rest`; empty for a plain pass. */
static struct str next_reason(struct str *rest)
{
    size_t end = str_find(*rest, ';');
    struct str reason = str_trim(str_slice(*rest, 0, end));

    *rest = str_slice(*rest, end + 1, rest->n);
    return str_eq(reason, STR("-")) ? STR_NONE : reason;
}

static void print_signature(const struct sheet *s, const struct record_dkim *sig, struct str reason)
{
    (void)fprintf(s->to, "%s: signature of %s", enum_name(&dkim_result_names, (int)sig->result),
                  str_eq(sig->domain, STR("-")) ? "an unreadable domain" : shown_str(s, sig->domain));
    (void)fprintf(s->to, " (selector %s, %s)", shown_str(s, sig->selector), shown_str(s, sig->algorithm));
    (void)fprintf(s->to, "%s%s\n", reason.n > 0 ? ": " : "", shown_str(s, reason));
}

static void print_dkim(const struct sheet *s)
{
    struct record_dkim *sig = NULL;
    struct str reasons = str_of(s->r->dkim_reasons);
    bool passes = false;
    size_t n = 0;

    label(s, "DKIM");
    if (record_dkim_parse(s->a, s->r->dkim, &sig, &n) != RC_OK) {
        (void)fprintf(s->to, "%s\n", shown(s, s->r->dkim)); /* better as it stands than not at all */
        return;
    }
    if (n == 0)
        (void)fputs("none: the message is not signed\n", s->to);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            label(s, "");
        print_signature(s, &sig[i], next_reason(&reasons));
        passes = passes || sig[i].result == DKIM_PASS;
    }
    print_alignment(s, passes, s->r->dkim_aligned != 0);
}

static void print_arc(const struct sheet *s)
{
    const struct record *r = s->r;

    if (!present(r->arc) || strcmp(r->arc, "none") == 0)
        return;
    label(s, "ARC");
    (void)fprintf(s->to, "%s", shown(s, r->arc));
    (void)fprintf(s->to, "%s%s", present(r->arc_reason) ? ": " : "", shown(s, r->arc_reason));
    (void)fprintf(s->to, "%s%s\n", present(r->arc_chain) ? "; passed on by " : "", shown(s, r->arc_chain));
}

static void print_iprev(const struct sheet *s)
{
    static const char *const meaning[] = {
        [IPREV_NONE] = "not checked",
        [IPREV_PASS] = "the client's address and name agree",
        [IPREV_FAIL] = "the client's address and name do not agree",
        [IPREV_TEMPERROR] = "DNS did not answer",
        [IPREV_PERMERROR] = "the client's address has no name",
    };
    const char *result = s->r->iprev;

    if (!present(result) || strcmp(result, "none") == 0)
        return;
    label(s, "reverse DNS");
    (void)fprintf(s->to, "%s: %s\n", shown(s, result), meaning_of(&iprev_result_names, meaning, result));
}

static void print_remarks(const struct sheet *s)
{
    const struct record *r = s->r;

    if (r->forged_headers > 0) {
        label(s, "forged");
        (void)fprintf(s->to, "%" PRId64 " Authentication-Results that claimed to be ours, removed\n",
                      r->forged_headers);
    }
    if (present(r->limits)) {
        label(s, "limits");
        (void)fprintf(s->to, "not all of it was examined: %s\n", shown(s, r->limits));
    }
}

/* ---- what is asked, what was done ---- */

static const char *wish(const char *policy)
{
    if (strcmp(policy, "reject") == 0)
        return "to refuse mail that fails";
    if (strcmp(policy, "quarantine") == 0)
        return "to treat mail that fails as suspicious";
    return "for nothing to be done about mail that fails";
}

static void print_policy(const struct sheet *s)
{
    const struct record *r = s->r;

    label(s, "they ask");
    if (!present(r->policy_domain)) {
        (void)fputs("nothing: no DMARC policy applies\n", s->to);
        return;
    }
    (void)fprintf(s->to, "%s (%s=%s of %s)", wish(r->requested_policy), shown(s, r->policy_tag),
                  shown(s, r->requested_policy), shown(s, r->policy_domain));
    if (strcmp(r->policy, r->requested_policy) != 0)
        (void)fprintf(s->to, "; testing (t=y) makes it %s", shown(s, r->policy));
    (void)fputc('\n', s->to);
}

/* RFC 9990's reasons in words; a comment of ours says more than the type. */
static void print_override(const struct sheet *s, struct str item)
{
    static const char *const meaning[] = {
        [OVERRIDE_LOCAL_POLICY] = "a rule of this server",
        [OVERRIDE_MAILING_LIST] = "it came through a mailing list",
        [OVERRIDE_OTHER] = "another reason",
        [OVERRIDE_POLICY_TEST_MODE] = "their policy is in test mode",
        [OVERRIDE_TRUSTED_FORWARDER] = "a server we trust passed it on",
    };
    size_t colon = str_find(item, ':');
    const char *comment = shown_str(s, str_slice(item, colon + 1, item.n));
    const char *type = shown_str(s, str_slice(item, 0, colon));

    label(s, "");
    (void)fprintf(s->to, "because of: %s\n",
                  present(comment) ? comment : meaning_of(&override_type_names, meaning, type));
}

static void print_disposition(const struct sheet *s)
{
    const struct record *r = s->r;

    label(s, "we");
    if (strcmp(r->disposition, "reject") == 0)
        (void)fputs("refused it: the sender's server was told so\n", s->to);
    else if (strcmp(r->disposition, "quarantine") == 0)
        (void)fputs("held it in quarantine\n", s->to);
    else
        (void)fputs("let it pass on to the next filter or the mailbox\n", s->to);
    for (struct str rest = str_of(r->overrides); rest.n > 0;) {
        size_t end = str_find(rest, ';');

        print_override(s, str_slice(rest, 0, end));
        rest = str_slice(rest, end + 1, rest.n);
    }
}

void why_print_text(struct arena *a, const struct record *r, FILE *to)
{
    const struct sheet s = {.a = a, .to = to, .r = r};

    print_head(&s);
    print_sender(&s);
    print_message(&s);
    print_dmarc(&s);
    print_spf(&s);
    print_dkim(&s);
    print_arc(&s);
    print_iprev(&s);
    print_remarks(&s);
    (void)fputc('\n', to);
    print_policy(&s);
    print_disposition(&s);
}
