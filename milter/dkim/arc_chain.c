#include "dkim/arc_chain.h"

#include "mail/lex.h"

enum kind { KIND_RESULTS, KIND_SIGNATURE, KIND_SEAL, KIND_COUNT };

static const struct {
    const char *name;
    const char *abbreviation;
} kinds[KIND_COUNT] = {
    [KIND_RESULTS] = {"ARC-Authentication-Results", "AAR"},
    [KIND_SIGNATURE] = {"ARC-Message-Signature", "AMS"},
    [KIND_SEAL] = {"ARC-Seal", "AS"},
};

/* KIND_COUNT for other fields. */
static enum kind arc_chain_kind_of(struct str name)
{
    enum kind k = 0;

    name = str_trim(name);
    while (k < KIND_COUNT && !str_eq_nocase(name, str_of(kinds[k].name)))
        k++;
    return k;
}

/* ---- saying what is wrong; the first problem is the one that is told ---- */

static enum rc problem(struct arena *a, struct arc_chain *chain, enum kind kind, size_t instance,
                       const char *what)
{
    struct strbuf b = strbuf_new(a, 200);

    if (chain->problem[0] != '\0')
        return RC_OK;
    if (b.over)
        return RC_NOMEM;
    strbuf_puts(&b, kinds[kind].abbreviation);
    if (instance > 0)
        strbuf_putf(&b, " i=%zu", instance);
    strbuf_putf(&b, ": %s", what);
    chain->problem = b.p;
    return RC_OK;
}

/* ---- reading one field ---- */

/*
 * RFC 8617 section 4.1.1: [CFWS] "i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";"
 * before all else.  0 when it is not so, or not 1 to 50.
 */
static unsigned read_results(struct str value, struct str *payload)
{
    struct lex l = lex_on(value);
    struct str digits;
    uint32_t n;

    if (!lex_cfws(&l) || !lex_take(&l, 'i') || !lex_cfws(&l) || !lex_take(&l, '=') || !lex_cfws(&l))
        return 0;
    digits = lex_span(&l, char_is_digit);
    if (digits.n > 2 || !str_to_u32(digits, &n) || n > DKIM_SIG_INSTANCE_MAX || !lex_cfws(&l) ||
        !lex_take(&l, ';'))
        return 0;
    *payload = str_slice(value, l.at, value.n);
    return n;
}

/* Files a field under its instance, which it must have to itself. */
static enum rc file_field(struct arena *a, struct arc_chain *chain, enum kind kind,
                          const struct header *field)
{
    struct str payload = STR_NONE;
    struct dkim_sig sig = {.instance = 0};
    const struct header **place;
    struct arc_link *link;
    enum rc rc = RC_OK;

    if (kind == KIND_RESULTS)
        sig.instance = read_results(field->value, &payload);
    else
        rc = dkim_sig_parse(a, field->value, kind == KIND_SEAL ? DKIM_SIG_SEAL : DKIM_SIG_ARC, &sig);
    if (rc != RC_OK)
        return rc;
    chain->over = chain->over || sig.over;
    if (sig.instance == 0)
        return problem(a, chain, kind, 0, "i= or the field as a whole cannot be read");
    link = &chain->link[sig.instance - 1];
    place = kind == KIND_RESULTS ? &link->results : kind == KIND_SEAL ? &link->seal_field : &link->signature;
    if (*place != NULL)
        return problem(a, chain, kind, sig.instance, "more than one");
    *place = field;
    if (kind == KIND_RESULTS)
        link->payload = payload;
    else
        *(kind == KIND_SEAL ? &link->seal : &link->sign) = sig;
    if (sig.instance > chain->n)
        chain->n = sig.instance;
    return RC_OK;
}

/* ---- the chain as a whole ---- */

/* Section 5.2 step 2: the last sealer found the chain broken, and so it stays. */
static bool ended(const struct arc_chain *chain)
{
    return str_eq(chain->link[chain->n - 1].seal.seal, STR("fail"));
}

/* Section 5.2 step 3: each set whole, the first seal says none, the others pass. */
static enum rc check_link(struct arena *a, struct arc_chain *chain, size_t instance)
{
    const struct arc_link *link = &chain->link[instance - 1];

    if (link->results == NULL)
        return problem(a, chain, KIND_RESULTS, instance, "missing");
    if (link->signature == NULL)
        return problem(a, chain, KIND_SIGNATURE, instance, "missing");
    if (link->seal_field == NULL)
        return problem(a, chain, KIND_SEAL, instance, "missing");
    if (link->seal.fault != DKIM_SIG_OK)
        return problem(a, chain, KIND_SEAL, instance, link->seal.why);
    if (instance == 1 && !str_eq(link->seal.seal, STR("none")))
        return problem(a, chain, KIND_SEAL, instance, "cv= of the first seal is not none");
    if (instance > 1 && !str_eq(link->seal.seal, STR("pass")))
        return problem(a, chain, KIND_SEAL, instance, "cv= of a later seal is not pass");
    return RC_OK;
}

/* Section 5.2 step 1.  Every field counts, lest one that cannot be read shorten the chain. */
static bool too_many(const struct header *headers, size_t count, size_t *fields)
{
    size_t n[KIND_COUNT + 1] = {0};

    for (size_t i = 0; i < count; i++)
        n[arc_chain_kind_of(headers[i].name)]++;
    *fields = n[KIND_RESULTS] + n[KIND_SIGNATURE] + n[KIND_SEAL];
    return n[KIND_RESULTS] > DKIM_SIG_INSTANCE_MAX || n[KIND_SIGNATURE] > DKIM_SIG_INSTANCE_MAX ||
           n[KIND_SEAL] > DKIM_SIG_INSTANCE_MAX;
}

enum rc arc_chain_read(struct arena *a, const struct header *headers, size_t count, struct arc_chain *out)
{
    enum rc rc = RC_OK;

    *out = (struct arc_chain){.problem = ""};
    out->over = too_many(headers, count, &out->fields);
    if (out->over)
        out->problem = "more ARC sets than 50";
    if (out->over || out->fields == 0)
        return RC_OK;
    out->link = arena_array(a, DKIM_SIG_INSTANCE_MAX, sizeof *out->link);
    if (out->link == NULL)
        return RC_NOMEM;
    for (size_t i = 0; i < count && rc == RC_OK && out->problem[0] == '\0'; i++) {
        enum kind kind = arc_chain_kind_of(headers[i].name);

        if (kind != KIND_COUNT)
            rc = file_field(a, out, kind, &headers[i]);
    }
    if (rc == RC_OK && out->n > 0 && ended(out))
        rc = problem(a, out, KIND_SEAL, out->n, "cv=fail");
    for (size_t i = 1; i <= out->n && rc == RC_OK && out->problem[0] == '\0'; i++)
        rc = check_link(a, out, i);
    return rc;
}
