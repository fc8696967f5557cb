/* assay why --json: the record's columns under their names, and what is known around it. */
#include "cli/why/why_json.h"

#include <string.h>
#include <time.h>

#include "desk/pasted_story.h"
#include "desk/sheet.h"
#include "desk/why_list.h"

#include "verdict/cause.h"

static void why_json_put_words(struct jnode *o, const char *key, const char *words)
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
    why_json_put_words(o, "secondary", r->secondary);
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

/* "2026-11-22", a day of UTC; null for none. */
static void put_day(struct jnode *o, const char *key, int64_t day)
{
    time_t at = (time_t)(day * 24 * 60 * 60);
    char text[40];
    struct tm tm;

    if (day == 0 || gmtime_r(&at, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%d", &tm) == 0)
        jnode_text(o, key, NULL);
    else
        jnode_text(o, key, text);
}

static struct jnode *same(const struct store_tally *t)
{
    struct jnode *o = jnode_object();

    jnode_int(o, "messages", t->messages);
    jnode_int(o, "days", t->days);
    put_day(o, "first_day", t->first_day);
    put_day(o, "last_day", t->last_day);
    return o;
}

struct jnode *why_json_entry(const struct inventory_row *row)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "domain", row->domain);
    jnode_text(o, "source", row->source);
    jnode_text(o, "client", row->client);
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        jnode_text(o, inventory_field_name[i], row->field[i]);
    jnode_time(o, "first_seen", row->first_seen_ms);
    jnode_time(o, "last_seen", row->last_seen_ms);
    jnode_int(o, "messages", row->volume);
    jnode_int(o, "passed", row->passed);
    return o;
}

static struct jnode *why_json_inventory(const struct casefile *c)
{
    struct jnode *o = why_json_entry(c->entry), *list = jnode_array();

    for (size_t i = 0; i < c->change_count; i++) {
        struct jnode *change = jnode_object();

        jnode_time(change, "time", c->change[i].time_ms);
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
        jnode_time(o, "first_seen", d->text[i].first_seen_ms);
        jnode_time(o, "last_seen", d->text[i].last_seen_ms);
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

/* Columns that are times or yes and no are so in JSON, too. */
static void why_json_put_number(struct jnode *o, const char *name, int64_t value)
{
    static const char *const booleans[] = {"spf_aligned", "dkim_aligned", "list"};

    if (strcmp(name, "time_ms") == 0) {
        jnode_time(o, "time", value);
        return;
    }
    for (size_t i = 0; i < sizeof booleans / sizeof booleans[0]; i++)
        if (strcmp(name, booleans[i]) == 0) {
            jnode_bool(o, name, value != 0);
            return;
        }
    jnode_int(o, name, value);
}

struct jnode *why_json(struct arena *a, const struct casefile *c)
{
    const struct record *r = c->record;
    struct jnode *o = jnode_object();

#define PUT_TEXT(name) jnode_text(o, #name, r->name);
#define PUT_INT(name) why_json_put_number(o, #name, r->name);
#define PUT(kind, name, help) PUT_##kind(name)
    RECORD_COLUMNS(PUT)
    if (r->host != NULL)
        jnode_text(o, "host", r->host);
    jnode_text(o, "fate", why_fate(r));
    jnode_put(o, "dkim_signatures", signatures(a, r));
    jnode_put(o, "verdict", why_json_verdict(r));
    jnode_put(o, "same", same(&c->same));
    if (c->entry != NULL)
        jnode_put(o, "inventory", why_json_inventory(c));
    if (c->later != NULL) {
        struct jnode *later = jnode_object();

        jnode_time(later, "time", c->later->time_ms);
        jnode_text(later, "queue_id", c->later->queue_id);
        jnode_text(later, "fate", why_fate(c->later));
        jnode_put(o, "came_again", later);
    }
    jnode_put(o, "dns", dns(c));
    if (r->cause[0] != '\0')
        jnode_text(o, "closure_note", casefile_closure(a, c));
    return o;
}

/* ---- what was pasted ---- */

static struct jnode *why_json_said(const struct pasted_said *s)
{
    struct jnode *o = jnode_object(), *list = jnode_array();

    jnode_str(o, "by", s->res.id);
    jnode_bool(o, "arc", s->arc);
    for (size_t i = 0; i < s->res.n; i++) {
        const struct authres_result *r = &s->res.result[i];
        struct jnode *one = jnode_object(), *props = jnode_object();

        jnode_str(one, "method", r->method);
        jnode_str(one, "result", r->result);
        jnode_str(one, "reason", r->reason);
        for (size_t j = 0; j < r->prop_count; j++) {
            char name[128];
            struct strbuf b = STRBUF_ON(name);

            strbuf_putf(&b, "%.*s.%.*s", STR_FMT(r->prop[j].ptype), STR_FMT(r->prop[j].property));
            jnode_str(props, name, r->prop[j].value);
        }
        jnode_put(one, "properties", props);
        jnode_append(list, one);
    }
    jnode_put(o, "results", list);
    return o;
}

static struct jnode *bounce(const struct bounce_text *b)
{
    static const char *const words[] = {NULL, "pass", "fail"};
    struct jnode *o = jnode_object();

    jnode_text(o, "receiver", b->receiver);
    jnode_text(o, "code", b->code);
    jnode_text(o, "says", b->says);
    jnode_bool(o, "temporary", b->later);
    jnode_text(o, "spf", words[b->spf]);
    jnode_text(o, "dkim", words[b->dkim]);
    jnode_text(o, "dmarc", words[b->dmarc]);
    return o;
}

struct jnode *why_json_pasted(const struct pasted *p)
{
    struct jnode *o = jnode_object(), *list = jnode_array();
    enum cause cause = pasted_cause(p);

    jnode_text(o, "domain", pasted_domain(p));
    jnode_text(o, "cause", enum_name(&cause_names, (int)cause));
    jnode_text(o, "playbook", enum_name(&playbook_names, (int)cause_about(cause)->playbook));
    jnode_text(o, "next", p->bounce.receiver != NULL ? p->bounce.next : cause_about(cause)->step);
    if (p->bounce.receiver != NULL)
        jnode_put(o, "bounce", bounce(&p->bounce));
    for (size_t i = 0; i < p->said_count; i++)
        jnode_append(list, why_json_said(&p->said[i]));
    jnode_put(o, "said", list);
    return o;
}
