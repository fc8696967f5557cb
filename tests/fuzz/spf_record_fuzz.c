/*
 * SPF records and macros: the first line is the sender, the rest a record.
 * What parses has its terms within the text, and every domain-spec of it
 * and the text itself as an explanation expand within bounds.
 */
#include <string.h>

#include "spf/spf_macro.h"
#include "spf/spf_record.h"
#include "fuzz.h"
#include "mail/domain.h"

static void within(struct str part, struct str all)
{
    HOLDS(part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n));
}

static struct spf_macro_values values_of(struct str sender, const char *ip)
{
    struct str local = str_slice(sender, 0, str_find(sender, '@'));
    struct spf_macro_values v = {
        .sender = sender,
        .local = local,
        .sender_domain = str_slice(sender, local.n + 1, sender.n),
        .domain = STR("current.example"),
        .helo = sender,
        .validated = STR("unknown"),
        .receiver = STR("mx.example"),
        .now = 1700000000,
    };

    HOLDS(ip_parse(str_of(ip), &v.ip));
    return v;
}

static void expand_domain(struct arena *a, struct str spec, const struct spf_macro_values *v)
{
    struct str name;

    HOLDS(spf_macro_check_domain(spec, NULL) == RC_OK);
    HOLDS(spf_macro_check(spec, SPF_MACRO_EXPLAIN, NULL) == RC_OK);
    if (spf_macro_domain(a, spec, v, &name) != RC_OK)
        return;
    HOLDS(name.n <= DOMAIN_MAX || str_find(name, '.') == name.n);
    for (size_t i = 0; i < name.n; i++)
        HOLDS(name.p[i] < 'A' || name.p[i] > 'Z');
    HOLDS(name.n == 0 || name.p[name.n] == '\0');
}

static void check_record(struct arena *a, struct str text, const struct spf_record *r,
                         const struct spf_macro_values *v)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct spf_term *t = &r->directive[i];

        within(t->text, text);
        HOLDS(t->text.n > 0 && str_find(t->text, ' ') == t->text.n);
        HOLDS(strchr("+-~?", t->qualifier) != NULL);
        HOLDS(t->bits4 <= 32 && t->bits6 <= 128);
        HOLDS(t->kind != SPF_TERM_IP4 || t->network.family == IP_V4);
        HOLDS(t->kind != SPF_TERM_IP6 || t->network.family == IP_V6);
        if (t->domain.n > 0)
            expand_domain(a, t->domain, v);
    }
    if (r->redirect.text.n > 0)
        expand_domain(a, r->redirect.domain, v);
    if (r->exp.n > 0)
        expand_domain(a, r->exp, v);
}

static void check_explanation(struct str text, const struct spf_macro_values *v)
{
    char mem[1001];
    struct strbuf out = STRBUF_ON(mem);

    if (spf_macro_check(text, SPF_MACRO_EXPLAIN, NULL) != RC_OK)
        return;
    spf_macro_expand(&out, text, v);
    HOLDS(out.n <= out.max);
    (void)spf_macro_uses(text, 'p');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size), sender = fuzz_take(&text, '\n');
    struct spf_macro_values v4 = values_of(sender, "192.0.2.3"), v6 = values_of(sender, "2001:db8::cb01");
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct spf_record record;
    struct err e = ERR_NONE;

    if (spf_record_is(text)) {
        if (spf_record_parse(a, text, &record, &e) == RC_OK) {
            check_record(a, text, &record, &v4);
            check_record(a, text, &record, &v6);
        } else {
            HOLDS(e.text[0] != '\0');
            for (const char *c = e.text; *c != '\0'; c++)
                HOLDS(*c >= ' ' && *c <= '~');
        }
    }
    check_explanation(text, &v4);
    check_explanation(text, &v6);
    arena_free(a);
    return 0;
}
