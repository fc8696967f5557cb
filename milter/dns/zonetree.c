#include "dns/zonetree.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1

#include "base/arena.h"
#include "base/hashtable.h"

struct record {
    struct record *next;
    uint32_t ttl;
    uint16_t type;
    struct rdata rd;
};

struct failure {
    struct failure *next;
    uint16_t type; /* 0: every type */
    enum zone_failure how;
};

/* What DNSSEC makes of a name and all below it. */
struct mark {
    UT_hash_handle hh;
    struct mark *next;
    uint16_t type; /* 0: every type */
    enum zone_security security;
};

/* A name that exists; without records it is an empty non-terminal. */
struct node {
    UT_hash_handle hh;
    struct record *first, **end;
    struct failure *failures;
};

struct zonetree {
    struct arena *arena;
    struct node *names;
    struct mark *marks; /* by name */
    size_t records;
};

struct zonetree *zonetree_new(void)
{
    struct zonetree *z = calloc(1, sizeof *z);

    if (z == NULL)
        return NULL;
    z->arena = arena_new(ZONE_MEMORY_MAX);
    if (z->arena == NULL) {
        free(z);
        return NULL;
    }
    return z;
}

void zonetree_free(struct zonetree *z)
{
    if (z == NULL)
        return;
    HASH_CLEAR(hh, z->names); /* nodes are the arena's */
    HASH_CLEAR(hh, z->marks);
    arena_free(z->arena);
    free(z);
}

static struct node *node_find(const struct zonetree *z, const char *name)
{
    struct node *n;

    HASH_FIND(hh, z->names, name, (unsigned)strlen(name), n);
    return n;
}

static struct node *node_new(struct zonetree *z, const char *name)
{
    struct node *n = arena_alloc(z->arena, sizeof *n);
    char *key = str_dup(z->arena, str_of(name));

    if (n == NULL || key == NULL)
        return NULL;
    n->end = &n->first;
    HASH_ADD_KEYPTR(hh, z->names, key, (unsigned)strlen(key), n);
    return n->hh.tbl == NULL ? NULL : n;
}

/* The node of `name`; it and the names above come to be.  RFC 4592 section 2.2.2: empty ones exist too. */
static struct node *node_make(struct zonetree *z, const char *name)
{
    struct node *n = node_find(z, name);

    if (n != NULL)
        return n;
    n = node_new(z, name);
    for (const char *up = name_parent(name); up != NULL && node_find(z, up) == NULL; up = name_parent(up))
        if (node_new(z, up) == NULL)
            return NULL;
    return n;
}

bool zonetree_add(struct zonetree *z, const char *name, uint16_t type, uint32_t ttl, struct rdata rd)
{
    struct node *n = node_make(z, name);
    struct record *r = arena_alloc(z->arena, sizeof *r);
    uint8_t *copy = arena_alloc(z->arena, rd.n);

    if (n == NULL || r == NULL || copy == NULL || z->records == ZONE_RECORDS_MAX)
        return false;
    if (rd.n > 0)
        memcpy(copy, rd.p, rd.n);
    *r = (struct record){.type = type, .ttl = ttl, .rd = {copy, rd.n}};
    *n->end = r;
    n->end = &r->next;
    z->records++;
    return true;
}

bool zonetree_fail(struct zonetree *z, const char *name, uint16_t type, enum zone_failure how)
{
    struct node *n = node_make(z, name);
    struct failure *f = arena_alloc(z->arena, sizeof *f);

    if (n == NULL || f == NULL)
        return false;
    *f = (struct failure){.next = n->failures, .type = type, .how = how};
    n->failures = f;
    return true;
}

bool zonetree_secure(struct zonetree *z, const char *name, uint16_t type, enum zone_security security)
{
    struct mark *m = arena_alloc(z->arena, sizeof *m), *first;
    char *key = str_dup(z->arena, str_of(name));

    if (m == NULL || key == NULL)
        return false;
    *m = (struct mark){.type = type, .security = security};
    HASH_FIND(hh, z->marks, key, (unsigned)strlen(key), first);
    if (first != NULL) {
        m->next = first->next;
        first->next = m;
        return true;
    }
    HASH_ADD_KEYPTR(hh, z->marks, key, (unsigned)strlen(key), m);
    return m->hh.tbl != NULL;
}

/* The nearest mark at `name` or above it that is of this type; without one nothing is signed. */
static enum zone_security security_of(const struct zonetree *z, const char *name, uint16_t type)
{
    for (const char *up = name; up != NULL; up = name_parent(up)) {
        const struct mark *m;

        HASH_FIND(hh, z->marks, up, (unsigned)strlen(up), m);
        for (; m != NULL; m = m->next)
            if (m->type == 0 || m->type == type)
                return m->security;
    }
    return ZONE_INSECURE;
}

/* RFC 4592 section 3.3.1: the name itself, or "*" below the closest name that exists. */
static const struct node *node_match(const struct zonetree *z, const char *name)
{
    const struct node *n = node_find(z, name);

    for (const char *up = name_parent(name); n == NULL && up != NULL; up = name_parent(up)) {
        char wildcard[NAME_TEXT_SIZE + 2];
        struct strbuf b = STRBUF_ON(wildcard);

        if (node_find(z, up) == NULL)
            continue;
        strbuf_puts(&b, up[0] == '\0' ? "*" : "*.");
        strbuf_puts(&b, up);
        return node_find(z, wildcard);
    }
    return n;
}

static const struct record *alias_of(const struct node *n)
{
    for (const struct record *r = n->first; r != NULL; r = r->next)
        if (r->type == ZONE_TYPE_CNAME)
            return r;
    return NULL;
}

static const char *failure_of(const struct node *n, uint16_t type)
{
    for (const struct failure *f = n->failures; f != NULL; f = f->next)
        if (f->type == 0 || f->type == type)
            return f->how == ZONE_TIMEOUT ? "timeout" : "SERVFAIL";
    return NULL;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static struct answer *records_answer(const struct node *n, uint16_t type, struct dns_answer head)
{
    struct rdata rd[DNS_RR_MAX];
    size_t count = 0;

    for (const struct record *r = n->first; r != NULL && count < DNS_RR_MAX; r = r->next) {
        if (r->type != type)
            continue;
        rd[count++] = r->rd;
        head.ttl = lesser(head.ttl, r->ttl);
    }
    head.status = DNS_NOERROR;
    if (count == 0)
        head.ttl = lesser(head.ttl, ZONE_NEGATIVE_TTL);
    return answer_new(&head, (enum dns_type)type, rd, count);
}

struct answer *zonetree_answer(const struct zonetree *z, const struct question *q)
{
    struct dns_answer head = {.ttl = UINT32_MAX, .secure = true};
    char name[NAME_TEXT_SIZE];
    size_t n = q->n;

    memcpy(name, q->name, n + 1);
    for (int hops = 0; hops <= ZONE_CNAME_MAX; hops++) {
        const struct node *node = node_match(z, name);
        enum zone_security security = security_of(z, name, q->type);
        const char *failure = node == NULL ? NULL : failure_of(node, q->type);
        const struct record *alias = node == NULL ? NULL : alias_of(node);

        head.secure = head.secure && security == ZONE_SECURE;
        if (security == ZONE_BOGUS)
            return answer_failed("bogus");
        if (node == NULL) {
            head.status = DNS_NXDOMAIN;
            head.ttl = lesser(head.ttl, ZONE_NEGATIVE_TTL);
            return answer_new(&head, DNS_A, NULL, 0);
        }
        if (failure != NULL)
            return answer_failed(failure);
        if (alias == NULL)
            return records_answer(node, q->type, head);
        head.cname = true;
        head.canonical = name;
        head.ttl = lesser(head.ttl, alias->ttl);
        if (!name_of_wire(alias->rd.p, alias->rd.n, name, &n))
            return answer_failed("malformed CNAME");
    }
    return answer_failed("CNAME loop");
}
