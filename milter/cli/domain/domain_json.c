/* `assay domain --json` */
#include <stdio.h>
#include <string.h>

#include "cli/domain/domain_out.h"
#include "formats/json.h"

static struct jnode *sources_array(const struct health_finding *f)
{
    struct jnode *sources = jnode_array();

    for (size_t i = 0; i < f->hits; i++) {
        struct jnode *s = jnode_object();

        jnode_text(s, "source", f->hit[i]->name);
        jnode_text(s, "status", f->hit[i]->status);
        jnode_int(s, "messages", f->hit[i]->messages);
        jnode_int(s, "own", f->hit[i]->own);
        jnode_int(s, "reported", f->hit[i]->reported);
        jnode_append(sources, s);
    }
    return sources;
}

static struct jnode *finding(const struct health *h, const struct health_finding *f)
{
    struct jnode *o = jnode_object(), *facts = jnode_object(), *publish = jnode_array();

    jnode_text(o, "id", f->id);
    jnode_text(o, "severity", enum_name(&health_severity_names, (int)f->severity));
    jnode_str(o, "area", str_slice(str_of(f->id), 0, str_find(str_of(f->id), '-')));
    jnode_text(o, "at", f->at);
    jnode_text(o, "what", f->what);
    jnode_text(o, "why", f->why);
    jnode_text(o, "breaks", f->breaks);
    jnode_text(o, "next", f->next);
    jnode_text(o, "rule", f->rule);
    jnode_text(o, "whose", f->whose);
    for (size_t i = 0; i < f->facts; i++)
        jnode_text(facts, f->fact[i].key, f->fact[i].value);
    jnode_put(o, "facts", facts);
    jnode_put(o, "sources", sources_array(f));
    for (size_t i = 0; i < h->publishes; i++) {
        const char *at = strstr(h->publish[i].mends, f->id);
        size_t n = strlen(f->id);

        if (at != NULL && (at[n] == '\0' || at[n] == ' '))
            jnode_append_text(publish, h->publish[i].name);
    }
    jnode_put(o, "publish", publish);
    return o;
}

size_t domain_strings(struct str text, struct str *out, size_t max)
{
    size_t n = 0;

    while (text.n > 0 && n < max) {
        size_t cut = text.n;

        if (text.n > 255) {
            cut = 255;
            while (cut > 0 && text.p[cut - 1] != ' ')
                cut--;
            cut = cut == 0 ? 255 : cut;
        }
        out[n++] = str_slice(text, 0, cut);
        text = str_slice(text, cut, text.n);
    }
    return n;
}

static struct jnode *publish_array(const struct health *h)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < h->publishes; i++) {
        const struct health_publish *p = &h->publish[i];
        struct jnode *o = jnode_object(), *strings = jnode_array();
        struct str part[300];
        size_t parts = strcmp(p->type, "TXT") == 0 ? domain_strings(str_of(p->value), part, 300) : 0;

        jnode_text(o, "name", p->name);
        jnode_text(o, "type", p->type);
        jnode_int(o, "ttl", p->ttl);
        jnode_text(o, "value", p->value);
        for (size_t k = 0; k < parts; k++) {
            char mem[260];
            struct strbuf b = STRBUF_ON(mem);

            strbuf_put(&b, part[k]);
            jnode_append_text(strings, mem);
        }
        jnode_put(o, "strings", strings);
        jnode_text(o, "replaces", p->replaces);
        jnode_text(o, "mends", p->mends);
        jnode_text(o, "whose", p->whose);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *spf_object(const struct health *h)
{
    struct jnode *o = jnode_object(), *tree = jnode_array();

    jnode_text(o, "record", h->spf.text);
    jnode_bool(o, "walked", h->spf.walked);
    jnode_bool(o, "open", h->spf.open);
    jnode_int(o, "lookups", h->spf.lookups);
    jnode_int(o, "after", h->spf.after);
    jnode_int(o, "void4", h->spf.void4);
    jnode_int(o, "void6", h->spf.void6);
    jnode_text(o, "choices", h->spf.choices);
    for (size_t i = 0; i < h->spf.branches; i++) {
        const struct health_branch *b = &h->spf.branch[i];
        struct jnode *t = jnode_object();

        jnode_int(t, "depth", b->depth);
        jnode_text(t, "term", b->term);
        jnode_int(t, "lookups", b->lookups);
        jnode_text(t, "note", b->note);
        jnode_append(tree, t);
    }
    jnode_put(o, "tree", tree);
    return o;
}

static struct jnode *dkim_array(const struct health *h)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < h->selectors; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "name", h->selector[i].name);
        jnode_text(o, "source", h->selector[i].source);
        jnode_text(o, "state", h->selector[i].state);
        jnode_bool(o, "in_use", h->selector[i].in_use);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *marks(const struct health_mark *mark, size_t n)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "id", mark[i].id);
        jnode_text(o, "at", mark[i].at);
        jnode_append(list, o);
    }
    return list;
}

static void put_more(struct jnode *o, const struct health *h)
{
    struct jnode *dmarc = jnode_object(), *sts = jnode_object(), *flat = jnode_object();

    jnode_text(dmarc, "record", h->dmarc);
    jnode_text(dmarc, "domain", h->dmarc_at);
    jnode_put(o, "dmarc", dmarc);
    jnode_text(sts, "id", h->more.sts_id);
    jnode_text(sts, "mode", h->more.sts_mode);
    jnode_put(o, "sts", sts);
    jnode_text(o, "tlsrpt", h->more.tlsrpt);
    jnode_text(o, "bimi", h->more.bimi);
    jnode_text(o, "dnssec", h->more.dnssec);
    if (h->flat.records > 0 || h->flat.refused[0] != '\0') {
        jnode_int(flat, "lookups", h->flat.lookups);
        jnode_int(flat, "records", h->flat.records);
        jnode_text(flat, "refused", h->flat.refused);
        jnode_put(o, "flat", flat);
    } else {
        jnode_put(o, "flat", flat);
    }
}

static struct jnode *server_object(const struct propagation *p, const struct propagation_server *s, bool resolver)
{
    struct jnode *o = jnode_object(), *answers = jnode_object();

    jnode_text(o, "address", s->address);
    jnode_bool(o, "resolver", resolver);
    jnode_text(o, "state", enum_name(&propagation_state_names, (int)s->state));
    if (!resolver && s->state == PROPAGATION_ANSWERED)
        jnode_int(o, "serial", s->serial);
    for (size_t i = 0; i < p->names; i++)
        if (s->set[i] != NULL)
            jnode_text(answers, p->name[i], s->set[i]);
    jnode_put(o, "answers", answers);
    return o;
}

static struct jnode *servers_array(const struct propagation *p)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; p != NULL && i < p->servers; i++)
        jnode_append(list, server_object(p, &p->server[i], false));
    for (size_t i = 0; p != NULL && i < p->resolvers; i++)
        jnode_append(list, server_object(p, &p->resolver[i], true));
    return list;
}

static struct jnode *mx_array(const struct health *h)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < h->mxs; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "name", h->mx[i].name);
        jnode_int(o, "preference", h->mx[i].preference);
        jnode_text(o, "state", h->mx[i].state);
        jnode_bool(o, "alias", h->mx[i].alias);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *changes_array(const struct health *h)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < h->changes; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "kind", h->change[i].kind);
        jnode_text(o, "name", h->change[i].name);
        jnode_text(o, "old", h->change[i].old);
        jnode_text(o, "new", h->change[i].new);
        jnode_int(o, "when", h->change[i].when);
        jnode_append(list, o);
    }
    return list;
}

static void put_names(struct jnode *o, const struct health *h)
{
    struct jnode *names = jnode_array(), *since = jnode_object();

    for (size_t i = 0; i < h->alikes; i++)
        jnode_append_text(names, h->alike[i].name);
    jnode_put(o, "lookalikes", names);
    if (h->compared) {
        jnode_put(since, "new", marks(h->fresh, h->freshs));
        jnode_put(since, "gone", marks(h->gone, h->gones));
        jnode_put(since, "still", marks(h->still, h->stills));
    }
    jnode_put(o, "since", since);
}

struct jnode *domain_json(const struct health *h)
{
    struct jnode *o = jnode_object(), *list = jnode_array();

    jnode_text(o, "domain", h->domain);
    jnode_text(o, "role", enum_name(&health_role_names, (int)h->role));
    jnode_text(o, "word", enum_name(&health_word_names, (int)h->word));
    jnode_text(o, "because", h->because);
    jnode_bool(o, "incomplete", h->starved);
    for (size_t i = 0; i < h->findings; i++)
        jnode_append(list, finding(h, &h->finding[i]));
    jnode_put(o, "findings", list);
    jnode_put(o, "publish", publish_array(h));
    jnode_put(o, "spf", spf_object(h));
    jnode_put(o, "dkim", dkim_array(h));
    jnode_put(o, "mx", mx_array(h));
    put_more(o, h);
    put_names(o, h);
    jnode_put(o, "changes", changes_array(h));
    jnode_put(o, "propagation", servers_array(h->servers));
    jnode_int(o, "selectors", h->selectors);
    jnode_int(o, "questions", h->questions);
    return o;
}
