/* assay why --json: the record's columns under their names, and what is known around it. */
#include "cli/why.h"

#include "verdict/cause.h"

static void put_words(struct jnode *o, const char *key, const char *words)
{
    struct jnode *list = jnode_array();
    struct str rest = str_of(words);

    while (rest.n > 0) {
        struct str word = str_slice(rest, 0, str_find(rest, ','));
        char text[64];
        struct strbuf b = STRBUF_ON(text);

        strbuf_put(&b, word);
        jnode_append_text(list, text);
        rest = str_slice(rest, word.n + 1, rest.n);
    }
    jnode_put(o, key, list);
}

struct jnode *why_json_verdict(const struct record *r)
{
    struct jnode *o = jnode_object();
    int cause = CAUSE_NONE;

    (void)enum_value(&cause_names, str_of(r->cause), &cause);
    jnode_text(o, "dmarc", r->dmarc);
    jnode_text(o, "source", r->source);
    jnode_text(o, "source_proof", r->source_proof);
    jnode_text(o, "source_detail", r->source_detail);
    jnode_text(o, "status", r->status);
    jnode_text(o, "client", r->client);
    jnode_text(o, "cause", r->cause);
    jnode_text(o, "cause_detail", r->cause_detail);
    jnode_text(o, "meaning", cause_about((enum cause)cause)->meaning);
    put_words(o, "secondary", r->secondary);
    jnode_text(o, "playbook", r->playbook);
    jnode_text(o, "ref", r->ref);
    jnode_text(o, "ticket", r->ticket);
    jnode_text(o, "risk", r->risk);
    jnode_text(o, "next", r->next);
    jnode_text(o, "disposition", r->disposition);
    return o;
}

static struct jnode *signatures(struct arena *a, const struct record *r)
{
    struct jnode *list = jnode_array();
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "result", enum_name(&dkim_result_names, (int)sig[i].result));
        jnode_str(o, "domain", sig[i].domain);
        jnode_str(o, "selector", sig[i].selector);
        jnode_str(o, "algorithm", sig[i].algorithm);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *same(const struct store_tally *t)
{
    struct jnode *o = jnode_object();

    jnode_int(o, "messages", t->messages);
    jnode_int(o, "days", t->days);
    jnode_int(o, "first_day", t->first_day);
    jnode_int(o, "last_day", t->last_day);
    return o;
}

static struct jnode *entry(const struct casefile *c)
{
    struct jnode *o = jnode_object(), *list = jnode_array();

    jnode_text(o, "domain", c->entry->domain);
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        jnode_text(o, inventory_field_name[i], c->entry->field[i]);
    jnode_int(o, "first_seen_ms", c->entry->first_seen_ms);
    jnode_int(o, "last_seen_ms", c->entry->last_seen_ms);
    jnode_int(o, "volume", c->entry->volume);
    jnode_int(o, "passed", c->entry->passed);
    for (size_t i = 0; i < c->change_count; i++) {
        struct jnode *change = jnode_object();

        jnode_int(change, "time_ms", c->change[i].time_ms);
        jnode_text(change, "who", c->change[i].who);
        jnode_text(change, "field", c->change[i].field);
        jnode_text(change, "old", c->change[i].old);
        jnode_text(change, "new", c->change[i].new);
        jnode_append(list, change);
    }
    jnode_put(o, "changes", list);
    return o;
}

static struct jnode *dns_texts(const struct casefile_dns *d)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < d->n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "text", d->text[i].text);
        jnode_int(o, "ttl", d->text[i].ttl);
        jnode_int(o, "first_seen_ms", d->text[i].first_seen_ms);
        jnode_int(o, "last_seen_ms", d->text[i].last_seen_ms);
        jnode_append(list, o);
    }
    return list;
}

static struct jnode *dns(const struct casefile *c)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < c->dns_count; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "kind", enum_name(&dns_kind_names, (int)c->dns[i].kind));
        jnode_text(o, "name", c->dns[i].name);
        jnode_bool(o, "changed", casefile_replaced(c, &c->dns[i]) != NULL);
        jnode_put(o, "texts", dns_texts(&c->dns[i]));
        jnode_append(list, o);
    }
    return list;
}

struct jnode *why_json(struct arena *a, const struct casefile *c)
{
    const struct record *r = c->record;
    struct jnode *o = jnode_object();
    char when[SHEET_TIME_MAX];

    jnode_text(o, "time", sheet_time(r->time_ms, when));
#define PUT_TEXT(name) jnode_text(o, #name, r->name);
#define PUT_INT(name) jnode_int(o, #name, r->name);
#define PUT(kind, name, help) PUT_##kind(name)
    RECORD_COLUMNS(PUT)
    jnode_put(o, "dkim_signatures", signatures(a, r));
    jnode_put(o, "verdict", why_json_verdict(r));
    jnode_put(o, "same", same(&c->same));
    if (c->entry != NULL)
        jnode_put(o, "inventory", entry(c));
    jnode_put(o, "dns", dns(c));
    if (r->cause[0] != '\0')
        jnode_text(o, "closure_note", casefile_closure(a, c));
    return o;
}
