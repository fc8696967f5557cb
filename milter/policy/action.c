#include "policy/action.h"

#include "mail/authres.h"
#include "output/stamp.h"
#include "policy/refusal.h"

enum { MARK_MAX = 120 };

/* The id of a relay of ours in front of us, whose fields may stay (RFC 8601 section 5). */
static bool is_trusted(struct arena *a, struct str value, const struct string_list *trusted)
{
    struct arena_mark mark = arena_mark(a);
    struct authres parsed;
    bool found = false;

    if (trusted->n > 0 && authres_parse(a, value, &parsed, NULL) == RC_OK)
        for (size_t i = 0; i < trusted->n && !found; i++)
            found = str_eq_nocase(parsed.id, str_of(trusted->item[i]));
    arena_rewind(a, mark);
    return found;
}

static bool action_add(struct arena *a, struct actions *out, size_t cap, struct action item)
{
    if (out->item == NULL)
        out->item = arena_array(a, cap, sizeof *out->item);
    if (out->item == NULL)
        return false;
    MUST(out->n < cap);
    out->item[out->n++] = item;
    return true;
}

static unsigned count_fields(const struct message *m)
{
    unsigned n = 0;

    for (size_t i = 0; i < m->header_count; i++)
        n += authres_is_field(m->headers[i].name);
    return n;
}

/*
 * From the last field up, so that no deletion shifts the number of another;
 * MTAs number fields by name, ASCII case and blanks before the colon aside.
 * Those that the header's bounds dropped unread go first, all of them
 * (RFC 8601 section 5 lets a border remove any).
 */
static enum rc remove_forged(struct arena *a, const struct message *m, const struct config *c, size_t cap,
                             struct actions *out)
{
    struct action item = {.kind = ACTION_DELETE_HEADER, .name = ACTION_STAMP_FIELD, .count = m->authres_dropped};
    unsigned number = count_fields(m);
    size_t octets = AUTHRES_OCTETS_MAX;

    item.index = number + 1;
    if (item.count > 0 && !action_add(a, out, cap, item))
        return RC_NOMEM;
    item.count = 1;
    for (size_t i = m->header_count; i-- > 0;) {
        const struct header *h = &m->headers[i];

        if (!authres_is_field(h->name))
            continue;
        item.index = number--;
        if (authres_claims(a, h->value, &c->authserv_id, 1, &octets) &&
            !is_trusted(a, h->value, &c->trusted_authserv_ids) && !action_add(a, out, cap, item))
            return RC_NOMEM;
    }
    return RC_OK;
}

static bool action_is_mark(struct str name)
{
    return str_eq_nocase(str_trim(name), STR(ACTION_QUARANTINE_FIELD));
}

/* Who marks mail for the delivery side himself must not be mistaken for us. */
static enum rc remove_marks(struct arena *a, const struct message *m, size_t cap, struct actions *out)
{
    struct action item = {.kind = ACTION_DELETE_HEADER, .name = ACTION_QUARANTINE_FIELD, .index = 1};

    for (size_t i = 0; i < m->header_count; i++)
        item.count += action_is_mark(m->headers[i].name);
    return item.count == 0 || action_add(a, out, cap, item) ? RC_OK : RC_NOMEM;
}

/* "unauthorized; ref=K7Q2M4ZD" */
static const char *mark_text(struct arena *a, const struct verdict *v)
{
    struct strbuf b = strbuf_new(a, MARK_MAX);

    strbuf_putf(&b, "%s; ref=%s",
                v->finding.cause == CAUSE_NONE ? v->rule : enum_name(&cause_names, (int)v->finding.cause), v->ref);
    return b.over ? NULL : b.p;
}

static enum rc quarantine(struct arena *a, const struct given *g, const struct verdict *v, size_t cap,
                          struct actions *out)
{
    bool by_header = g->config->quarantine_by == CONFIG_QUARANTINE_HEADER;
    struct action item = {.kind = ACTION_QUARANTINE};

    if (by_header)
        item = (struct action){.kind = ACTION_INSERT_HEADER, .name = ACTION_QUARANTINE_FIELD};
    item.text = by_header ? mark_text(a, v) : refusal_quarantine(a, v);
    return item.text != NULL && action_add(a, out, cap, item) ? RC_OK : RC_NOMEM;
}

static enum rc action_refuse(struct arena *a, const struct given *g, const struct verdict *v, struct actions *out)
{
    struct action reply;
    enum rc rc = refusal_make(a, g, v, &reply);

    return rc == RC_OK && !action_add(a, out, 1, reply) ? RC_NOMEM : rc;
}

/* Room for each field, those dropped unread, marks, the quarantine and the stamp. */
static size_t room(const struct message *m)
{
    return count_fields(m) + 4;
}

static const struct action forged_reply = {
    .kind = ACTION_REPLY, .code = "550", .xcode = "5.6.0", .text = "Message refused: " REFUSAL_FORGED_FIELDS,
};

static bool are_too_many(const struct actions *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->n; i++)
        n += out->item[i].kind == ACTION_DELETE_HEADER ? out->item[i].count : 0;
    return n > ACTION_DELETIONS_MAX;
}

/* Neither what was kept nor what was made of it is whole once memory ran out: all of them. */
static void blind(const struct message *m, struct actions *out)
{
    unsigned n = count_fields(m) + m->authres_dropped;

    out->n = 0;
    if (n > 0)
        out->item[out->n++] =
            (struct action){.kind = ACTION_DELETE_HEADER, .name = ACTION_STAMP_FIELD, .index = 1, .count = n};
}

/* What passes itself off as ours.  RC_LIMIT: too many. */
static enum rc remove_false(struct arena *a, const struct message *m, const struct config *c, struct actions *out)
{
    enum rc rc = remove_forged(a, m, c, room(m), out);

    if (rc == RC_OK && arena_ran_out(a) && out->item == NULL)
        out->item = arena_array(a, room(m), sizeof *out->item);
    if (rc == RC_OK && arena_ran_out(a)) {
        if (out->item == NULL)
            return RC_NOMEM;
        blind(m, out);
    }
    if (rc == RC_OK && c->quarantine_by == CONFIG_QUARANTINE_HEADER)
        rc = remove_marks(a, m, room(m), out);
    return rc == RC_OK && are_too_many(out) ? RC_LIMIT : rc;
}

enum rc actions_strip(struct arena *a, const struct message *m, const struct config *c, struct actions *out)
{
    *out = (struct actions){.n = 0};
    return remove_false(a, m, c, out);
}

/* `stamp` NULL: there was no memory for it. */
static enum rc put_stamp(struct arena *a, const struct message *m, const char *stamp, struct actions *out)
{
    const struct action insert = {.kind = ACTION_INSERT_HEADER, .name = ACTION_STAMP_FIELD, .text = stamp};

    return stamp != NULL && action_add(a, out, room(m), insert) ? RC_OK : RC_NOMEM;
}

enum rc actions_make(struct arena *a, const struct given *g, const struct verdict *v, struct actions *out)
{
    enum rc rc;

    *out = (struct actions){.n = 0};
    if (v->disposition == DISPOSITION_REJECT || v->disposition == DISPOSITION_TEMPFAIL)
        return action_refuse(a, g, v, out);
    rc = remove_false(a, g->message, g->config, out);
    if (rc == RC_OK && v->disposition == DISPOSITION_QUARANTINE)
        rc = quarantine(a, g, v, room(g->message), out);
    return rc == RC_OK ? put_stamp(a, g->message, stamp_make(a, g, v), out) : rc;
}

enum rc actions_make_unverified(struct arena *a, const struct message *m, const struct config *c,
                                struct actions *out)
{
    enum rc rc;

    *out = (struct actions){.n = 0};
    rc = remove_false(a, m, c, out);
    if (rc == RC_LIMIT) {
        out->n = 0;
        return action_add(a, out, 1, forged_reply) ? RC_OK : RC_NOMEM;
    }
    return rc == RC_OK ? put_stamp(a, m, stamp_make_none(a, c), out) : rc;
}

void actions_make_blind(const struct message *m, const struct config *c, struct action store[ACTIONS_BLIND_MAX],
                        struct actions *out)
{
    struct action marks = {.kind = ACTION_DELETE_HEADER, .name = ACTION_QUARANTINE_FIELD, .index = 1};

    *out = (struct actions){.item = store};
    blind(m, out);
    for (size_t i = 0; c->quarantine_by == CONFIG_QUARANTINE_HEADER && i < m->header_count; i++)
        marks.count += action_is_mark(m->headers[i].name);
    if (marks.count > 0)
        out->item[out->n++] = marks;
    if (!are_too_many(out))
        return;
    store[0] = forged_reply;
    out->n = 1;
}
