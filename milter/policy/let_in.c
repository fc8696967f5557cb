#include "policy/let_in.h"

#include <string.h>

#include "mail/domain.h"
#include "output/arc_vouch.h"
#include "policy/disposition.h"

enum { RULE_MAX = 1000, NEXT_MAX = 600, NAME_MAX = 60 };

static bool let_in_is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

static bool is_relayed(const struct record *r)
{
    return let_in_is(r->cause, "forwarded") || let_in_is(r->cause, "mailing-list");
}

static bool is_kept_out(const struct record *r)
{
    return r->disposition[0] != '\0' && !let_in_is(r->disposition, "none") && !disposition_is_built_in(r->rule);
}

/* The earliest sealer of the unbroken run of those that vouch, newest first; empty for none. */
static struct str sealer(const struct record *r)
{
    struct str text = str_of(r->arc_vouch), found = STR_NONE;
    struct arc_voucher v;

    while (arc_vouch_next(&text, &v) && v.vouches && str_eq(v.seal_domain, v.sign_domain) && found.n == 0)
        found = v.seal_domain;
    return found;
}

/* A domain other than the author's that signed, verified; empty for none. */
static struct str signer(struct arena *a, const struct record *r)
{
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        return STR_NONE;
    for (size_t i = 0; i < n; i++)
        if (sig[i].result == DKIM_PASS && !str_eq(sig[i].domain, str_of(r->author_domain)))
            return sig[i].domain;
    return STR_NONE;
}

/* "VouchedBy = {lists.example.org}" */
static void put_condition(struct strbuf *b, struct arena *a, const struct record *r)
{
    struct str by = sealer(r);

    if (by.n > 0) {
        strbuf_putf(b, "VouchedBy = {%.*s}", STR_FMT(by));
        return;
    }
    by = signer(a, r);
    if (by.n > 0)
        strbuf_putf(b, "SignedBy = {%.*s}", STR_FMT(by));
    else
        strbuf_putf(b, "Network = {%s}", r->client_ip);
}

/* A name for the rule, out of the relay's: letters, digits, dots and hyphens. */
static void let_in_put_name(struct strbuf *b, const struct record *r)
{
    const char *by = r->cause_detail;

    strbuf_puts(b, let_in_is(r->cause, "mailing-list") ? "list-" : "forwarder-");
    for (size_t i = 0; i < NAME_MAX && (char_is_alnum(by[i]) || by[i] == '.' || by[i] == '-'); i++)
        strbuf_putc(b, by[i]);
}

const char *let_in_rule(struct arena *a, const struct record *r)
{
    struct strbuf b = strbuf_new(a, RULE_MAX);

    if (!is_relayed(r) || !is_kept_out(r))
        return "";
    strbuf_puts(&b, "rule ");
    let_in_put_name(&b, r);
    strbuf_puts(&b, " {\n    ");
    put_condition(&b, a, r);
    strbuf_putf(&b, "\n%s%s    Action = none\n}\n", r->list != 0 ? "    List = yes\n" : "",
                let_in_is(r->policy, "none") ? "    Policy = {none, quarantine, reject}\n" : "");
    return b.over ? NULL : b.p;
}

enum rc let_in_advise(struct arena *a, struct verdict *v, struct record *r)
{
    struct strbuf b = strbuf_new(a, NEXT_MAX);

    if (!is_relayed(r) || !is_kept_out(r))
        return RC_OK;
    strbuf_putf(&b, "nothing to repair at the sender: it was %s here; a rule in policy.conf%s%s with ",
                let_in_is(r->disposition, "reject") ? "refused" : let_in_is(r->disposition,
                                                                            "tempfail") ? "put off" : "held",
                let_in_is(r->rule, "default") ? "" : ", before ", let_in_is(r->rule, "default") ? "" : r->rule);
    put_condition(&b, a, r);
    strbuf_puts(&b, " and Action = none would let it in");
    if (b.max == 0)
        return RC_NOMEM;
    v->finding.next = b.p;
    r->next = b.p;
    return RC_OK;
}
