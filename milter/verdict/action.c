#include "verdict/action.h"

#include "mail/authres.h"
#include "verdict/stamp.h"

enum { REPLY_MAX = 500 }; /* bytes; RFC 5321 section 4.5.3.1.5 allows 512 with codes and CRLF */

static const char field_name[] = "Authentication-Results";

/* The id of a relay of ours in front of us, whose fields may stay (RFC 8601 section 5). */
static bool is_trusted(struct arena *a, struct str value, const struct string_list *trusted)
{
    struct authres parsed;

    if (trusted->n == 0 || authres_parse(a, value, &parsed, NULL) != RC_OK)
        return false;
    for (size_t i = 0; i < trusted->n; i++)
        if (str_eq_nocase(parsed.id, str_of(trusted->item[i])))
            return true;
    return false;
}

static bool add(struct arena *a, struct actions *out, size_t cap, struct action item)
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
    struct action item = {.kind = ACTION_DELETE_HEADER, .name = field_name, .count = m->authres_dropped};
    unsigned number = count_fields(m);

    item.index = number + 1;
    if (item.count > 0 && !add(a, out, cap, item))
        return RC_NOMEM;
    item.count = 1;
    for (size_t i = m->header_count; i-- > 0;) {
        const struct header *h = &m->headers[i];

        if (!authres_is_field(h->name))
            continue;
        item.index = number--;
        if (authres_claims(a, h->value, &c->authserv_id, 1) && !is_trusted(a, h->value, &c->trusted_authserv_ids) &&
            !add(a, out, cap, item))
            return RC_NOMEM;
    }
    return RC_OK;
}

/* The reference, by which the help desk finds the message, and the site's own line: for every refusal. */
static void add_help(struct strbuf *text, const struct given *g, const struct verdict *v)
{
    if (v->ref[0] != '\0')
        strbuf_putf(text, "; reference %s", v->ref);
    if (g->config->help_text != NULL && g->config->help_text[0] != '\0')
        strbuf_putf(text, "; %s", g->config->help_text);
}

static enum rc refuse(struct arena *a, const struct given *g, const struct verdict *v, struct actions *out)
{
    struct action reply = {.kind = ACTION_REPLY, .code = "550", .xcode = "5.7.1"};
    struct strbuf text = strbuf_new(a, REPLY_MAX);

    strbuf_putf(&text, "Message refused: %s (RFC 5322 section 3.6.2)",
                enum_name(&from_problem_names, (int)g->evidence->dmarc.problem));
    add_help(&text, g, v);
    reply.text = text.p;
    return !text.over && add(a, out, 1, reply) ? RC_OK : RC_NOMEM;
}

/* Forged ones out, `stamp` in; NULL: there was no memory for it. */
static enum rc restamp(struct arena *a, const struct message *m, const struct config *c, const char *stamp,
                       struct actions *out)
{
    size_t cap = count_fields(m) + 2;
    const struct action insert = {.kind = ACTION_INSERT_HEADER, .name = field_name, .text = stamp};
    enum rc rc = remove_forged(a, m, c, cap, out);

    if (rc != RC_OK)
        return rc;
    return stamp != NULL && add(a, out, cap, insert) ? RC_OK : RC_NOMEM;
}

enum rc actions_make(struct arena *a, const struct given *g, const struct verdict *v, struct actions *out)
{
    *out = (struct actions){.n = 0};
    if (v->disposition == DISPOSITION_REJECT)
        return refuse(a, g, v, out);
    return restamp(a, g->message, g->config, stamp_make(a, g, v), out);
}

enum rc actions_make_unverified(struct arena *a, const struct message *m, const struct config *c,
                                struct actions *out)
{
    *out = (struct actions){.n = 0};
    return restamp(a, m, c, stamp_make_none(a, c), out);
}
