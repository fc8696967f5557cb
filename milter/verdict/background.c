#include "verdict/background.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

static const char *const statuses[] = {"unknown", "approved", "pending", "retired", "malicious"};
const struct enum_names source_status_names = ENUM_NAMES(statuses);

enum { KEY_MAX = 600 }; /* a domain and a name beside it; longer ones are nobody's */

/* One fact under its key, with its own copy of all text. */
struct fact {
    UT_hash_handle hh;
    struct known_source source;
    struct known_change change;
    size_t key_size;
    char text[]; /* the key, then what the source's texts point to */
};

struct background {
    atomic_uint references;
    struct fact *sources, *changes, *caught;
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
    char *text;

    if (f == NULL)
        return RC_NOMEM;
    text = f->text + f->key_size;
    memcpy(text, known->ticket, ticket);
    memcpy(text + ticket, known->owner, owner);
    f->source = (struct known_source){
        .domain = f->text, .status = known->status, .ticket = text, .owner = text + ticket};
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

enum rc background_add_caught(struct background *b, const char *author_domain)
{
    return fact_put(&b->caught, author_domain, "", 0) == NULL ? RC_NOMEM : RC_OK;
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

void background_release(struct background *b)
{
    if (b == NULL || atomic_fetch_sub(&b->references, 1) > 1)
        return;
    facts_free(&b->sources);
    facts_free(&b->changes);
    facts_free(&b->caught);
    free(b);
}

const struct known_source *background_source(const struct background *b, const char *domain, const char *source)
{
    const struct fact *f = NULL;

    while (b != NULL && f == NULL && domain != NULL && domain[0] != '\0') {
        f = fact_find(b->sources, domain, source);
        domain = strchr(domain, '.');
        domain = domain == NULL ? NULL : domain + 1;
    }
    return f == NULL ? NULL : &f->source;
}

const struct known_change *background_change(const struct background *b, const char *name, enum dns_kind kind)
{
    const struct fact *f = b == NULL ? NULL : fact_find(b->changes, name, enum_name(&dns_kind_names, (int)kind));

    return f == NULL ? NULL : &f->change;
}

bool background_is_caught(const struct background *b, const char *author_domain)
{
    return b != NULL && b->caught != NULL &&
           (fact_find(b->caught, author_domain, "") != NULL || fact_find(b->caught, "*", "") != NULL);
}

size_t background_sources(const struct background *b)
{
    return b == NULL ? 0 : HASH_COUNT(b->sources);
}

size_t background_changes(const struct background *b)
{
    return b == NULL ? 0 : HASH_COUNT(b->changes);
}
