#include "dns/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1

#include "base/hashtable.h"
#include "base/log.h"

/* A question whose answer is in the file, or (key without type) an alias that is, and where it leads. */
struct seen {
    UT_hash_handle hh;
    char *end; /* NULL for a question */
    char key[];
};

struct recorder {
    pthread_mutex_t lock;
    FILE *file;
    char *path;
    struct seen *questions, *aliases;
    bool signed_zones; /* an answer was secure */
};

struct recorder *recorder_new(const char *path, struct err *e)
{
    struct recorder *r = calloc(1, sizeof *r);
    char *copy = strdup(path);

    if (r == NULL || copy == NULL) {
        (void)err_set(e, RC_NOMEM, "no memory to record DNS answers");
        free(copy);
        free(r);
        return NULL;
    }
    r->path = copy;
    r->file = fopen(path, "w");
    if (r->file == NULL) {
        (void)err_errno(e, RC_IO, errno, "cannot write DNS answers to %s", path);
        free(copy);
        free(r);
        return NULL;
    }
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)fputs("; DNS answers as recorded by assay; give this file to --zone to have them again\n", r->file);
    return r;
}

/* The member of `set` with that key, made if need be; `*fresh` tells.  NULL without memory. */
static struct seen *seen_get(struct seen **set, const char *key, size_t n, bool *fresh)
{
    struct seen *s;

    *fresh = false;
    HASH_FIND(hh, *set, key, (unsigned)n, s);
    if (s != NULL)
        return s;
    s = calloc(1, sizeof *s + n);
    if (s == NULL)
        return NULL;
    memcpy(s->key, key, n);
    HASH_ADD_KEYPTR(hh, *set, s->key, (unsigned)n, s);
    if (s->hh.tbl == NULL) {
        free(s);
        return NULL;
    }
    *fresh = true;
    return s;
}

static void seen_free(struct seen *set)
{
    struct seen *s, *next;

    HASH_ITER(hh, set, s, next) {
        HASH_DEL(set, s);
        free(s->end);
        free(s);
    }
}

/* RFC 1035 section 5.1: character-strings of up to 255 bytes, what does not print as \DDD */
static void txt_put(FILE *f, struct str txt)
{
    enum { PIECE = 255 };

    if (txt.n == 0)
        (void)fputs(" \"\"", f);
    for (size_t i = 0; i < txt.n; i++) {
        unsigned char c = (unsigned char)txt.p[i];

        if (i % PIECE == 0)
            (void)fputs(i == 0 ? " \"" : "\" \"", f);
        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            (void)fprintf(f, "\\%03u", c);
        else
            (void)fputc(c, f);
    }
    if (txt.n > 0)
        (void)fputc('"', f);
}

static void rr_put(FILE *f, enum dns_type type, const struct dns_rr *rr)
{
    char ip[IP_TEXT_MAX];

    switch (type) {
    case DNS_A:
    case DNS_AAAA:
        (void)fprintf(f, " %s", ip_text(&rr->addr, ip));
        break;
    case DNS_TXT:
    case DNS_SPF:
        txt_put(f, rr->txt);
        break;
    case DNS_MX:
        (void)fprintf(f, " %u", rr->preference);
        /* fall through */
    case DNS_PTR:
    case DNS_NS:
        (void)fprintf(f, " %s.", rr->name);
        break;
    case DNS_SOA:
        (void)fprintf(f, " %s. . %u 3600 600 86400 60", rr->name, rr->serial);
        break;
    case DNS_DS:
    case DNS_TLSA: /* RFC 3597 section 5: any RDATA */
        (void)fprintf(f, " \\# %zu ", rr->txt.n);
        for (size_t i = 0; i < rr->txt.n; i++)
            (void)fprintf(f, "%02x", (unsigned char)rr->txt.p[i]);
        break;
    }
}

/* What of the chain of aliases is told: its end; where that is unknown, a name of our own making. */
static void end_of_aliases(struct recorder *r, const struct dns_answer *a, char *out, size_t size)
{
    if (a->canonical[0] != '\0')
        (void)snprintf(out, size, "%s", a->canonical);
    else
        (void)snprintf(out, size, "alias-%u.recorded.invalid", HASH_COUNT(r->aliases));
}

/*
 * The name under which the records of an alias stand.  An alias is written
 * once: should it have led elsewhere meanwhile, the replay knows one way.
 */
static const char *alias_owner(struct recorder *r, const struct question *q, const struct dns_answer *a)
{
    bool fresh = false;
    struct seen *s = seen_get(&r->aliases, q->name, q->n, &fresh);
    char end[NAME_TEXT_SIZE];

    if (s == NULL || !fresh)
        return s == NULL ? NULL : s->end;
    end_of_aliases(r, a, end, sizeof end);
    s->end = strdup(end);
    if (s->end != NULL)
        (void)fprintf(r->file, "%s. %u CNAME %s.\n", q->name, a->ttl, s->end);
    return s->end;
}

/* Whether the records of that name and type were written already, for another alias of it or for itself. */
static bool told(struct recorder *r, const char *owner, const struct question *q)
{
    struct question of_owner = {.salt = q->salt, .type = q->type};
    struct strbuf name = strbuf_on(of_owner.name, sizeof of_owner.name);
    bool fresh = false;

    strbuf_puts(&name, owner);
    of_owner.n = (uint16_t)name.n;
    return seen_get(&r->questions, (const char *)&of_owner, question_key_size(&of_owner), &fresh) != NULL && !fresh;
}

/* What DNSSEC made of it; nothing where it never made anything of any answer. */
static void security_put(struct recorder *r, const struct question *q, const char *owner, const struct dns_answer *a)
{
    const char *word = a->secure ? "SECURE" : "INSECURE", *type = dns_type_name((enum dns_type)q->type);

    r->signed_zones = r->signed_zones || a->secure;
    if (!r->signed_zones || a->status == DNS_TEMPFAIL)
        return;
    (void)fprintf(r->file, "%s. %s %s\n", q->name, word, type);
    if (a->cname && owner != NULL)
        (void)fprintf(r->file, "%s. %s %s\n", owner, word, type);
}

static void answer_put(struct recorder *r, const struct question *q, const struct dns_answer *a)
{
    enum dns_type type = (enum dns_type)q->type;
    const char *type_name = dns_type_name(type);
    const char *owner = a->cname ? alias_owner(r, q, a) : q->name;

    security_put(r, q, owner, a);
    if (owner == NULL || (a->cname && told(r, owner, q)))
        return;
    switch (a->status) {
    case DNS_NOERROR:
        for (size_t i = 0; i < a->count; i++) {
            (void)fprintf(r->file, "%s. %u %s", owner, a->ttl, type_name);
            rr_put(r->file, type, &a->rr[i]);
            (void)fputc('\n', r->file);
        }
        break;
    case DNS_NODATA: /* a record of a type that nobody asks for lets the name exist */
        (void)fprintf(r->file, "%s. %u HINFO \"no\" \"%s\"\n", owner, a->ttl, type_name);
        break;
    case DNS_NXDOMAIN:
        (void)fprintf(r->file, "; there is no %s. (%s)\n", owner, type_name);
        break;
    case DNS_TEMPFAIL: {
        const char *word;
        bool late = strcmp(a->why, "timeout") == 0 || strcmp(a->why, "deadline") == 0;

        word = late ? "TIMEOUT" : strcmp(a->why, "bogus") == 0 ? "BOGUS" : "SERVFAIL";
        (void)fprintf(r->file, "%s. %s %s ; %s\n", q->name, word, type_name, a->why);
        break;
    }
    }
}

void recorder_put(struct recorder *r, const struct question *q, const struct dns_answer *a)
{
    bool fresh;

    (void)pthread_mutex_lock(&r->lock);
    if (HASH_COUNT(r->questions) < RECORDER_ANSWERS_MAX &&
        seen_get(&r->questions, (const char *)q, question_key_size(q), &fresh) != NULL && fresh) {
        answer_put(r, q, a);
        if (HASH_COUNT(r->questions) == RECORDER_ANSWERS_MAX)
            (void)fputs("; the rest was not recorded\n", r->file);
    }
    (void)pthread_mutex_unlock(&r->lock);
}

void recorder_close(struct recorder *r)
{
    bool failed;

    if (r == NULL)
        return;
    failed = ferror(r->file) != 0;
    if (fclose(r->file) != 0 || failed)
        log_write(LOG_LEVEL_WARNING, NULL, "DNS answers were not all written to %s: %s", r->path,
                  strerror(errno));
    seen_free(r->questions);
    seen_free(r->aliases);
    (void)pthread_mutex_destroy(&r->lock);
    free(r->path);
    free(r);
}
