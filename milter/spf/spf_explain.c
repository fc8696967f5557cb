#include "spf/spf_explain.h"

/* Macros may have brought in any byte of the sender's. */
static void make_printable(struct strbuf *text)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->p[i] < ' ' || text->p[i] > '~')
            text->p[i] = '?';
}

/* Whatever goes wrong, "proceed as if no "exp" modifier was given"; counts against no limit. */
const char *spf_explain(struct spf_eval *e, const struct spf_policy *policy)
{
    const struct dns_answer *answer;
    struct strbuf out;
    struct str name, text;

    if (policy->record.exp.n == 0)
        return "";
    name = spf_eval_name(e, policy, policy->record.exp);
    if (!spf_eval_askable(name))
        return "";
    answer = dns_ask(e->dns, name.p, DNS_TXT);
    if (answer->count != 1)
        return "";
    text = answer->rr[0].txt;
    if (spf_macro_check(text, SPF_MACRO_EXPLAIN, NULL) != RC_OK)
        return "";
    out = strbuf_new(e->arena, SPF_EXPLANATION_MAX);
    spf_macro_expand(&out, text, spf_eval_values(e, policy, text));
    make_printable(&out);
    return out.over ? "" : out.p;
}
