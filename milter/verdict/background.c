#include "verdict/background.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"

static const char *const statuses[] = {"unknown", "approved", "pending", "retired", "malicious"};
const struct enum_names source_status_names = ENUM_NAMES(statuses);

enum { KEY_MAX = 600 }; /* a domain and a name beside it; longer ones are nobody's */

/* One of a domain's networks. */
struct network {
    struct network *next;
    struct ip_net net;
    char source[];
};

/* One fact under its key, with its own copy of all text. */
struct fact {
    UT_hash_handle hh;
    union {
        struct known_source source;
        struct known_change change;
        struct known_key key;
        struct known_gone gone;
        struct network *networks;
    };
    size_t key_size;
    char text[]; /* the key, then what the source's texts point to */
};

struct background {
    atomic_uint references;
    struct fact *sources, *changes, *caught, *keys, *gone, *networks;
};

struct background *background_new(void)
{
    struct background *b = calloc(1, sizeof *b);

    if (b != NULL)
        atomic_init(&b->references, 1);
    return b;
}

/* "domain NUL other"; 0 when it does not fit. */
static size_t key_make(char key[static KEY_MAX], const char *domain, const char *other)
{
    size_t n = strlen(domain) + 1, m = strlen(other);

    if (n + m > KEY_MAX)
        return 0;
    memcpy(key, domain, n);
    memcpy(key + n, other, m);
    return n + m;
}

/* The fact at that key, new when there was none; NULL without memory or for a key too long. */
static struct fact *fact_put(struct fact **table, const char *domain, const char *other, size_t more)
{
    char key[KEY_MAX];
    size_t n = key_make(key, domain, other);
    struct fact *f = NULL, *old = NULL;

    if (n == 0)
        return NULL;
    f = calloc(1, sizeof *f + n + more);
    if (f == NULL)
        return NULL;
    memcpy(f->text, key, n);
    f->key_size = n;
    HASH_REPLACE(hh, *table, text, f->key_size, f, old);
    free(old);
    if (f->hh.tbl == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

static const struct fact *fact_find(const struct fact *table, const char *domain, const char *other)
{
    char key[KEY_MAX];
    size_t n = key_make(key, domain, other);
    struct fact *f = NULL;

    if (n > 0 && table != NULL)
        HASH_FIND(hh, table, key, n, f);
    return f;
}

enum rc background_add_source(struct background *b, const char *domain, const char *source,
                              const struct known_source *known)
{
    size_t ticket = strlen(known->ticket) + 1, owner = strlen(known->owner) + 1;
    struct fact *f = fact_put(&b->sources, domain, source, ticket + owner);
    enum source_status status = known->status;
    char *text;

    if (f == NULL)
        return RC_NOMEM;
    if (status == STATUS_APPROVED && strcmp(source, SOURCE_UNKNOWN) == 0)
        status = STATUS_UNKNOWN; /* anybody at all, a forger too: nothing that can be approved */
    text = f->text + f->key_size;
    memcpy(text, known->ticket, ticket);
    memcpy(text + ticket, known->owner, owner);
    f->source = (struct known_source){
        .domain = f->text, .status = status, .ticket = text, .owner = text + ticket};
    return RC_OK;
}

enum rc background_add_change(struct background *b, const char *name, enum dns_kind kind,
                              const struct known_change *change)
{
    struct fact *f = fact_put(&b->changes, name, enum_name(&dns_kind_names, (int)kind), 0);

    if (f == NULL)
        return RC_NOMEM;
    f->change = *change;
    return RC_OK;
}

enum rc background_add_caught(struct background *b, const char *author_domain, const char *address)
{
    return fact_put(&b->caught, author_domain, address, 0) == NULL ? RC_NOMEM : RC_OK;
}

enum rc background_add_key(struct background *b, const char *domain, const char *source, const struct known_key *key)
{
    size_t name = strlen(key->name) + 1, host = strlen(key->host) + 1;
    struct fact *f = fact_put(&b->keys, domain, source, name + host);
    char *text;

    if (f == NULL)
        return RC_NOMEM;
    text = f->text + f->key_size;
    memcpy(text, key->name, name);
    memcpy(text + name, key->host, host);
    f->key = (struct known_key){.name = text, .host = text + name, .last_ms = key->last_ms};
    return RC_OK;
}

enum rc background_add_gone(struct background *b, const char *name, enum dns_kind kind, const struct known_gone *gone)
{
    struct fact *f = fact_put(&b->gone, name, enum_name(&dns_kind_names, (int)kind), 0);

    if (f == NULL)
        return RC_NOMEM;
    f->gone = *gone;
    return RC_OK;
}

enum rc background_add_network(struct background *b, const char *domain, const char *source, const struct ip_net *net)
{
    size_t size = strlen(source) + 1;
    struct network *n = calloc(1, sizeof *n + size);
    struct fact *f;

    if (n == NULL)
        return RC_NOMEM;
    n->net = *net;
    memcpy(n->source, source, size);
    f = (struct fact *)fact_find(b->networks, domain, ""); /* ours still: nobody else has seen it */
    if (f == NULL)
        f = fact_put(&b->networks, domain, "", 0);
    if (f == NULL) {
        free(n);
        return RC_NOMEM;
    }
    n->next = f->networks;
    f->networks = n;
    return RC_OK;
}

struct background *background_hold(struct background *b)
{
    if (b != NULL)
        atomic_fetch_add(&b->references, 1);
    return b;
}

static void facts_free(struct fact **table)
{
    struct fact *f, *next;

    HASH_ITER(hh, *table, f, next) {
        HASH_DEL(*table, f);
        free(f);
    }
}

static void networks_free(struct fact *f)
{
    for (struct network *n = f->networks, *next; n != NULL; n = next) {
        next = n->next;
        free(n);
    }
}

void background_release(struct background *b)
{
    if (b == NULL || atomic_fetch_sub(&b->references, 1) > 1)
        return;
    facts_free(&b->sources);
    facts_free(&b->changes);
    facts_free(&b->caught);
    facts_free(&b->keys);
    facts_free(&b->gone);
    for (struct fact *f = b->networks; f != NULL; f = f->hh.next)
        networks_free(f);
    facts_free(&b->networks);
    free(b);
}

/* The domain above; NULL when there is none. */
static const char *above(const char *domain)
{
    const char *dot = strchr(domain, '.');

    return dot == NULL ? NULL : dot + 1;
}

/* At `domain`, or at the nearest above it. */
static const struct fact *fact_above(const struct fact *table, const char *domain, const char *other)
{
    const struct fact *f = NULL;

    while (f == NULL && domain != NULL && domain[0] != '\0') {
        f = fact_find(table, domain, other);
        domain = above(domain);
    }
    return f;
}

const struct known_source *background_source(const struct background *b, const char *domain, const char *source)
{
    const struct fact *f = b == NULL ? NULL : fact_above(b->sources, domain, source);

    return f == NULL ? NULL : &f->source;
}

const struct known_key *background_key(const struct background *b, const char *domain, const char *source)
{
    const struct fact *f = b == NULL ? NULL : fact_above(b->keys, domain, source);

    return f == NULL ? NULL : &f->key;
}

const struct known_gone *background_gone(const struct background *b, const char *name, enum dns_kind kind)
{
    const struct fact *f = b == NULL ? NULL : fact_find(b->gone, name, enum_name(&dns_kind_names, (int)kind));

    return f == NULL ? NULL : &f->gone;
}

const char *background_network(const struct background *b, const char *domain, const struct ip *ip,
                               struct ip_net *net)
{
    const struct network *best = NULL;

    while (b != NULL && best == NULL && domain != NULL && domain[0] != '\0') {
        const struct fact *f = fact_find(b->networks, domain, "");

        for (const struct network *n = f == NULL ? NULL : f->networks; n != NULL; n = n->next)
            if (n->net.addr.family == ip->family && ip_in_net(ip, &n->net) &&
                (best == NULL || n->net.bits > best->net.bits))
                best = n;
        domain = above(domain);
    }
    if (best != NULL)
        *net = best->net;
    return best == NULL ? NULL : best->source;
}

const struct known_change *background_change(const struct background *b, const char *name, enum dns_kind kind)
{
    const struct fact *f = b == NULL ? NULL : fact_find(b->changes, name, enum_name(&dns_kind_names, (int)kind));

    return f == NULL ? NULL : &f->change;
}

bool background_is_caught(const struct background *b, const char *author_domain, const char *address)
{
    return b != NULL && fact_find(b->caught, author_domain, address) != NULL;
}

size_t background_sources(const struct background *b)
{
    return b == NULL ? 0 : HASH_COUNT(b->sources);
}

size_t background_changes(const struct background *b)
{
    return b == NULL ? 0 : HASH_COUNT(b->changes);
}
