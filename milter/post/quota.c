#include "post/quota.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"
#include "mail/domain.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, NAME_SIZE = 256 };

struct sum {
    UT_hash_handle hh;
    unsigned n;
    char name[];
};

struct quota {
    const struct config *config;
    struct sum *hosts, *organizations;
    unsigned strangers;
    int64_t item;   /* an aggregate report of which it is known … */
    bool stranger;  /* … whether its domain is nobody's */
};

static const char *quota_host(const char *address)
{
    const char *at = strrchr(address, '@');

    return domain_registered(at == NULL ? address : at + 1);
}

/* ---- counting ---- */

/* Names in small letters; what is longer than a name can be is cut. */
static size_t quota_lower(char to[static NAME_SIZE], const char *name)
{
    size_t n = 0;

    for (; name[n] != '\0' && n < NAME_SIZE - 1; n++)
        to[n] = name[n] >= 'A' && name[n] <= 'Z' ? (char)(name[n] - 'A' + 'a') : name[n];
    to[n] = '\0';
    return n;
}

static unsigned quota_sum(const struct sum *table, const char *name)
{
    char key[NAME_SIZE];
    struct sum *s = NULL;
    size_t n = quota_lower(key, name);

    HASH_FIND(hh, table, key, n, s);
    return s == NULL ? 0 : s->n;
}

static void quota_add(struct sum **table, const char *name)
{
    char key[NAME_SIZE];
    size_t n = quota_lower(key, name);
    struct sum *s = NULL;

    HASH_FIND(hh, *table, key, n, s);
    if (s == NULL) {
        s = calloc(1, sizeof *s + n + 1);
        if (s == NULL)
            return;
        memcpy(s->name, key, n + 1);
        HASH_ADD_KEYPTR(hh, *table, s->name, n, s);
        if (s->hh.tbl == NULL) {
            free(s);
            return;
        }
    }
    s->n++;
}

static void quota_free_sums(struct sum **table)
{
    struct sum *s, *next;

    HASH_ITER(hh, *table, s, next) {
        HASH_DEL(*table, s);
        free(s);
    }
}

static void quota_count_mail(struct quota *q, enum outbox_kind kind, const char *policy_domain, const char *address,
                             bool stranger)
{
    quota_add(&q->hosts, quota_host(address));
    if (kind != OUTBOX_AGGREGATE)
        return;
    quota_add(&q->organizations, domain_registered(policy_domain));
    q->strangers += stranger;
}

static void quota_note_sent(void *arg, const struct outbox_sent *sent)
{
    quota_count_mail(arg, sent->kind, sent->policy_domain, sent->address, sent->stranger);
}

enum rc quota_open(struct db *d, const struct config *c, int64_t now_ms, struct quota **out, struct err *e)
{
    enum rc rc;

    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "no memory to send reports");
    (*out)->config = c;
    rc = outbox_each_sent(d, now_ms - DAY_MS, now_ms, quota_note_sent, *out, e);
    if (rc != RC_OK) {
        quota_close(*out);
        *out = NULL;
    }
    return rc;
}

void quota_close(struct quota *q)
{
    if (q == NULL)
        return;
    quota_free_sums(&q->hosts);
    quota_free_sums(&q->organizations);
    free(q);
}

/* ---- asking ---- */

static enum rc quota_know(struct quota *q, struct db *d, const struct dispatch *item, struct err *e)
{
    enum client_domain kind;
    bool known = q->config->clients != NULL && clients_of(q->config->clients, item->policy_domain, &kind) != NULL;
    enum rc rc = RC_OK;

    if (q->item == item->item)
        return RC_OK;
    if (!known)
        rc = outbox_domain_is_known(d, item, &known, e);
    q->item = item->item;
    q->stranger = !known;
    return rc;
}

enum rc quota_ask(struct quota *q, struct db *d, const struct dispatch *item, const char *address, const char **why,
                  struct err *e)
{
    const struct config *c = q->config;
    enum rc rc = RC_OK;

    *why = NULL;
    if (quota_sum(q->hosts, quota_host(address)) >= c->reports_per_host) {
        *why = "its host has had as much report mail as ReportsPerHost allows in a day";
        return RC_OK;
    }
    if (item->kind != OUTBOX_AGGREGATE)
        return RC_OK;
    if (quota_sum(q->organizations, domain_registered(item->policy_domain)) >= c->reports_per_domain) {
        *why = "there were as many reports about domains of its owner as ReportsPerDomain allows in a day";
        return RC_OK;
    }
    rc = quota_know(q, d, item, e);
    if (rc == RC_OK && q->stranger && q->strangers >= c->reports_of_strangers)
        *why = "nothing ever passed from this domain and nobody here knows it, and there were as many reports about "
               "such as ReportsOfStrangers allows in a day";
    return rc;
}

bool quota_count(struct quota *q, const struct dispatch *item, const char *address)
{
    bool stranger = item->kind == OUTBOX_AGGREGATE && q->stranger && q->item == item->item;

    quota_count_mail(q, item->kind, item->policy_domain, address, stranger);
    return stranger;
}
