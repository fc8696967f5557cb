#include "post/alert_shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/json.h"
#include "formats/json_read.h"
#include "post/alert_words.h"
#include "watch/round.h"

enum { SHAPE_SUBJECT_MAX = 200, SHAPE_SENTENCE_MAX = 1000, SHAPE_CHAT_MAX = 3000 };

/* ---- our own ---- */

static void shape_day(struct jnode *o, const char *key, int64_t day)
{
    char text[11];

    watch_day_text(day, text);
    jnode_text(o, key, day == 0 ? NULL : text);
}

static struct jnode *shape_episode(const struct episode_notice *p)
{
    char mem[SHAPE_SENTENCE_MAX];
    struct strbuf sentence = STRBUF_ON(mem);
    const struct episode *x = &p->episode;
    struct jnode *o = jnode_object();

    watch_sentence(x, &sentence);
    jnode_text(o, "ref", x->ref);
    jnode_text(o, "notice", enum_name(&episode_notice_names, (int)p->kind));
    jnode_text(o, "client", x->client);
    jnode_text(o, "domain", x->domain);
    jnode_text(o, "source", x->source);
    jnode_text(o, "workflow", x->workflow);
    jnode_text(o, "band", enum_name(&watch_band_names, (int)x->band));
    jnode_text(o, "state", enum_name(&episode_state_names, (int)x->state));
    jnode_text(o, "cause", x->cause);
    shape_day(o, "since", x->since_day);
    shape_day(o, "opened", x->opened_day);
    shape_day(o, "closed", x->closed_day);
    jnode_int(o, "messages", x->messages);
    jnode_int(o, "passed", x->passed);
    jnode_int(o, "quarantined", x->quarantined);
    jnode_int(o, "rejected", x->rejected);
    jnode_int(o, "own_messages", x->own_messages);
    jnode_int(o, "own_passed", x->own_passed);
    jnode_text(o, "dns_change", x->dns_change);
    jnode_text(o, "why", mem);
    jnode_text(o, "next", watch_next_step(x->workflow, x->cause));
    jnode_text(o, "ticket", x->ticket);
    return o;
}

static struct jnode *shape_own(const struct alert_document *doc, const char *subject, const char *text)
{
    size_t listed = doc->n < ALERT_LISTED_MAX ? doc->n : ALERT_LISTED_MAX;
    struct jnode *o = jnode_object(), *list = jnode_array();

    jnode_int(o, "version", 1);
    jnode_text(o, "id", doc->id);
    jnode_text(o, "dedup_key", doc->n == 1 ? doc->notice[0].episode.ref : doc->id);
    jnode_text(o, "subject", subject);
    jnode_text(o, "text", text);
    for (size_t i = 0; i < listed; i++)
        jnode_append(list, shape_episode(&doc->notice[i]));
    jnode_put(o, "episodes", list);
    jnode_int(o, "more", (int64_t)(doc->n - listed));
    return o;
}

/* ---- those of others ---- */

/* The worst band, as a number from 1 (not urgent) to 4. */
static int shape_urgency(const struct alert_document *doc)
{
    int64_t worst = WATCH_NOT_JUDGED;

    for (size_t i = 0; i < doc->n; i++)
        if (doc->notice[i].episode.band > worst)
            worst = doc->notice[i].episode.band;
    return worst >= WATCH_ESCALATE ? 4 : worst == WATCH_TICKET ? 3 : worst == WATCH_WATCH ? 2 : 1;
}

static struct jnode *shape_named(const char *key, const char *value)
{
    struct jnode *o = jnode_object();

    jnode_text(o, key, value);
    return o;
}

static struct jnode *shape_tags(const struct alert_document *doc)
{
    struct jnode *list = jnode_array();

    jnode_append_text(list, "assay");
    jnode_append_text(list, doc->n == 1 ? doc->notice[0].episode.workflow : "several");
    return list;
}

static struct jnode *shape_jira(const struct alert_document *doc, const char *subject, const char *text)
{
    struct jnode *o = jnode_object(), *fields = jnode_object();

    jnode_put(fields, "project", shape_named("key", doc->queue));
    jnode_put(fields, "issuetype", shape_named("name", "Task"));
    jnode_text(fields, "summary", subject);
    jnode_text(fields, "description", text);
    jnode_put(fields, "labels", shape_tags(doc));
    jnode_put(o, "fields", fields);
    return o;
}

static struct jnode *shape_servicenow(const struct alert_document *doc, const char *subject, const char *text)
{
    static const char *const level[] = {"", "3", "3", "2", "1"};
    struct jnode *o = jnode_object();

    jnode_text(o, "short_description", subject);
    jnode_text(o, "description", text);
    jnode_text(o, "urgency", level[shape_urgency(doc)]);
    jnode_text(o, "impact", level[shape_urgency(doc)]);
    jnode_text(o, "correlation_id", doc->id);
    jnode_text(o, "correlation_display", "assay");
    if (doc->queue[0] != '\0')
        jnode_text(o, "assignment_group", doc->queue);
    return o;
}

static struct jnode *shape_zendesk(const struct alert_document *doc, const char *subject, const char *text)
{
    static const char *const level[] = {"", "low", "normal", "high", "urgent"};
    struct jnode *o = jnode_object(), *ticket = jnode_object();

    jnode_text(ticket, "subject", subject);
    jnode_put(ticket, "comment", shape_named("body", text));
    jnode_text(ticket, "priority", level[shape_urgency(doc)]);
    jnode_text(ticket, "external_id", doc->id);
    jnode_put(ticket, "tags", shape_tags(doc));
    jnode_put(o, "ticket", ticket);
    return o;
}

/* Freshdesk and Freshservice. */
static struct jnode *shape_freshdesk(const struct alert_document *doc, const char *subject, const char *text)
{
    enum { STATUS_OPEN = 2 };
    struct jnode *o = jnode_object();

    jnode_text(o, "subject", subject);
    jnode_text(o, "description", text);
    jnode_text(o, "email", doc->requester);
    jnode_int(o, "priority", shape_urgency(doc));
    jnode_int(o, "status", STATUS_OPEN);
    jnode_put(o, "tags", shape_tags(doc));
    return o;
}

static struct jnode *shape_connectwise(const struct alert_document *doc, const char *subject, const char *text)
{
    struct jnode *o = jnode_object();
    char summary[101]; /* it takes 100 characters */
    struct strbuf b = STRBUF_ON(summary);

    strbuf_put(&b, str_slice(str_of(subject), 0, 100));
    jnode_text(o, "summary", summary);
    jnode_text(o, "initialDescription", text);
    if (doc->queue[0] != '\0')
        jnode_put(o, "board", shape_named("name", doc->queue));
    return o;
}

static struct jnode *shape_halo(const struct alert_document *doc, const char *subject, const char *text)
{
    struct jnode *list = jnode_array(), *o = jnode_object();

    jnode_text(o, "summary", subject);
    jnode_text(o, "details", text);
    if (doc->queue[0] != '\0')
        jnode_text(o, "team", doc->queue);
    jnode_append(list, o);
    return list;
}

/* Slack, Mattermost, Rocket.Chat, and Teams by its older webhooks. */
static struct jnode *shape_chat(struct arena *a, const char *subject, const char *text)
{
    struct strbuf b = strbuf_new(a, SHAPE_CHAT_MAX);
    struct jnode *o = jnode_object();

    strbuf_putf(&b, "%s\n%s", subject, text); /* a longer text ends there */
    jnode_text(o, "text", b.p);
    return o;
}

static struct jnode *shape_of(struct arena *a, const struct alert_document *doc, const char *subject, const char *text)
{
    switch (doc->format) {
    case ALERT_FORMAT_JIRA: return shape_jira(doc, subject, text);
    case ALERT_FORMAT_SERVICENOW: return shape_servicenow(doc, subject, text);
    case ALERT_FORMAT_ZENDESK: return shape_zendesk(doc, subject, text);
    case ALERT_FORMAT_FRESHDESK: return shape_freshdesk(doc, subject, text);
    case ALERT_FORMAT_CONNECTWISE: return shape_connectwise(doc, subject, text);
    case ALERT_FORMAT_HALO: return shape_halo(doc, subject, text);
    case ALERT_FORMAT_CHAT: return shape_chat(a, subject, text);
    case ALERT_FORMAT_JSON:
    default: return shape_own(doc, subject, text);
    }
}

enum rc alert_shape(struct arena *a, const struct alert_document *doc, struct str *out)
{
    char mem[SHAPE_SUBJECT_MAX];
    struct strbuf subject = STRBUF_ON(mem);
    const char *text = alert_text(a, doc->notice, doc->n);
    char *made = NULL, *kept;
    size_t size = 0;
    FILE *to = open_memstream(&made, &size);

    alert_subject(doc->notice, doc->n, &subject);
    if (to == NULL || text == NULL) {
        if (to != NULL)
            (void)fclose(to);
        free(made);
        return RC_NOMEM;
    }
    jnode_print(shape_of(a, doc, mem, text), to);
    kept = fclose(to) == 0 ? str_dup(a, (struct str){made, size}) : NULL;
    free(made);
    if (kept == NULL || arena_ran_out(a))
        return RC_NOMEM;
    *out = (struct str){kept, size};
    return RC_OK;
}

bool alert_shape_wants(enum alert_format format, enum episode_notice_kind kind)
{
    return format == ALERT_FORMAT_JSON || format == ALERT_FORMAT_CHAT || kind == EPISODE_OPENED;
}

/* ---- what is answered ---- */

/* Its text, or its number; "" neither, or one that is too long: cut it would be another's.  NULL without memory. */
static const char *shape_word(struct arena *a, const struct jvalue *v)
{
    struct strbuf b = strbuf_new(a, ALERT_TICKET_MAX);
    struct str text;
    int64_t number;

    if (b.max == 0)
        return NULL;
    if (jvalue_text(v, &text))
        strbuf_put_clean(&b, text, SIZE_MAX / 2);
    else if (jvalue_number(v, &number))
        strbuf_putf(&b, "%" PRId64, number);
    return b.over ? "" : b.p;
}

const char *alert_shape_ticket(struct arena *a, enum alert_format format, struct str answer)
{
    struct jvalue *root = NULL;
    const struct jvalue *v;
    struct err e = ERR_NONE;
    const char *word = "";

    if (format == ALERT_FORMAT_CHAT || jvalue_read(answer, &root, &e) != RC_OK)
        return "";
    v = root;
    switch (format) {
    case ALERT_FORMAT_JIRA: v = jvalue_member(v, "key"); break;
    case ALERT_FORMAT_SERVICENOW: v = jvalue_member(jvalue_member(v, "result"), "number"); break;
    case ALERT_FORMAT_ZENDESK: v = jvalue_member(jvalue_member(v, "ticket"), "id"); break;
    case ALERT_FORMAT_HALO: v = jvalue_member(jvalue_is_list(v) ? jvalue_at(v, 0) : v, "id"); break;
    case ALERT_FORMAT_JSON: v = jvalue_member(v, "ticket"); break;
    case ALERT_FORMAT_FRESHDESK:
    case ALERT_FORMAT_CONNECTWISE:
    case ALERT_FORMAT_CHAT:
    default: v = jvalue_member(v, "id"); break;
    }
    word = shape_word(a, v);
    jvalue_free(root);
    return word;
}
