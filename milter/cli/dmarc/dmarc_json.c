/* The JSON of `assay dmarc`. */
#include "cli/dmarc/dmarc_show.h"

#include <string.h>

#include "dmarc/dmarc_align.h"

/* "" in our structures is absence, which JSON calls null. */
static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

/* ---- an evaluation ---- */

static const struct dmarc_author *author_of(const struct dmarc_shown *s)
{
    for (size_t i = 0; i < s->evidence->author_count; i++)
        if (strcmp(s->evidence->author[i].domain, s->verdict->author_domain) == 0)
            return &s->evidence->author[i];
    return NULL;
}

static struct jnode *walk_json(const struct dmarc_author *author)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; author != NULL && i < author->walk.n; i++)
        jnode_append_text(list, author->walk.step[i].domain);
    return list;
}

static struct jnode *errors_json(const struct dmarc_record *r)
{
    struct jnode *list = jnode_array();

    for (int i = 0; r != NULL && i < dmarc_record_error_names.count; i++)
        if ((r->errors & 1u << i) != 0)
            jnode_append_text(list, enum_name(&dmarc_record_error_names, i));
    return list;
}

static void put_policy(struct jnode *o, const struct dmarc_verdict *v)
{
    bool applied = v->result == DMARC_PASS || v->result == DMARC_FAIL;

    jnode_text(o, "policy_domain", or_null(v->policy_domain));
    jnode_text(o, "policy_source", or_null(enum_name(&dmarc_source_names, (int)v->source)));
    jnode_text(o, "policy_tag", applied ? or_null(enum_name(&dmarc_tag_names, (int)v->tag)) : NULL);
    jnode_text(o, "requested_policy", applied ? enum_name(&dmarc_policy_names, (int)v->requested) : NULL);
    jnode_text(o, "policy", applied ? enum_name(&dmarc_policy_names, (int)v->policy) : NULL);
    jnode_bool(o, "testing", v->testing);
}

/* true, false, or null for what was not established. */
static void put_aligned(struct jnode *o, enum dmarc_alignment alignment)
{
    if (alignment == DMARC_ALIGN_YES || alignment == DMARC_ALIGN_NO)
        jnode_bool(o, "aligned", alignment == DMARC_ALIGN_YES);
    else
        jnode_text(o, "aligned", NULL);
}

static struct jnode *identifiers_json(const struct dmarc_shown *s, const struct dmarc_author *author)
{
    const struct dmarc_evidence *e = s->evidence;
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < s->id_count; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "method", s->ids[i].dkim ? "dkim" : "spf");
        jnode_text(o, "domain", s->ids[i].domain);
        jnode_text(o, "result", s->ids[i].pass ? "pass" : "temperror");
        if (author != NULL && s->verdict->record != NULL)
            put_aligned(o, dmarc_align_one(&author->walk, s->verdict->record, &s->ids[i], e->identifier,
                                           e->identifier_count));
        jnode_append(list, o);
    }
    return list;
}

struct jnode *dmarc_json(const struct dmarc_shown *s)
{
    const struct dmarc_verdict *v = s->verdict;
    const struct dmarc_author *author = author_of(s);
    struct jnode *o = jnode_object();

    jnode_text(o, "result", enum_name(&dmarc_result_names, (int)v->result));
    jnode_text(o, "why", or_null(v->why));
    jnode_text(o, "author_domain", or_null(v->author_domain));
    jnode_text(o, "org_domain", or_null(v->org_domain));
    put_policy(o, v);
    jnode_bool(o, "spf_aligned", v->spf_aligned);
    jnode_bool(o, "dkim_aligned", v->dkim_aligned);
    jnode_put(o, "identifiers", identifiers_json(s, author));
    jnode_put(o, "walk", walk_json(author));
    jnode_text(o, "record", or_null(v->record_text));
    jnode_put(o, "record_errors", errors_json(v->record));
    return o;
}

/* ---- a record ---- */

static const char *dmarc_json_policy_text(const struct dmarc_policy_tag *tag)
{
    return tag->state == DMARC_TAG_VALID ? enum_name(&dmarc_policy_names, (int)tag->value) : NULL;
}

static struct jnode *uris_json(const char *const *uris, size_t n)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < n; i++)
        jnode_append_text(list, uris[i]);
    return list;
}

struct jnode *dmarc_record_json(const struct dmarc_record *r)
{
    struct jnode *o = jnode_object();

    jnode_bool(o, "is_dmarc", r != NULL);
    if (r == NULL)
        return o;
    jnode_text(o, "p", dmarc_json_policy_text(&r->p));
    jnode_text(o, "sp", dmarc_json_policy_text(&r->sp));
    jnode_text(o, "np", dmarc_json_policy_text(&r->np));
    jnode_text(o, "adkim", r->adkim_strict ? "s" : "r");
    jnode_text(o, "aspf", r->aspf_strict ? "s" : "r");
    jnode_text(o, "psd", enum_name(&dmarc_psd_names, (int)r->psd));
    jnode_text(o, "t", r->testing ? "y" : "n");
    jnode_text(o, "fo", r->fo);
    jnode_put(o, "rua", uris_json(r->rua, r->rua_count));
    jnode_put(o, "ruf", uris_json(r->ruf, r->ruf_count));
    jnode_bool(o, "usable", !dmarc_record_unusable(r));
    jnode_put(o, "errors", errors_json(r));
    return o;
}

/* ---- a report destination ---- */

struct jnode *dmarc_external_json(const struct dmarc_external *x)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "decision", enum_name(&dmarc_destination_names, (int)x->decision));
    jnode_text(o, "why", x->why);
    jnode_text(o, "asked", or_null(x->name));
    jnode_put(o, "send_to", uris_json(x->send_to, x->send_count));
    return o;
}
