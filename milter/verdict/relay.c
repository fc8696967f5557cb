#include "verdict/relay.h"

#include <string.h>

#include "mail/authres.h"
#include "mail/domain.h"

bool relay_is_own(const struct dmarc_verdict *d, const char *domain)
{
    const char *author = d->author_domain;

    if (domain[0] == '\0' || author[0] == '\0')
        return false;
    if (d->org_domain[0] != '\0')
        return domain_is_within(domain, d->org_domain);
    /* the walk ended before it met the organization: what is above or below the author, but no top-level domain */
    return domain_is_within(domain, author) || (domain_labels(domain) > 1 && domain_is_within(author, domain));
}

const char *relay_path(struct arena *a, const struct spf_evidence *spf)
{
    const char *domain = "";

    return spf->checked && domain_normalize(a, str_of(spf->domain), &domain) == RC_OK ? domain : "";
}

bool relay_is_sending_service(const struct sender *s)
{
    if (s == NULL)
        return false;
    switch (s->kind) {
    case SENDER_LIST:
    case SENDER_FORWARDING:
    case SENDER_GATEWAY:
    case SENDER_MAILBOX:
    case SENDER_COLLABORATION:
    case SENDER_HOSTING:
        return false;
    default:
        return true;
    }
}

/* ---- what is proven ---- */

struct traces {
    struct arena *arena;
    const struct given *g;
    const struct verdict *v;
    const char *broken;         /* d= of a signature of the author's that was good once: its key is there */
    bool body;                  /* and it is the body that changed */
    const char *signer;         /* another domain that signed the message as it is; "" none */
    const char *bounces_to;     /* another domain than the author's, for which SPF passes; "" none */
    const char *sealer;         /* who sealed that the author passed, in an ARC chain that verifies; "" none */
    bool from_author;           /* MAIL FROM is of the author's organization */
};

static void look_at_signatures(struct traces *t)
{
    const struct dkim_evidence *e = &t->g->evidence->dkim;

    for (size_t i = 0; i < e->n; i++) {
        const struct dkim_signature *s = &e->sig[i];
        bool own = relay_is_own(&t->v->dmarc, s->domain);

        if (own && (s->problem == DKIM_PROBLEM_BODY || s->problem == DKIM_PROBLEM_HEADERS)) {
            t->broken = s->domain;
            t->body = t->body || s->problem == DKIM_PROBLEM_BODY;
        }
        /* one that leaves part of the body open does not say when the body changed */
        if (!own && s->result == DKIM_PASS && s->unsigned_bytes == 0 && t->signer[0] == '\0')
            t->signer = s->domain;
    }
}

static const char *relay_value_of(const struct authres_result *r, const char *ptype, const char *property,
                                  struct arena *a)
{
    const char *domain = "";

    for (size_t i = 0; i < r->prop_count; i++) {
        struct str value = r->prop[i].value;

        if (!str_eq(r->prop[i].ptype, str_of(ptype)) || !str_eq(r->prop[i].property, str_of(property)))
            continue;
        while (str_find(value, '@') < value.n)
            value = str_slice(value, str_find(value, '@') + 1, value.n);
        if (domain_normalize(a, value, &domain) == RC_OK)
            return domain;
    }
    return "";
}

/* Whether an ARC set reports that the author passed where the set was made (RFC 8617 section 4.1.1). */
static bool reports_pass(const struct traces *t, const struct arc_set *set)
{
    static const struct { const char *method, *ptype, *property; } ways[] = {
        {"dmarc", "header", "from"}, {"dkim", "header", "d"}, {"dkim", "header", "i"}, {"spf", "smtp", "mailfrom"},
    };
    struct arena_mark mark = arena_mark(t->arena);
    struct authres ar;
    bool found = false;

    if (authres_parse_readable(t->arena, set->authres, &ar, NULL) == RC_OK)
        for (size_t i = 0; i < ar.n; i++)
            for (size_t w = 0; w < sizeof ways / sizeof ways[0] && !found; w++)
                found = str_eq(ar.result[i].result, STR("pass")) &&
                        str_eq(ar.result[i].method, str_of(ways[w].method)) &&
                        relay_is_own(&t->v->dmarc, relay_value_of(&ar.result[i], ways[w].ptype, ways[w].property,
                                                                  t->arena));
    arena_rewind(t->arena, mark);
    return found;
}

/*
 * Some services seal what their own customers send, so that a single seal
 * tells of no other hop when the sender says it is the author and no
 * signature of the author's has been broken since.
 */
static bool is_own_seal(const struct traces *t)
{
    return t->g->evidence->arc.n == 1 && t->v->source.sender != NULL && t->from_author && t->broken[0] == '\0';
}

static void look_at_seals(struct traces *t)
{
    const struct arc_evidence *e = &t->g->evidence->arc;

    if (e->result != ARC_PASS || e->n == 0 || is_own_seal(t) || !reports_pass(t, &e->set[0]))
        return;
    for (size_t i = e->n; i-- > 0 && t->sealer[0] == '\0';)
        if (!relay_is_own(&t->v->dmarc, e->set[i].seal_domain))
            t->sealer = e->set[i].seal_domain;
}

static void relay_look(struct traces *t)
{
    const struct spf_evidence *spf = &t->g->evidence->spf;
    const char *path = relay_path(t->arena, spf);

    t->from_author = !spf->from_helo && relay_is_own(&t->v->dmarc, path);
    if (spf->result == SPF_PASS && !relay_is_own(&t->v->dmarc, path))
        t->bounces_to = path;
    look_at_signatures(t);
    look_at_seals(t);
}

/* ---- lists ---- */

/* The domain in a field's last angle brackets, after "@" where there is one; "" for none (RFC 2919, RFC 2369). */
static const char *field_domain(const struct traces *t, const char *name)
{
    const struct header *h = message_find_header(t->g->message, name, 0);
    struct str value = h == NULL ? STR_NONE : h->value;
    const char *domain = "";

    while (str_find(value, '<') < value.n)
        value = str_slice(value, str_find(value, '<') + 1, value.n);
    value = str_slice(value, 0, str_find(value, '>'));
    while (str_find(value, '@') < value.n)
        value = str_slice(value, str_find(value, '@') + 1, value.n);
    value = str_slice(value, 0, str_find(value, '?'));
    return domain_normalize(t->arena, str_trim(value), &domain) == RC_OK ? domain : "";
}

static bool related(const char *domain, const char *list)
{
    return domain[0] != '\0' && list[0] != '\0' && domain_labels(domain) > 1 &&
           (domain_is_within(domain, list) || domain_is_within(list, domain));
}

static bool relay_is_proven(const struct traces *t, const char *list)
{
    return related(t->signer, list) || related(t->bounces_to, list);
}

/*
 * A list says that it is one (List-Post, or List-Id without the one-click
 * unsubscribing of marketing, RFC 8058), and one of these holds: it changed
 * what the author had signed and somebody vouches for the new text; it sealed
 * that the author passed; or its own name is proven and it takes posts.
 * Precedence alone tells nothing, and what a sending service writes for its
 * customers is no list.
 */
static bool relay_is_list(struct traces *t, const char **by)
{
    const struct message *m = t->g->message;
    const struct sender *sender = t->v->source.sender;
    const char *id = field_domain(t, "List-Id"), *post = field_domain(t, "List-Post");
    bool one_click = message_find_header(m, "List-Unsubscribe-Post", 0) != NULL;

    if (sender != NULL && sender->kind == SENDER_LIST) {
        *by = id[0] != '\0' ? id : sender->title;
        return true;
    }
    if (relay_is_sending_service(sender) || (post[0] == '\0' && (id[0] == '\0' || one_click)))
        return false;
    *by = id[0] != '\0' ? id : post;
    if (t->broken[0] != '\0' && (t->signer[0] != '\0' || t->sealer[0] != '\0' || relay_is_proven(t, *by)))
        return true;
    return t->sealer[0] != '\0' || (post[0] != '\0' && (relay_is_proven(t, post) || relay_is_proven(t, id)));
}

/* ---- forwarders ---- */

static bool relay_holds(struct str text, struct str what)
{
    for (size_t i = 0; i + what.n <= text.n; i++)
        if (str_eq_nocase(str_slice(text, i, i + what.n), what))
            return true;
    return false;
}

/*
 * A return path that forwarders rewrite: SRS0 and SRS1 with any of the usual
 * separators, Microsoft's +SRS=, Gmail's +caf_=.  `*author`: it still names a
 * domain of the author's.
 */
static bool is_rewritten(const struct traces *t, bool *author)
{
    struct str path = t->g->message->mail_from, local = str_slice(path, 0, str_find(path, '@'));
    bool srs = local.n > 5 && (str_starts_nocase(local, STR("SRS0")) || str_starts_nocase(local, STR("SRS1"))) &&
               (local.p[4] == '=' || local.p[4] == '+' || local.p[4] == '-');

    *author = false;
    for (size_t from = 0; srs && from < local.n;) {
        size_t to = from + str_find(str_slice(local, from, local.n), '=');
        const char *domain = "";

        if (domain_normalize(t->arena, str_slice(local, from, to), &domain) == RC_OK && strchr(domain, '.') != NULL)
            *author = *author || relay_is_own(&t->v->dmarc, domain);
        from = to + 1;
    }
    return srs || relay_holds(local, STR("+SRS=")) || relay_holds(local, STR("+caf_="));
}

/* Fields that forwarding leaves: only worth something beside a signature that was good once. */
static bool says_forwarded(const struct message *m)
{
    static const char *const names[] = {"Resent-From", "X-Forwarded-To", "X-Forwarded-For", "Delivered-To"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (message_find_header(m, names[i], 0) != NULL)
            return true;
    return false;
}

/*
 * The author's signature was good once (its key is there), and: a return path
 * as forwarders write it or another hop's signature or return path is proven,
 * or fields of forwarding are there.  A sending service that breaks the
 * signature it made itself is no forwarder; nor is who sends by the author's
 * own return path and signs for itself.
 */
static bool is_changed_on_the_way(const struct traces *t, bool rewritten, const char **by)
{
    const struct sender *sender = t->v->source.sender;

    if (t->broken[0] == '\0' || relay_is_sending_service(sender))
        return false;
    *by = t->bounces_to[0] != '\0' ? t->bounces_to : t->signer;
    if (rewritten && t->bounces_to[0] != '\0')
        return true;
    if (t->body && (t->bounces_to[0] != '\0' || (t->signer[0] != '\0' && !(t->from_author && sender != NULL))))
        return true;
    return says_forwarded(t->g->message);
}

static bool relay_is_forwarded(struct traces *t, const char **by)
{
    const struct sender *sender = t->v->source.sender;
    bool names_author, rewritten = is_rewritten(t, &names_author);

    *by = t->sealer;
    if (t->sealer[0] != '\0')
        return true;
    if (sender != NULL && sender->kind == SENDER_FORWARDING) {
        *by = sender->title;
        return true;
    }
    *by = t->bounces_to;
    return (names_author && t->bounces_to[0] != '\0') || is_changed_on_the_way(t, rewritten, by);
}

enum rc relay_find(struct arena *a, const struct given *g, const struct verdict *v, struct relay *out)
{
    struct traces t = {.arena = a, .g = g, .v = v, .broken = "", .signer = "", .bounces_to = "", .sealer = ""};

    *out = (struct relay){.kind = RELAY_NONE, .by = ""};
    relay_look(&t);
    if (relay_is_list(&t, &out->by))
        out->kind = RELAY_LIST;
    else if (relay_is_forwarded(&t, &out->by))
        out->kind = RELAY_FORWARDER;
    else
        out->by = "";
    return RC_OK;
}
