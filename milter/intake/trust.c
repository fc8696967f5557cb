#include "intake/trust.h"

#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "mail/authres.h"
#include "mail/domain.h"
#include "mail/eml.h"
#include "verdict/verdict.h"

enum { RECEIVED_FIELDS = 10, FIELDS_MAX = 1000, HEADER_MAX = 1024 * 1024, RECORD_DAYS = 30, MATCHES = 20 };

/* ---- our own record ---- */

/* The queue id in a Received field: the word behind "id"; STR_NONE. */
static struct str queue_id(struct str value)
{
    struct str rest = value;

    while (rest.n > 0) {
        struct str word;
        size_t i = 0;

        rest = str_trim(rest);
        while (i < rest.n && !char_is_fws(rest.p[i]) && rest.p[i] != ';')
            i++;
        word = str_slice(rest, 0, i);
        rest = str_slice(rest, i == 0 ? 1 : i, rest.n);
        if (!str_eq_nocase(word, STR("id")))
            continue;
        rest = str_trim(rest);
        for (i = 0; i < rest.n && !char_is_fws(rest.p[i]) && rest.p[i] != ';' && rest.p[i] != '('; i++)
            ;
        return str_slice(rest, 0, i);
    }
    return STR_NONE;
}

/* Whether the record is of this very mail. */
static bool trust_is_of(const struct record *r, const struct incoming_mail *head)
{
    return head->message_id[0] != '\0' && strcmp(r->message_id, head->message_id) == 0 &&
           strcmp(r->author_domain, head->from_domain) == 0;
}

static bool ask_record(struct arena *a, struct store *store, const struct message *m, const struct incoming_mail *head,
                       struct trust_proof *out)
{
    for (size_t i = 0; i < RECEIVED_FIELDS; i++) {
        const struct header *h = message_find_header(m, "Received", i);
        struct str id = h == NULL ? STR_NONE : queue_id(h->value);
        struct store_query q = {.kinds = 1u << STORE_KEY_QUEUE_ID, .limit = MATCHES,
                                .since_ms = clock_wall_ms() - RECORD_DAYS * INT64_C(86400000)};
        struct record *found;
        size_t n = 0;

        if (h == NULL)
            return false;
        q.key = id.n == 0 ? NULL : str_dup(a, id);
        if (q.key == NULL || store_find(store, a, &q, &found, &n, NULL) != RC_OK)
            continue;
        for (size_t k = 0; k < n; k++)
            if (trust_is_of(&found[k], head)) {
                out->by = "record";
                out->proven = strcmp(found[k].dmarc, "pass") == 0;
                out->tls_signed = out->proven && found[k].dkim_aligned != 0;
                return true;
            }
    }
    return false;
}

/* ---- a field of ours ---- */

static struct str property(const struct authres_result *r, const char *type, const char *name)
{
    for (size_t i = 0; i < r->prop_count; i++)
        if (str_eq(r->prop[i].ptype, str_of(type)) && str_eq(r->prop[i].property, str_of(name)))
            return r->prop[i].value;
    return STR_NONE;
}

static void trust_read_field(struct arena *a, const struct authres *field, const struct incoming_mail *head,
                             struct trust_proof *out)
{
    for (size_t i = 0; i < field->n; i++) {
        const struct authres_result *r = &field->result[i];
        const char *domain = NULL;

        if (str_eq(r->method, STR("dmarc")) &&
            domain_normalize(a, property(r, "header", "from"), &domain) == RC_OK &&
            strcmp(domain, head->from_domain) == 0)
            out->proven = str_eq(r->result, STR("pass"));
        if (str_eq(r->method, STR("dkim")) && str_eq(r->result, STR("pass")) &&
            domain_normalize(a, property(r, "header", "d"), &domain) == RC_OK &&
            (domain_is_within(head->from_domain, domain) || domain_is_within(domain, head->from_domain)))
            out->tls_signed = true;
    }
}

/* The topmost of our authserv-id: what passes our milter loses those that were forged. */
static bool ask_field(struct arena *a, const struct config *config, const struct message *m,
                      const struct incoming_mail *head,
                   struct trust_proof *out)
{
    const struct header *h;

    for (size_t i = 0; (h = message_find_header(m, "Authentication-Results", i)) != NULL && i < FIELDS_MAX; i++) {
        struct authres field;

        if (authres_parse(a, h->value, &field, NULL) != RC_OK || !str_eq_nocase(field.id, str_of(config->authserv_id)))
            continue;
        out->by = "field";
        trust_read_field(a, &field, head, out);
        return true;
    }
    return false;
}

/* ---- its signatures, now ---- */

static void trust_feed(void *auth, struct str piece)
{
    auth_body(auth, piece);
}

/* l= leaves room for anything behind what is signed. */
static bool covers_body(const struct dkim_signature *s)
{
    return s->unsigned_bytes == 0;
}

static void judge_evidence(struct message *m, const struct config *config, const struct evidence *ev,
                           const struct incoming_mail *head,
                   struct trust_proof *out)
{
    const struct given g = {.message = m, .evidence = ev, .config = config};
    struct verdict v;

    if (verdict_decide(m->arena, &g, &v) != RC_OK || strcmp(v.dmarc.author_domain, head->from_domain) != 0)
        return;
    out->by = "dkim";
    out->proven = v.dmarc.result == DMARC_PASS && v.dmarc.dkim_aligned;
    for (size_t i = 0; out->proven && i < ev->dkim.n; i++)
        if (ev->dkim.sig[i].result == DKIM_PASS && covers_body(&ev->dkim.sig[i]) &&
            (domain_is_within(head->from_domain, ev->dkim.sig[i].domain) ||
             domain_is_within(ev->dkim.sig[i].domain, head->from_domain)))
            out->tls_signed = true;
}

static void ask_signatures(const struct config *config, struct dns *dns, struct message *m, struct str body,
                           const struct incoming_mail *head,
                   struct trust_proof *out)
{
    struct auth *auth = NULL;
    struct evidence ev;

    if (message_count_headers(m, "DKIM-Signature") == 0)
        return;
    if (auth_begin(&auth, m, config, dns, NULL) == RC_OK && auth_header(auth, NULL) == RC_OK) {
        eml_body(body, trust_feed, auth);
        m->body_bytes = body.n;
        auth_finish(auth, &ev);
        judge_evidence(m, config, &ev, head, out);
    }
    auth_free(auth);
}

enum rc trust_find(struct arena *a, const struct config *config, struct store *store, struct dns *dns,
                   struct intake_dns *lookup, struct str mail, const struct incoming_mail *head,
                   struct trust_proof *out)
{
    static const struct message_bounds bounds = {FIELDS_MAX, HEADER_MAX};
    struct conn conn = {.helo = ""};
    struct message m = {.arena = arena_new(MESSAGE_MEMORY), .conn = &conn, .arrival_ms = clock_wall_ms()};
    struct str body;
    bool told;

    *out = (struct trust_proof){.author = "", .org = "", .by = ""};
    if (m.arena == NULL)
        return RC_NOMEM;
    if (head->from_domain[0] != '\0' && eml_read(mail, &m, &bounds, &body, NULL) == RC_OK) {
        out->author = str_dup(a, str_of(head->from_domain));
        told = store != NULL && ask_record(m.arena, store, &m, head, out);
        if (!told)
            told = ask_field(m.arena, config, &m, head, out);
        if (!told && dns != NULL)
            ask_signatures(config, dns, &m, body, head, out);
        out->org = intake_dns_org(lookup, head->from_domain);
    }
    arena_free(m.arena);
    return out->author == NULL ? RC_NOMEM : RC_OK;
}
