/* The evidence in `assay why`: a line a fact, what it means beside it. */
#include "cli/why.h"

#include <inttypes.h>
#include <string.h>

struct facts {
    struct sheet s;
    const struct record *r;
};

static bool present(const char *text)
{
    return text[0] != '\0';
}

/* The sentence for a result word; "" for a word that is not known here. */
static const char *meaning_of(const struct enum_names *names, const char *const *meaning, const char *word)
{
    int value;

    return enum_value(names, str_of(word), &value) ? meaning[value] : "";
}

/* ---- who and where ---- */

static void print_sender(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "said to be by");
    (void)fprintf(f->s.to, "%s\n", sheet_or(&f->s, r->header_from, "nobody: there is no From field"));
    sheet_label(&f->s, "return path");
    (void)fprintf(f->s.to, "<%s>%s\n", sheet_shown(&f->s, r->mail_from),
                  present(r->mail_from) ? "" : ": none, so it is a bounce or an automatic message");
    sheet_label(&f->s, "came from");
    (void)fprintf(f->s.to, "%s", sheet_shown(&f->s, r->client_ip));
    if (present(r->client_name))
        (void)fprintf(f->s.to, ", which is %s", sheet_shown(&f->s, r->client_name));
    if (present(r->helo) && strcmp(r->helo, r->client_name) != 0)
        (void)fprintf(f->s.to, ", calling itself %s", sheet_shown(&f->s, r->helo));
    if (present(r->auth_user))
        (void)fprintf(f->s.to, ", logged in as %s", sheet_shown(&f->s, r->auth_user));
    (void)fprintf(f->s.to, "%s%s\n", present(r->tls) ? ", over " : ", not encrypted", sheet_shown(&f->s, r->tls));
}

static void print_message(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "to");
    (void)fprintf(f->s.to, "%s", sheet_shown(&f->s, r->rcpt));
    if (r->rcpts > 1)
        (void)fprintf(f->s.to, " (%" PRId64 " recipients)", r->rcpts);
    (void)fputc('\n', f->s.to);
    sheet_label(&f->s, "message-id");
    if (present(r->message_id))
        (void)fprintf(f->s.to, "<%s>, %" PRId64 " bytes\n\n", sheet_shown(&f->s, r->message_id), r->size);
    else
        (void)fprintf(f->s.to, "none, %" PRId64 " bytes\n\n", r->size);
}

/* ---- the checks ---- */

static void print_dmarc(const struct facts *f)
{
    static const char *const meaning[] = {
        [DMARC_NONE] = "there is no policy to test it against",
        [DMARC_PASS] = "the domain in From is confirmed",
        [DMARC_FAIL] = "nothing confirms the domain in From",
        [DMARC_TEMPERROR] = "it could not be found out at the time",
        [DMARC_PERMERROR] = "it cannot be evaluated",
    };
    const struct record *r = f->r;

    sheet_label(&f->s, "DMARC");
    (void)fprintf(f->s.to, "%s: ", sheet_or(&f->s, r->dmarc, "none"));
    (void)fprintf(f->s.to, "%s\n", meaning_of(&dmarc_result_names, meaning, r->dmarc));
    if (present(r->why)) {
        sheet_label(&f->s, "");
        (void)fprintf(f->s.to, "because %s\n", sheet_shown(&f->s, r->why));
    }
}

/* What a pass is worth for DMARC: only one for the author's own domain counts. */
static void print_alignment(const struct facts *f, bool passes, bool aligned)
{
    if (!passes || !present(f->r->author_domain))
        return;
    sheet_label(&f->s, "");
    if (aligned)
        (void)fprintf(f->s.to, "which counts for %s\n", sheet_shown(&f->s, f->r->author_domain));
    else
        (void)fprintf(f->s.to, "which does not count for %s, the domain in From\n",
                      sheet_shown(&f->s, f->r->author_domain));
}

static void print_spf(const struct facts *f)
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
    const struct record *r = f->r;

    sheet_label(&f->s, "SPF");
    if (!present(r->spf)) {
        (void)fputs("not checked\n", f->s.to);
        return;
    }
    (void)fprintf(f->s.to, "%s: %s %s\n", sheet_shown(&f->s, r->spf), sheet_or(&f->s, r->spf_domain, "the sender"),
                  meaning_of(&spf_result_names, meaning, r->spf));
    if (present(r->spf_problem) || present(r->spf_mechanism)) {
        sheet_label(&f->s, "");
        (void)fprintf(f->s.to, "%s%s\n", present(r->spf_problem) ? "" : "by its ",
                      sheet_shown(&f->s, present(r->spf_problem) ? r->spf_problem : r->spf_mechanism));
    }
    print_alignment(f, strcmp(r->spf, "pass") == 0, r->spf_aligned != 0);
}

/* Takes the reason of the next signature off `rest`; empty for a plain pass. */
static struct str next_reason(struct str *rest)
{
    size_t end = str_find(*rest, ';');
    struct str reason = str_trim(str_slice(*rest, 0, end));

    *rest = str_slice(*rest, end + 1, rest->n);
    return str_eq(reason, STR("-")) ? STR_NONE : reason;
}

static void print_signature(const struct facts *f, const struct record_dkim *sig, struct str reason)
{
    (void)fprintf(f->s.to, "%s: signature of %s", enum_name(&dkim_result_names, (int)sig->result),
                  str_eq(sig->domain, STR("-")) ? "an unreadable domain" : sheet_shown_str(&f->s, sig->domain));
    (void)fprintf(f->s.to, " (selector %s, ", sheet_shown_str(&f->s, sig->selector));
    (void)fprintf(f->s.to, "%s)", sheet_shown_str(&f->s, sig->algorithm));
    (void)fprintf(f->s.to, "%s%s\n", reason.n > 0 ? ": " : "", sheet_shown_str(&f->s, reason));
}

static void print_dkim(const struct facts *f)
{
    struct record_dkim *sig = NULL;
    struct str reasons = str_of(f->r->dkim_reasons);
    bool passes = false;
    size_t n = 0;

    sheet_label(&f->s, "DKIM");
    if (record_dkim_parse(f->s.a, f->r->dkim, &sig, &n) != RC_OK) {
        (void)fprintf(f->s.to, "%s\n", sheet_shown(&f->s, f->r->dkim)); /* better as it stands than not at all */
        return;
    }
    if (n == 0)
        (void)fputs("none: the message is not signed\n", f->s.to);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            sheet_label(&f->s, "");
        print_signature(f, &sig[i], next_reason(&reasons));
        passes = passes || sig[i].result == DKIM_PASS;
    }
    print_alignment(f, passes, f->r->dkim_aligned != 0);
}

static void print_arc(const struct facts *f)
{
    const struct record *r = f->r;

    if (!present(r->arc) || strcmp(r->arc, "none") == 0)
        return;
    sheet_label(&f->s, "ARC");
    (void)fprintf(f->s.to, "%s", sheet_shown(&f->s, r->arc));
    (void)fprintf(f->s.to, "%s%s", present(r->arc_reason) ? ": " : "", sheet_shown(&f->s, r->arc_reason));
    (void)fprintf(f->s.to, "%s%s\n", present(r->arc_chain) ? "; passed on by " : "", sheet_shown(&f->s, r->arc_chain));
}

static void print_iprev(const struct facts *f)
{
    static const char *const meaning[] = {
        [IPREV_NONE] = "not checked",
        [IPREV_PASS] = "the client's address and name agree",
        [IPREV_FAIL] = "the client's address and name do not agree",
        [IPREV_TEMPERROR] = "DNS did not answer",
        [IPREV_PERMERROR] = "the client's address has no name",
    };
    const char *result = f->r->iprev;

    if (!present(result) || strcmp(result, "none") == 0)
        return;
    sheet_label(&f->s, "reverse DNS");
    (void)fprintf(f->s.to, "%s: %s\n", sheet_shown(&f->s, result), meaning_of(&iprev_result_names, meaning, result));
}

static void print_remarks(const struct facts *f)
{
    const struct record *r = f->r;

    if (r->forged_headers > 0) {
        sheet_label(&f->s, "forged");
        (void)fprintf(f->s.to, "%" PRId64 " Authentication-Results that claimed to be ours, removed\n",
                      r->forged_headers);
    }
    if (present(r->limits)) {
        sheet_label(&f->s, "limits");
        (void)fprintf(f->s.to, "not all of it was examined: %s\n", sheet_shown(&f->s, r->limits));
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

static void print_policy(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "they ask");
    if (!present(r->policy_domain)) {
        (void)fputs("nothing: no DMARC policy applies\n", f->s.to);
        return;
    }
    (void)fprintf(f->s.to, "%s (%s=%s of %s)", wish(r->requested_policy), sheet_shown(&f->s, r->policy_tag),
                  sheet_shown(&f->s, r->requested_policy), sheet_shown(&f->s, r->policy_domain));
    if (strcmp(r->policy, r->requested_policy) != 0)
        (void)fprintf(f->s.to, "; testing (t=y) makes it %s", sheet_shown(&f->s, r->policy));
    (void)fputc('\n', f->s.to);
}

/* RFC 9990's reasons in words; a comment of ours says more than the type. */
static void print_override(const struct facts *f, struct str item)
{
    static const char *const meaning[] = {
        [OVERRIDE_LOCAL_POLICY] = "a rule of this server",
        [OVERRIDE_MAILING_LIST] = "it came through a mailing list",
        [OVERRIDE_OTHER] = "another reason",
        [OVERRIDE_POLICY_TEST_MODE] = "their policy is in test mode",
        [OVERRIDE_TRUSTED_FORWARDER] = "a server we trust passed it on",
    };
    size_t colon = str_find(item, ':');
    const char *comment = sheet_shown_str(&f->s, str_slice(item, colon + 1, item.n));
    const char *type = sheet_shown_str(&f->s, str_slice(item, 0, colon));

    sheet_label(&f->s, "");
    (void)fprintf(f->s.to, "because of: %s\n",
                  present(comment) ? comment : meaning_of(&override_type_names, meaning, type));
}

static void print_disposition(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "we");
    if (strcmp(r->disposition, "reject") == 0)
        (void)fputs("refused it: the sender's server was told so\n", f->s.to);
    else if (strcmp(r->disposition, "quarantine") == 0)
        (void)fputs("held it in quarantine\n", f->s.to);
    else if (strcmp(r->disposition, "tempfail") == 0)
        (void)fputs("put it off: the sender's server tries again later\n", f->s.to);
    else
        (void)fputs("let it pass on to the next filter or the mailbox\n", f->s.to);
    if (r->rule[0] != '\0') {
        sheet_label(&f->s, "");
        (void)fprintf(f->s.to, "by rule %s: %s, enforcement %s\n", sheet_shown(&f->s, r->rule),
                      sheet_shown(&f->s, r->action), sheet_shown(&f->s, r->enforcement));
    }
    for (struct str rest = str_of(r->overrides); rest.n > 0;) {
        size_t end = str_find(rest, ';');

        print_override(f, str_slice(rest, 0, end));
        rest = str_slice(rest, end + 1, rest.n);
    }
}

void why_print_evidence(const struct sheet *s, const struct record *r)
{
    const struct facts f = {.s = *s, .r = r};

    print_sender(&f);
    print_message(&f);
    print_dmarc(&f);
    print_spf(&f);
    print_dkim(&f);
    print_arc(&f);
    print_iprev(&f);
    print_remarks(&f);
    print_policy(&f);
    print_disposition(&f);
}
