/* The JSON of `assay check`: evidence, verdict, header. */
#include <string.h>

#include "cli/check/check.h"
#include "formats/json.h"

static struct jnode *spf_node(const struct spf_evidence *e)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "result", e->checked ? enum_name(&spf_result_names, (int)e->result) : "none");
    jnode_bool(o, "checked", e->checked);
    jnode_text(o, "domain", e->domain);
    jnode_text(o, "scope", e->from_helo ? "helo" : "mfrom");
    jnode_text(o, "mechanism", e->mechanism);
    jnode_text(o, "mechanism_domain", e->mechanism_domain);
    jnode_text(o, "explanation", e->explanation);
    jnode_text(o, "problem", e->problem);
    jnode_text(o, "trouble", enum_name(&spf_trouble_names, (int)e->trouble));
    jnode_text(o, "trouble_domain", e->trouble_domain);
    jnode_text(o, "record", e->record);
    jnode_int(o, "lookups", e->lookups);
    jnode_int(o, "void_lookups", e->void_lookups);
    return o;
}

static struct jnode *signature_node(const struct dkim_signature *s)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "result", enum_name(&dkim_result_names, (int)s->result));
    jnode_text(o, "problem", enum_name(&dkim_problem_names, (int)s->problem));
    jnode_text(o, "reason", s->reason);
    jnode_bool(o, "checked", s->checked);
    jnode_text(o, "domain", s->domain);
    jnode_text(o, "identity", s->identity);
    jnode_text(o, "selector", s->selector);
    jnode_text(o, "algorithm", s->algorithm);
    jnode_text(o, "b", s->b);
    jnode_int(o, "key_bits", s->key_bits);
    jnode_bool(o, "testing", s->testing);
    jnode_bool(o, "from_signed", s->from_signed);
    jnode_int(o, "unsigned_bytes", (int64_t)s->unsigned_bytes);
    jnode_text(o, "key_host", s->key_host);
    return o;
}

static struct jnode *dkim_node(const struct dkim_evidence *e)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < e->n; i++)
        jnode_append(list, signature_node(&e->sig[i]));
    return list;
}

static struct jnode *arc_node(const struct arc_evidence *e)
{
    struct jnode *o = jnode_object(), *sets = jnode_array();

    jnode_text(o, "result", enum_name(&arc_result_names, (int)e->result));
    jnode_text(o, "reason", e->reason);
    jnode_int(o, "oldest_pass", e->oldest_pass);
    for (size_t i = 0; i < e->n; i++) {
        struct jnode *set = jnode_object();

        jnode_int(set, "instance", (int64_t)i + 1);
        jnode_text(set, "seal_domain", e->set[i].seal_domain);
        jnode_text(set, "seal_selector", e->set[i].seal_selector);
        jnode_text(set, "sign_domain", e->set[i].sign_domain);
        jnode_str(set, "authentication_results", e->set[i].authres);
        jnode_append(sets, set);
    }
    jnode_put(o, "sets", sets);
    return o;
}

static struct jnode *walk_node(const struct dmarc_walk *w)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < w->n; i++) {
        struct jnode *step = jnode_object();

        jnode_text(step, "name", w->step[i].domain);
        jnode_text(step, "record", w->step[i].text);
        if (w->step[i].temp)
            jnode_text(step, "failed", w->step[i].why);
        jnode_append(list, step);
    }
    return list;
}

static struct jnode *dmarc_node(const struct check *c)
{
    const struct dmarc_evidence *e = &c->evidence.dmarc;
    struct jnode *o = jnode_object(), *authors = jnode_array();

    jnode_text(o, "result", enum_name(&dmarc_result_names, (int)c->judgement.verdict.dmarc.result));
    jnode_text(o, "from_problem", e->problem == FROM_OK ? "" : enum_name(&from_problem_names, (int)e->problem));
    for (size_t i = 0; i < e->author_count; i++) {
        struct jnode *author = jnode_object();

        jnode_text(author, "domain", e->author[i].domain);
        jnode_put(author, "walk", walk_node(&e->author[i].walk));
        jnode_append(authors, author);
    }
    jnode_put(o, "authors", authors);
    return o;
}

static struct jnode *iprev_node(const struct iprev_evidence *e)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "result", enum_name(&iprev_result_names, (int)e->result));
    jnode_text(o, "name", e->name);
    return o;
}

static struct jnode *evidence_node(const struct check *c)
{
    struct jnode *o = jnode_object();

    jnode_put(o, "spf", spf_node(&c->evidence.spf));
    jnode_put(o, "dkim", dkim_node(&c->evidence.dkim));
    jnode_put(o, "arc", arc_node(&c->evidence.arc));
    jnode_put(o, "iprev", iprev_node(&c->evidence.iprev));
    jnode_put(o, "dmarc", dmarc_node(c));
    jnode_text(o, "published_by", c->evidence.published_by);
    jnode_int(o, "dns_questions", c->evidence.dns_questions);
    jnode_int(o, "dns_ms", c->evidence.dns_ms);
    return o;
}

static struct jnode *verdict_node(const struct verdict *v)
{
    const struct dmarc_verdict *d = &v->dmarc;
    struct jnode *o = jnode_object(), *overrides = jnode_array();

    jnode_text(o, "result", enum_name(&dmarc_result_names, (int)d->result));
    jnode_text(o, "author_domain", d->author_domain);
    jnode_text(o, "org_domain", d->org_domain);
    jnode_text(o, "policy_domain", d->policy_domain);
    jnode_text(o, "policy_source", enum_name(&dmarc_source_names, (int)d->source));
    jnode_text(o, "policy_tag", enum_name(&dmarc_tag_names, (int)d->tag));
    jnode_text(o, "requested_policy", d->record == NULL ? "" : enum_name(&dmarc_policy_names, (int)d->requested));
    jnode_text(o, "policy", d->record == NULL ? "" : enum_name(&dmarc_policy_names, (int)d->policy));
    jnode_bool(o, "testing", d->testing);
    jnode_bool(o, "spf_aligned", d->spf_aligned);
    jnode_bool(o, "dkim_aligned", d->dkim_aligned);
    jnode_text(o, "why", d->why);
    jnode_text(o, "record", d->record_text);
    jnode_text(o, "disposition", enum_name(&disposition_names, (int)v->disposition));
    jnode_text(o, "action", v->rule[0] == '\0' ? "" : enum_name(&policy_action_names, (int)v->action));
    jnode_text(o, "rule", v->rule);
    jnode_text(o, "enforcement", enum_name(&enforcement_names, (int)v->enforcement));
    for (size_t i = 0; i < v->override_count; i++)
        jnode_append_text(overrides, enum_name(&override_type_names, (int)v->override[i].type));
    jnode_put(o, "overrides", overrides);
    verdict_json(o, v);
    return o;
}

static struct jnode *reply_node(const struct action *reply)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "code", reply->code);
    jnode_text(o, "xcode", reply->xcode);
    jnode_text(o, "text", reply->text);
    return o;
}

void check_print_json(const struct check *c)
{
    struct jnode *root = jnode_object(), *removed = jnode_array();

    jnode_put(root, "evidence", evidence_node(c));
    jnode_put(root, "verdict", verdict_node(&c->judgement.verdict));
    for (size_t i = 0; i < c->judgement.actions.n; i++) {
        const struct action *act = &c->judgement.actions.item[i];

        if (act->kind == ACTION_DELETE_HEADER)
            jnode_append_text(removed, act->name);
        else if (act->kind == ACTION_INSERT_HEADER)
            jnode_text(root, strcmp(act->name, ACTION_STAMP_FIELD) == 0 ? "header" : "quarantine", act->text);
        else if (act->kind == ACTION_QUARANTINE)
            jnode_text(root, "quarantine", act->text);
        else
            jnode_put(root, "reply", reply_node(act));
    }
    jnode_put(root, "removed", removed);
    jnode_text(root, "log", c->logline);
    jnode_print(root, stdout);
}
