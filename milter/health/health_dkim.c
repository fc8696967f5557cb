/* DKIM (RFC 6376, RFC 8301): keys of selectors that are known; none is guessed. */
#include <string.h>

#include "dkim/dkim_key.h"
#include "health/dkim_selectors.h"
#include "mail/taglist.h"

/* Tells it with the facts of the selector. */
static void health_dkim_tell(struct health_judge *j, const struct selector *s, const char *id,
                             enum health_severity severity, const char *what)
{
    struct health_finding *f = health_find(j, id, severity, s->name, what);

    health_fact(f, "selector", s->selector);
    health_fact(f, "source", s->source[0] == '\0' ? "the sender" : health_shown(j, str_of(s->source), 60));
}

/* An error where mail is signed with it today; else advice.  Either way no signature passes. */
static void tell_bad(struct health_judge *j, struct selector *s, const char *id, const char *what)
{
    s->bad = true;
    health_dkim_tell(j, s, id, s->in_use ? HEALTH_ERROR : HEALTH_ADVICE, what);
}

static void tell_broken(struct health_judge *j, struct selector *s, const char *why)
{
    s->bad = true;
    s->state = "broken";
    health_fact(health_find(j, "dkim-broken", s->in_use ? HEALTH_ERROR : HEALTH_ADVICE, s->name, why), "why", why);
}

static void judge_bits(struct health_judge *j, struct selector *s, unsigned bits)
{
    enum health_severity severity = bits > DKIM_KEY_BITS_MAX ? HEALTH_WARNING : HEALTH_ADVICE;
    struct health_finding *f;

    if (bits >= 2048 && bits <= DKIM_KEY_BITS_MAX)
        return;
    if (bits < 1024) {
        s->bad = true;
        severity = s->in_use ? HEALTH_ERROR : HEALTH_ADVICE;
    }
    f = health_find(j, "dkim-bits", severity, s->name, health_text(j, "an RSA key of %u bits", bits));
    health_fact(f, "bits", health_text(j, "%u", bits));
}

/* Text of DNS as a record that can be typed; "" when it holds what cannot. */
static const char *printable(struct health_judge *j, struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 || text.p[i] > 0x7e)
            return "";
    return str_dup(j->arena, text);
}

/* The key as it is, without g=, the flag y, and what shuts out its signatures (h=, s=). */
static void propose_key(struct health_judge *j, const struct selector *s, const struct taglist *tags,
                        const struct dkim_key *key)
{
    static const char *const mends[] = {"dkim-testing", "dkim-granularity", "dkim-hash", "dkim-service", NULL};
    struct strbuf b = strbuf_new(j->arena, DKIM_KEY_TEXT_MAX);
    const char *text;

    for (size_t i = 0; i < tags->n; i++) {
        const struct tag *t = &tags->tag[i];
        struct strbuf flags = strbuf_new(j->arena, t->value.n + 1);
        bool is_t = str_eq(t->name, STR("t"));

        for (struct str rest = t->value; is_t && rest.n > 0; rest = str_slice(rest, str_find(rest, ':') + 1, rest.n)) {
            struct str flag = str_trim(str_slice(rest, 0, str_find(rest, ':')));

            if (!str_eq(flag, STR("y")))
                strbuf_putf(&flags, "%s%.*s", flags.n == 0 ? "" : ":", STR_FMT(flag));
        }
        if (str_eq(t->name, STR("g")) || (is_t && flags.n == 0) || (!key->sha256 && str_eq(t->name, STR("h"))) ||
            (!key->email && str_eq(t->name, STR("s"))))
            continue;
        strbuf_putf(&b, "%s%.*s=", b.n == 0 ? "" : "; ", STR_FMT(t->name));
        strbuf_put(&b, is_t ? strbuf_str(&flags) : t->value);
    }
    text = printable(j, strbuf_str(&b));
    if (text != NULL && text[0] != '\0' && !b.over)
        (void)health_propose(j, s->name, "TXT", text, "dns", mends);
}

static void judge_key(struct health_judge *j, struct selector *s, const struct dkim_key *key)
{
    struct taglist tags;
    struct err e = ERR_NONE;
    struct str g;
    bool narrow = false;

    if (key->revoked) {
        s->bad = true;
        s->state = "revoked";
        if (s->in_use)
            health_dkim_tell(j, s, "dkim-revoked", HEALTH_ERROR, "p= is empty");
        return;
    }
    if (key->why[0] != '\0') {
        tell_broken(j, s, key->why);
        return;
    }
    s->p = key->p;
    s->text = key->text;
    s->ed25519 = key->type != DKIM_SIG_KEY_RSA;
    s->state = s->ed25519 ? "ed25519" : health_text(j, "rsa %u", key->bits);
    if (!s->ed25519)
        judge_bits(j, s, key->bits);
    if (!key->sha256)
        tell_bad(j, s, "dkim-hash", "h= does not name sha256");
    if (!key->email)
        tell_bad(j, s, "dkim-service", "s= names neither * nor email");
    if (key->testing)
        health_dkim_tell(j, s, "dkim-testing", s->in_use ? HEALTH_WARNING : HEALTH_ADVICE, "t=y");
    if (taglist_parse(j->arena, key->text, &tags, &e) != RC_OK)
        return;
    if (taglist_get(&tags, "g", &g) && !str_eq(g, STR("*"))) {
        health_dkim_tell(j, s, "dkim-granularity", HEALTH_ADVICE, "g= is there and is not *");
        narrow = true;
    }
    if (key->testing || narrow || !key->sha256 || !key->email)
        propose_key(j, s, &tags, key);
}

/* A panel that added the zone's name once more: the key is found there. */
static void propose_doubled(struct health_judge *j, const struct selector *s)
{
    static const char *const mends[] = {"dkim-missing", NULL};
    const struct dns_answer *a;

    if (j->wildcard)
        return;
    a = health_ask(j, health_text(j, "%s.%s", s->name, j->domain), DNS_TXT);
    for (size_t i = 0; i < a->count; i++) {
        struct dkim_key key;
        const char *text = printable(j, a->rr[i].txt);

        if (text != NULL && text[0] != '\0' && dkim_key_parse(j->arena, a->rr[i].txt, &key) == RC_OK && key.is_key &&
            key.why[0] == '\0') {
            (void)health_propose(j, s->name, "TXT", text, "dns", mends);
            return;
        }
    }
}

/* An alias that leads to nobody the catalogue knows. */
static void judge_alias(struct health_judge *j, const struct selector *s, const struct dns_answer *a)
{
    const char *target = health_shown(j, str_of(a->canonical), 253);
    bool confirmed;
    struct health_finding *f;

    if (j->in->senders == NULL || health_aligned(j, a->canonical) ||
        senders_by_domain(j->in->senders, SENDER_BY_KEY_CNAME, a->canonical, &confirmed) != NULL ||
        senders_by_domain(j->in->senders, SENDER_BY_DKIM, a->canonical, &confirmed) != NULL)
        return;
    f = health_find(j, "dkim-foreign", HEALTH_ADVICE, s->name, health_text(j, "an alias to %s", target));
    health_fact(f, "target", target);
}

/* A key of one's own that is the same for long. */
static void judge_age(struct health_judge *j, const struct selector *s)
{
    for (size_t i = 0; i < j->in->memories; i++) {
        const struct health_memory *m = &j->in->memory[i];
        const char *days;

        if (strcmp(m->kind, "dkim") != 0 || strcmp(m->name, s->name) != 0 || !str_eq(str_of(m->text), s->text) ||
            m->first <= health_limit(j->in->limits.key_days, 365))
            continue;
        days = health_text(j, "%lld", (long long)m->first);
        health_fact(health_find(j, "dkim-old", HEALTH_ADVICE, s->name, health_text(j, "unchanged for %s days", days)),
                    "days", days);
        return;
    }
}

/* No TXT record at the selector. */
static void health_dkim_judge_absence(struct health_judge *j, struct selector *s, const struct dns_answer *a)
{
    s->bad = true;
    s->state = a->cname ? "alias to nothing" : "missing";
    if (!s->in_use && !s->typed)
        return; /* that is how a selector is taken out of use */
    if (a->cname) {
        const char *target = health_shown(j, str_of(a->canonical), 253);
        struct health_finding *f = health_find(j, "dkim-alias", s->in_use ? HEALTH_ERROR : HEALTH_ADVICE, s->name,
                                               health_text(j, "an alias to %s, where there is no TXT", target));

        health_fact(f, "selector", s->selector);
        health_fact(f, "target", target);
        return;
    }
    health_dkim_tell(j, s, "dkim-missing", s->in_use ? HEALTH_ERROR : HEALTH_WARNING, "no TXT record");
    propose_doubled(j, s);
}

static void judge_selector(struct health_judge *j, struct selector *s)
{
    const struct dns_answer *a = health_ask(j, s->name, DNS_TXT);
    struct dkim_key key, first = {.why = ""};
    size_t keys = 0;

    s->answered = a->status != DNS_TEMPFAIL;
    if (!s->answered && s->guessed)
        return;
    if (!s->answered) {
        s->state = "not answered";
        health_unjudged(j, "dkim-key", s->name, a->why);
        return;
    }
    if (a->count == 0) {
        health_dkim_judge_absence(j, s, a);
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (dkim_key_parse(j->arena, a->rr[i].txt, &key) != RC_OK)
            return; /* without memory: the whole check says so */
        if (i == 0 || (key.is_key && keys == 0))
            first = key;
        keys += key.is_key;
    }
    if (keys > 1)
        health_dkim_tell(j, s, "dkim-several", HEALTH_WARNING, health_text(j, "%zu keys", keys));
    if (s->guessed && keys == 0)
        return;
    judge_key(j, s, &first);
    if (s->p[0] == '\0')
        return;
    if (a->cname)
        judge_alias(j, s, a);
    else
        judge_age(j, s);
}

/* A key that stands at another client's domain, too. */
static void judge_others(struct health_judge *j, const struct selector *s)
{
    for (size_t i = 0; i < j->in->other_keys && s->p[0] != '\0'; i++) {
        const char *place = health_shown(j, str_of(j->in->other_key[i].place), 253);

        if (strcmp(j->in->other_key[i].p, s->p) != 0 || strcmp(j->in->other_key[i].place, s->name) == 0)
            continue;
        health_fact(health_find(j, "dkim-same-key", HEALTH_WARNING, s->name,
                                health_text(j, "the key of %s too", place)),
                    "places", health_text(j, "%s and %s", s->name, place));
        return;
    }
}

static void judge_same(struct health_judge *j, const struct selectors *all)
{
    for (size_t i = 0; i < all->n; i++)
        judge_others(j, &all->s[i]);
    for (size_t i = 0; i < all->n; i++)
        for (size_t k = 0; k < i; k++)
            if (all->s[i].p[0] != '\0' && strcmp(all->s[i].p, all->s[k].p) == 0) {
                struct health_finding *f = health_find(j, "dkim-same-key", HEALTH_ADVICE, all->s[i].name,
                                                       health_text(j, "the key of %s too", all->s[k].name));

                health_fact(f, "places", health_text(j, "%s and %s", all->s[k].selector, all->s[i].selector));
                return;
            }
}

/* ---- by source ---- */

static const struct selector *known(const struct selectors *all, const char *selector)
{
    for (size_t i = 0; i < all->n; i++)
        if (str_eq_nocase(str_of(all->s[i].selector), str_of(selector)))
            return &all->s[i];
    return NULL;
}

/* A source of which every signature in use is lost, and that nothing else saves. */
static void judge_loss(struct health_judge *j, const struct selectors *all, const struct health_source *src)
{
    if (health_source_listed(j, src))
        return;
    for (size_t i = 0; i < src->signatures; i++) {
        const struct health_signature *sig = &src->signature[i];
        bool own = strcmp(sig->domain, j->domain) == 0;
        const struct selector *s = own ? known(all, sig->selector) : NULL;

        if (health_aligned(j, sig->domain) && dkim_in_use(j, sig) && (s == NULL ? sig->pass : !s->bad))
            return;
    }
    for (size_t i = 0; i < src->signatures; i++)
        for (size_t k = 0; k < j->out->findings; k++) {
            struct health_finding *f = &j->out->finding[k];
            const char *name = health_text(j, "%s._domainkey.%s", src->signature[i].selector, src->signature[i].domain);

            if (f->severity == HEALTH_ERROR && strcmp(f->at, name) == 0)
                health_hit(j, f, src);
        }
}

/* Whether a source that is not retired signs with it. */
static bool still_used(const struct health_judge *j, const struct selector *s)
{
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *src = &j->in->source[i];

        for (size_t k = 0; k < src->signatures && !health_source_gone(src); k++)
            if (strcmp(src->signature[k].domain, j->domain) == 0 && dkim_in_use(j, &src->signature[k]) &&
                str_eq_nocase(str_of(src->signature[k].selector), str_of(s->selector)))
                return true;
    }
    return false;
}

static void judge_source(struct health_judge *j, const struct selectors *all, const struct health_source *src)
{
    size_t keys = 0, ed25519 = 0;

    for (size_t i = 0; i < src->signatures; i++) {
        const struct health_signature *sig = &src->signature[i];
        const struct selector *s = strcmp(sig->domain, j->domain) == 0 ? known(all, sig->selector) : NULL;

        if (s == NULL || s->p[0] == '\0')
            continue;
        keys += dkim_in_use(j, sig);
        ed25519 += dkim_in_use(j, sig) && s->ed25519;
        if (health_source_gone(src) && !still_used(j, s))
            health_dkim_tell(j, s, "dkim-retired", HEALTH_WARNING,
                             health_text(j, "a key of a source that is %s", health_shown(j, str_of(src->status), 20)));
    }
    if (keys > 0 && keys == ed25519 && !health_source_gone(src))
        (void)health_find(j, "dkim-ed25519-only", HEALTH_WARNING, j->domain,
                          health_text(j, "%s signs with Ed25519 alone", health_shown(j, str_of(src->name), 60)));
    judge_loss(j, all, src);
}

/* ---- where no selector is known ---- */

static void judge_unknown(struct health_judge *j)
{
    const char *name = health_text(j, "_domainkey.%s", j->domain);
    const struct dns_answer *a = health_ask(j, name, DNS_TXT);
    struct health_finding *f;

    if (j->out->role != HEALTH_SENDS)
        return;
    if (a->status == DNS_TEMPFAIL) {
        health_unjudged(j, "dkim-none", name, a->why);
        return;
    }
    if (a->status == DNS_NXDOMAIN && !a->cname && !j->wildcard) {
        f = health_find(j, "dkim-none", HEALTH_WARNING, name, "the name does not exist, so there is no key");
    } else {
        f = health_find(j, "dkim-none", HEALTH_NOT_JUDGED, name, "no selector is known; none is guessed");
        f->why = "not-asked";
    }
    health_fact(f, "sources", "the servers and services that send");
}

static bool judge_wildcard(struct health_judge *j)
{
    const char *name = health_text(j, "%s._domainkey.%s", HEALTH_RANDOM, j->domain);
    const struct dns_answer *a = health_ask(j, name, DNS_TXT);

    for (size_t i = 0; i < a->count; i++) {
        struct dkim_key key;

        if (dkim_key_parse(j->arena, a->rr[i].txt, &key) == RC_OK && key.is_key && !key.revoked) {
            (void)health_find(j, "dkim-wildcard", HEALTH_WARNING, health_text(j, "_domainkey.%s", j->domain),
                              "a selector that nobody made has a key");
            return true;
        }
    }
    return a->count > 0;
}

static void put_selectors(struct health_judge *j, const struct selectors *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (!all->s[i].guessed || all->s[i].p[0] != '\0')
            j->out->selector[j->out->selectors++] = (struct health_selector){
                .name = all->s[i].name, .source = health_shown(j, str_of(all->s[i].source), 60),
                .state = all->s[i].state, .in_use = all->s[i].in_use};
}

void health_judge_dkim(struct health_judge *j)
{
    struct selectors *all = arena_alloc(j->arena, sizeof *all);

    if (all == NULL)
        return; /* the whole check says so */
    dkim_selectors_collect(j, all, judge_wildcard(j));
    for (size_t i = 0; i < all->n; i++)
        judge_selector(j, &all->s[i]);
    judge_same(j, all);
    put_selectors(j, all);
    if (j->out->selectors == 0)
        judge_unknown(j);
    for (size_t i = 0; i < j->in->sources; i++)
        judge_source(j, all, &j->in->source[i]);
}
