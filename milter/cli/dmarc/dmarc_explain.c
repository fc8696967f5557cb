/* `assay dmarc` in words. */
#include "cli/dmarc/dmarc_show.h"

#include <stdio.h>
#include <string.h>

#include "dmarc/dmarc_align.h"

enum { RECORD_SHOWN_MAX = 1000 }; /* bytes of a published record on the terminal */

/* ---- the walk ---- */

/* Text a publisher chose, fit for a terminal. */
static const char *dmarc_explain_shown(struct arena *a, const char *text)
{
    struct strbuf b = strbuf_new(a, 4 * RECORD_SHOWN_MAX + 4);

    strbuf_put_clean(&b, str_of(text), RECORD_SHOWN_MAX);
    return b.p;
}

static void explain_step(struct arena *a, const struct dmarc_step *s)
{
    (void)printf("  _dmarc.%s: ", s->domain);
    if (s->temp)
        (void)printf("no answer from DNS (%s)\n", s->why);
    else if (s->several)
        (void)printf("more than one DMARC record, so none counts\n");
    else if (s->oversized)
        (void)printf("a DMARC record of more than %d bytes, ignored\n", DMARC_RECORD_MAX);
    else
        (void)printf("%s\n", s->record == NULL ? "no DMARC record" : dmarc_explain_shown(a, s->text));
}

static void explain_walk(struct arena *a, const char *what, const struct dmarc_walk *w)
{
    (void)printf("%s %s:\n", what, w->start);
    for (size_t i = 0; i < w->n; i++)
        explain_step(a, &w->step[i]);
}

/* ---- alignment ---- */

static const char *alignment_words(enum dmarc_alignment alignment)
{
    switch (alignment) {
    case DMARC_ALIGN_YES: return "aligned";
    case DMARC_ALIGN_NO: return "not aligned";
    case DMARC_ALIGN_UNKNOWN: return "not known, DNS failed";
    case DMARC_ALIGN_AUTHOR_WALK:
    case DMARC_ALIGN_OWN_WALK: break;
    }
    return "not looked at, as it can change nothing";
}

static void explain_identifiers(const struct dmarc_shown *s, const struct dmarc_author *author)
{
    const struct dmarc_evidence *e = s->evidence;
    const struct dmarc_record *r = s->verdict->record;

    (void)printf("Identifiers that authenticated%s\n", s->id_count == 0 ? ": none" : ":");
    for (size_t i = 0; i < s->id_count; i++) {
        const struct dmarc_identifier *id = &s->ids[i];

        (void)printf("  %s %s for %s", id->dkim ? "DKIM" : "SPF", id->pass ? "pass" : "temperror", id->domain);
        if (r != NULL)
            (void)printf(": %s (%s)",
                         alignment_words(dmarc_align_one(&author->walk, r, id, e->identifier, e->identifier_count)),
                         (id->dkim ? r->adkim_strict : r->aspf_strict) ? "strict" : "relaxed");
        (void)putchar('\n');
    }
}

/* ---- the policy ---- */

static void explain_errors(const struct dmarc_record *r)
{
    if (r->errors == 0)
        return;
    (void)printf("  Mistakes in it:");
    for (int i = 0; i < dmarc_record_error_names.count; i++)
        if ((r->errors & 1u << i) != 0)
            (void)printf(" %s", enum_name(&dmarc_record_error_names, i));
    (void)putchar('\n');
}

static void explain_policy(const struct dmarc_verdict *v)
{
    static const char *const where[] = {"", "the author domain", "the organizational domain",
                                        "the public suffix domain"};

    if (v->record == NULL) {
        (void)printf("Policy record: none\n");
        return;
    }
    (void)printf("Policy record: at %s, %s\n", v->policy_domain, where[v->source]);
    explain_errors(v->record);
    if (v->tag == DMARC_TAG_NONE)
        return;
    (void)printf("  %s=%s", enum_name(&dmarc_tag_names, (int)v->tag),
                 enum_name(&dmarc_policy_names, (int)v->requested));
    if (v->testing)
        (void)printf(", in test mode: %s", enum_name(&dmarc_policy_names, (int)v->policy));
    (void)putchar('\n');
}

static void explain_author(struct arena *a, const struct dmarc_shown *s, const struct dmarc_author *author)
{
    static const char *const exists[] = {NULL, "exists", "does not exist", "exists or not: no answer from DNS"};

    explain_walk(a, "Author domain", &author->walk);
    if (strcmp(author->domain, s->verdict->author_domain) != 0)
        return;
    if (exists[author->existence] != NULL)
        (void)printf("  %s %s\n", author->domain, exists[author->existence]);
    (void)printf("Organizational domain: %s\n",
                 s->verdict->org_domain[0] == '\0' ? "not known" : s->verdict->org_domain);
    explain_policy(s->verdict);
    explain_identifiers(s, author);
}

void dmarc_explain(struct arena *a, const struct dmarc_shown *s)
{
    const struct dmarc_verdict *v = s->verdict;

    for (size_t i = 0; i < s->evidence->author_count; i++)
        explain_author(a, s, &s->evidence->author[i]);
    for (size_t i = 0; i < s->evidence->identifier_count; i++)
        explain_walk(a, "Walk from", &s->evidence->identifier[i]);
    (void)printf("Result: %s", enum_name(&dmarc_result_names, (int)v->result));
    if (v->result == DMARC_FAIL)
        (void)printf(", policy %s", enum_name(&dmarc_policy_names, (int)v->policy));
    (void)printf("%s%s\n", v->why[0] == '\0' ? "" : ": ", v->why);
}

/* ---- a record, a report destination ---- */

static void explain_tag(const char *name, const struct dmarc_policy_tag *tag)
{
    static const char *const missing[] = {"absent", "", "invalid"};

    (void)printf("  %s: %s\n", name,
                 tag->state == DMARC_TAG_VALID ? enum_name(&dmarc_policy_names, (int)tag->value) : missing[tag->state]);
}

static void explain_uris(const char *name, const char *const *uris, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (void)printf("  %s: %s\n", name, uris[i]);
}

void dmarc_record_explain(const struct dmarc_record *r)
{
    if (r == NULL) {
        (void)printf("This is not a DMARC record: it does not begin with \"v=DMARC1\" and a semicolon.\n");
        return;
    }
    (void)printf("A DMARC record%s:\n",
                 !dmarc_record_unusable(r) ? "" :
                 r->rua_count > 0 ? " without a usable policy, which counts as p=none" :
                 " without a usable policy or report address, which is as good as none");
    explain_tag("p", &r->p);
    explain_tag("sp", &r->sp);
    explain_tag("np", &r->np);
    (void)printf("  adkim: %s\n  aspf: %s\n", r->adkim_strict ? "strict" : "relaxed",
                 r->aspf_strict ? "strict" : "relaxed");
    (void)printf("  psd: %s\n  t: %s\n  fo: %s\n", enum_name(&dmarc_psd_names, (int)r->psd), r->testing ? "y" : "n",
                 r->fo);
    explain_uris("rua", r->rua, r->rua_count);
    explain_uris("ruf", r->ruf, r->ruf_count);
    explain_errors(r);
}

void dmarc_external_explain(const struct dmarc_external *x)
{
    if (x->name[0] != '\0')
        (void)printf("Asked for leave: %s\n", x->name);
    (void)printf("%s: %s\n", enum_name(&dmarc_destination_names, (int)x->decision), x->why);
    explain_uris("send to", x->send_to, x->send_count);
}
