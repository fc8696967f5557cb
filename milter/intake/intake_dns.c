#include "intake/intake_dns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HASH_NONFATAL_OOM 1 /* without memory an answer is not remembered */
#include "base/hashtable.h"

#include "dmarc/dmarc_discover.h"
#include "dmarc/dmarc_walk.h"
#include "mail/domain.h"
#include "spf/spf.h"

enum { KEY_MAX = 400, ARENA_MAX = 256 * 1024 * 1024, QUESTIONS_MAX = DNS_SCOPE_QUESTIONS_MAX - 64 };

/* One answer; its key begins with a letter that tells what was asked. */
struct intake_answer {
    UT_hash_handle hh;
    struct spf_evidence spf;
    struct intake_dns_key dkim;
    const char *org;
    char key[];
};

struct intake_dns {
    const struct config *config;
    struct dns *dns;
    struct dns_scope *scope;
    struct arena *arena;
    struct intake_answer *answers; /* in the arena but for the table */
    unsigned kept;
    unsigned waited_ms; /* in the scopes before this one */
    struct as_table *networks; /* opened when it is asked for */
    bool networks_asked;
    struct err networks_trouble;
};

struct intake_dns *intake_dns_new(const struct config *config, struct dns *dns)
{
    struct intake_dns *l = calloc(1, sizeof *l);

    if (l == NULL)
        return NULL;
    l->config = config;
    l->dns = dns;
    l->arena = arena_new(ARENA_MAX);
    if (l->arena == NULL) {
        free(l);
        return NULL;
    }
    return l;
}

static void end_scope(struct intake_dns *l)
{
    if (l->scope != NULL)
        l->waited_ms += dns_scope_wait_ms(l->scope);
    dns_scope_free(l->scope);
    l->scope = NULL;
}

void intake_dns_free(struct intake_dns *l)
{
    if (l == NULL)
        return;
    if (l->scope != NULL)
        dns_scope_free(l->scope);
    HASH_CLEAR(hh, l->answers);
    as_table_close(l->networks);
    arena_free(l->arena);
    free(l);
}

bool intake_dns_network(struct intake_dns *l, const struct ip *ip, struct network *out)
{
    if (!l->networks_asked && l->config->networks_file[0] != '\0')
        (void)as_table_open(l->config->networks_file, &l->networks, &l->networks_trouble);
    l->networks_asked = true;
    return l->networks != NULL && ip->family != IP_NONE && as_table_find(l->networks, ip, out);
}

const char *intake_dns_trouble(const struct intake_dns *l)
{
    return l->networks_trouble.text;
}

void intake_dns_fresh(struct intake_dns *l)
{
    end_scope(l);
    if (l->waited_ms < INTAKE_DNS_WAIT_MS) /* else it is down, and stays so for this run */
        l->waited_ms = 0;
    if (l->kept < INTAKE_DNS_KEPT_MAX)
        return;
    HASH_CLEAR(hh, l->answers);
    arena_reset(l->arena);
    l->kept = 0;
}

struct dns_scope *intake_dns_scope(struct intake_dns *l)
{
    int timeout_ms = (int)l->config->dns_timeout * 1000;

    if (l->dns == NULL)
        return NULL;
    if (l->scope != NULL && dns_scope_questions(l->scope) < QUESTIONS_MAX &&
        (int)dns_scope_wait_ms(l->scope) < timeout_ms / 2)
        return l->scope;
    end_scope(l);
    if (l->waited_ms >= INTAKE_DNS_WAIT_MS)
        return NULL;
    l->scope = dns_scope_new(l->dns, timeout_ms);
    return l->scope;
}

/* The answer remembered under that key, or a new one, *made; NULL without memory. */
static struct intake_answer *recall(struct intake_dns *l, const char *key, bool *made)
{
    struct intake_answer *a;
    size_t n = strlen(key);

    *made = false;
    HASH_FIND(hh, l->answers, key, n, a);
    if (a != NULL)
        return a;
    a = arena_alloc(l->arena, sizeof *a + n + 1);
    if (a == NULL)
        return NULL;
    memcpy(a->key, key, n + 1);
    HASH_ADD_KEYPTR(hh, l->answers, a->key, n, a);
    l->kept++;
    *made = true;
    return a;
}

/* ---- SPF ---- */

static const char *copy(struct arena *a, const char *text)
{
    const char *own = text == NULL ? NULL : str_dup(a, str_of(text));

    return own == NULL ? "" : own;
}

/* What is looked at of it. */
static void keep_spf(struct intake_dns *l, const struct spf_evidence *found, struct spf_evidence *out)
{
    *out = (struct spf_evidence){
        .checked = true, .result = found->result, .trouble = found->trouble,
        .domain = copy(l->arena, found->domain),
        .mechanism = copy(l->arena, found->mechanism), .mechanism_domain = copy(l->arena, found->mechanism_domain),
        .leaf = copy(l->arena, found->leaf), .leaf_domain = copy(l->arena, found->leaf_domain),
        .explanation = "", .problem = copy(l->arena, found->problem),
        .trouble_domain = copy(l->arena, found->trouble_domain), .record = "",
    };
}

static const struct spf_evidence unasked = {
    .result = SPF_TEMPERROR, .domain = "", .mechanism = "", .mechanism_domain = "", .leaf = "", .leaf_domain = "",
    .explanation = "", .problem = "not asked", .trouble = SPF_TROUBLE_DNS, .trouble_domain = "", .record = "",
};

const struct spf_evidence *intake_dns_spf(struct intake_dns *l, const char *domain, const struct ip *ip)
{
    char key[KEY_MAX], text[IP_TEXT_MAX], from[KEY_MAX];
    struct dns_scope *scope = intake_dns_scope(l);
    struct arena *scratch;
    struct spf_evidence found;
    struct intake_answer *a;
    bool made;

    (void)snprintf(key, sizeof key, "s%s %s", ip_text(ip, text), domain);
    a = scope == NULL || ip->family == IP_NONE ? NULL : recall(l, key, &made);
    if (a == NULL)
        return &unasked;
    if (!made)
        return &a->spf;
    a->spf = unasked;
    scratch = arena_new(1 << 20);
    if (scratch == NULL)
        return &a->spf;
    (void)snprintf(from, sizeof from, "postmaster@%s", domain);
    spf_evaluate(scratch, &(struct spf_request){.ip = *ip, .helo = str_of(domain), .mail_from = str_of(from),
                                                .receiver = l->config->authserv_id, .now = (int64_t)time(NULL)},
                 scope, &found);
    keep_spf(l, &found, &a->spf);
    arena_free(scratch);
    return &a->spf;
}

/* ---- DKIM keys ---- */

const struct intake_dns_key *intake_dns_key(struct intake_dns *l, const char *domain, const char *selector)
{
    static const struct intake_dns_key unknown = {.host = ""};
    char name[KEY_MAX], key[KEY_MAX + 1];
    struct dns_scope *scope = intake_dns_scope(l);
    const struct dns_answer *found;
    struct intake_answer *a;
    bool made;

    if (scope == NULL || selector[0] == '\0' || strcmp(selector, "-") == 0 ||
        snprintf(name, sizeof name, "%s._domainkey.%s", selector, domain) > DOMAIN_MAX)
        return &unknown;
    (void)snprintf(key, sizeof key, "k%s", name);
    a = recall(l, key, &made);
    if (a == NULL)
        return &unknown;
    if (!made)
        return &a->dkim;
    found = dns_ask(scope, name, DNS_TXT);
    a->dkim = (struct intake_dns_key){
        .asked = found->status != DNS_TEMPFAIL,
        .absent = found->status == DNS_NXDOMAIN || found->status == DNS_NODATA,
        .host = found->cname ? copy(l->arena, found->canonical) : "",
    };
    return &a->dkim;
}

/* ---- organizational domains ---- */

/* As far as can be told without DNS. */
static const char *guess_org(const char *domain)
{
    const char *two = domain_rightmost(domain, 2);

    return strcspn(two, ".") <= 3 && strlen(two) <= 6 ? domain_rightmost(domain, 3) : two;
}

static const char *ask_org(struct intake_dns *l, const char *domain)
{
    struct dns_scope *scope = intake_dns_scope(l);
    struct arena *scratch = scope == NULL ? NULL : arena_new(1 << 20);
    struct dmarc_walk walk;
    const char *org = NULL;

    if (scratch != NULL) {
        dmarc_walk_begin(&walk, domain);
        if (dmarc_walk_finish(scratch, scope, &walk) == RC_OK)
            org = dmarc_org_domain(&walk);
    }
    org = copy(l->arena, org != NULL ? org : guess_org(domain));
    arena_free(scratch);
    return org;
}

const char *intake_dns_org(struct intake_dns *l, const char *domain)
{
    char key[KEY_MAX];
    struct intake_answer *a;
    bool made;

    if (domain[0] == '\0' || strlen(domain) > DOMAIN_MAX)
        return domain;
    (void)snprintf(key, sizeof key, "o%s", domain);
    a = recall(l, key, &made);
    if (a == NULL)
        return guess_org(domain);
    if (made)
        a->org = ask_org(l, domain);
    return a->org;
}

const char *intake_dns_host_org(struct intake_dns *l, const char *host)
{
    const char *org = intake_dns_org(l, host);

    return strcmp(org, host) == 0 ? guess_org(host) : org;
}
