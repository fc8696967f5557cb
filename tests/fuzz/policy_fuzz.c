/* policy.conf: whatever is in it, a sentence with its place, or rules within their bounds that decide as promised. */
#include <string.h>

#include "fuzz.h"
#include "policy/disposition.h"

static void check_rule(const struct policy_rule *r)
{
    HOLDS(r->name[0] != '\0' && strlen(r->name) <= 40 && strcmp(r->name, "default") != 0);
    HOLDS(r->line > 0 && r->match.results != 0 && r->match.policies != 0);
    HOLDS(r->action >= POLICY_NONE && r->action <= POLICY_TEMPFAIL && r->override >= -1 && r->override < 5);
    HOLDS(strchr(r->reason, ';') == NULL && r->owner != NULL && r->ticket != NULL && r->until_ms >= 0);
}

/* A message that any of the rules may match, with that result. */
static struct record message(const char *dmarc)
{
    struct record r;

    record_blank(&r);
    r.time_ms = INT64_C(1795608000000);
    r.author_domain = "example.com";
    r.client_ip = "192.0.2.1";
    r.rcpt = "a@example.net";
    r.rcpts = 1;
    r.dmarc = dmarc;
    r.policy = "reject";
    r.cause = "unauthorized";
    r.source = "unknown";
    r.client = "acme";
    r.dkim = "pass example.org s rsa-sha256";
    r.arc_vouch = "example.org example.org yes";
    r.arc_chain = "d=example.org s=k";
    return r;
}

static void check_decision(struct arena *a, const struct policy *p)
{
    static const struct disposition_settings s = {.honour_reject = true};
    struct record failing = message("fail"), unknown = message("temperror");
    struct decision d;
    bool speaks = false;

    HOLDS(disposition_decide(a, p, &s, (const struct facts[]){facts_recorded(&failing)}, &d) == RC_OK);
    HOLDS(d.override_count <= VERDICT_OVERRIDES_MAX && (d.action == POLICY_REJECT) == (d.override_count == 0));
    for (size_t i = 0; i < p->n; i++)
        speaks = speaks || (p->rule[i].match.results & 1u << DMARC_TEMPERROR) != 0;
    HOLDS(disposition_decide(a, p, &s, (const struct facts[]){facts_recorded(&unknown)}, &d) == RC_OK);
    HOLDS(speaks || d.action == POLICY_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct str text = fuzz_str(data, size);
    struct sections f;
    struct policy p;
    struct err e = ERR_NONE;

    if (size <= SECTIONS_FILE_MAX) {
        if (sections_parse(a, text, "F", &policy_sections, &f, &e) != RC_OK || policy_make(a, &f, &p, &e) != RC_OK) {
            HOLDS(strncmp(e.text, "F:", 2) == 0 && strchr(e.text, '\n') == NULL);
        } else {
            for (size_t i = 0; i < p.n; i++)
                check_rule(&p.rule[i]);
            check_decision(a, &p);
        }
    }
    arena_free(a);
    return 0;
}
