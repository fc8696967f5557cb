#include "verdict/action.h"

#include "mail/authres.h"
#include "verdict/stamp.h"

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

/*
 * The MTA numbers fields by name, ASCII case aside.  Oddly spelled names
 * ("Authentication-Results ") are numbered under their own spelling.
 */
static unsigned index_of(const struct message *m, size_t which)
{
    unsigned index = 0;

    for (size_t i = 0; i <= which; i++)
        index += str_eq_nocase(m->headers[i].name, m->headers[which].name);
    return index;
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

/* From the last field up, so that no deletion shifts the number of another. */
static enum rc remove_forged(struct arena *a, const struct message *m, const struct config *c, size_t cap,
                             struct actions *out)
{
    for (size_t i = m->header_count; i-- > 0;) {
        const struct header *h = &m->headers[i];
        struct action item = {.kind = ACTION_DELETE_HEADER};

        if (!authres_is_field(h->name) || !authres_claims(a, h->value, &c->authserv_id, 1) ||
            is_trusted(a, h->value, &c->trusted_authserv_ids))
            continue;
        item.name = str_dup(a, h->name);
        item.index = index_of(m, i);
        if (item.name == NULL || !add(a, out, cap, item))
            return RC_NOMEM;
    }
    return RC_OK;
}

enum rc actions_make(struct arena *a, const struct message *m, const struct evidence *e, const struct verdict *v,
                     const struct config *c, struct actions *out)
{
    size_t cap = m->header_count + 1;
    struct action stamp = {.kind = ACTION_INSERT_HEADER, .name = field_name};
    enum rc rc;

    *out = (struct actions){.n = 0};
    rc = remove_forged(a, m, c, cap, out);
    if (rc != RC_OK)
        return rc;
    stamp.text = stamp_make(a, m, e, v, c);
    if (stamp.text == NULL || !add(a, out, cap, stamp))
        return RC_NOMEM;
    return RC_OK;
}
