#include "report/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "dmarc/dmarc_record.h"
#include "mail/domain.h"

enum { MEMORY = 1 << 20, SIGNATURES_MAX = 50, RUA_MAX = 10 };

/* ---- OpenDMARC's numbers ---- */

struct code {
    int number;
    const char *word;
};

/* libopendmarc's and its ar.h's results; several may mean one word to us, the first is what we write. */
static const struct code results[] = {{0, "pass"}, {2, "softfail"}, {3, "neutral"}, {4, "temperror"}, {5, "permerror"},
                                      {6, "none"}, {7, "fail"}, {8, "policy"}, {-1, ""}, {0, NULL}};
static const struct code actions[] = {{0, "reject"}, {2, "none"}, {4, "quarantine"}, {1, "reject"}, {3, "none"},
                                      {0, NULL}};
static const struct code outcomes[] = {{14, "none"}, {15, "pass"}, {16, "fail"}, {17, "fail"}, {18, "fail"}, {0, NULL}};
static const struct code policies[] = {{'n', "none"}, {'q', "quarantine"}, {'r', "reject"}, {0, ""}, {0, NULL}};
static const struct code modes[] = {{'r', "r"}, {'s', "s"}, {0, "r"}, {0, NULL}};
enum { ALIGNED = 4, NOT_ALIGNED = 5, OUTCOME_PASS = 15 };

static const char *history_word_of(const struct code *table, int number, const char *unknown)
{
    for (; table->word != NULL; table++)
        if (table->number == number)
            return table->word;
    return unknown;
}

static int number_of(const struct code *table, const char *word, int unknown)
{
    for (; table->word != NULL; table++)
        if (strcmp(table->word, word) == 0)
            return table->number;
    return unknown;
}

/* ---- reading ---- */

struct history {
    struct arena *arena[2]; /* of the message at hand, and of the one handed out */
    int at;                 /* which is at hand */
    struct record record[2];
    struct strbuf dkim;
    size_t signatures;
    bool begun;
    bool whole;      /* its last line was read */
    unsigned line, begun_at;
    unsigned odd_at; /* the first line whose number cannot be read; 0: none */
};

enum rc history_open(struct history **out, struct err *e)
{
    struct history *h = calloc(1, sizeof *h);

    *out = h;
    if (h != NULL) {
        h->arena[0] = arena_new(MEMORY);
        h->arena[1] = arena_new(MEMORY);
    }
    if (h != NULL && h->arena[0] != NULL && h->arena[1] != NULL)
        return RC_OK;
    history_free(h);
    *out = NULL;
    return err_set(e, RC_NOMEM, "no memory to read a history file");
}

void history_free(struct history *h)
{
    if (h == NULL)
        return;
    arena_free(h->arena[0]);
    arena_free(h->arena[1]);
    free(h);
}

static const char *history_clean(struct history *h, struct str value)
{
    struct strbuf b = strbuf_new(h->arena[h->at], RECORD_TEXT_MAX);

    strbuf_put_clean(&b, value, RECORD_TEXT_MAX);
    return b.p;
}

static const char *history_domain(struct history *h, struct str value)
{
    const char *normal;

    return domain_normalize(h->arena[h->at], value, &normal) == RC_OK ? normal : history_clean(h, value);
}

static const char *history_address(struct history *h, struct str value)
{
    char text[IP_TEXT_MAX];
    struct ip ip;

    return ip_parse(value, &ip) ? history_clean(h, str_of(ip_text(&ip, text))) : history_clean(h, value);
}

/* A decimal with an optional sign.  Anything else is noted, so that the message is not taken. */
static int number(struct history *h, struct str s)
{
    bool minus = s.n > 0 && s.p[0] == '-';
    uint32_t n;

    if (str_to_u32(str_slice(s, minus, s.n), &n) && n <= 1000)
        return minus ? -(int)n : (int)n;
    if (h->odd_at == 0)
        h->odd_at = h->line;
    return -1;
}

static struct str history_word(struct str *rest)
{
    size_t end = str_find(*rest, ' ');
    struct str first = str_slice(*rest, 0, end);

    *rest = str_slice(*rest, end + 1, rest->n);
    return first;
}

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || s.p[i] == ';')
            return false;
    return s.n > 0;
}

/* Results in DKIM's own words; OpenDMARC knows one list for all. */
static const char *dkim_fit(const char *result)
{
    return strcmp(result, "softfail") == 0 ? "fail" : result;
}

/* "domain selector result"; before version 1.4 "domain result". */
static void history_add_signature(struct history *h, struct str value)
{
    struct str d = history_word(&value), second = history_word(&value), third = history_word(&value);
    struct str selector = third.n > 0 ? second : STR("-"), result = third.n > 0 ? third : second;

    if (h->signatures++ >= SIGNATURES_MAX || !plain(d) || !plain(selector))
        return;
    strbuf_putf(&h->dkim, "%s%s %.*s %.*s -", h->dkim.n > 0 ? "; " : "",
                dkim_fit(history_word_of(results, number(h, result), "neutral")), STR_FMT(d), STR_FMT(selector));
}

static void history_begin(struct history *h, struct str job)
{
    struct record *r;

    h->at = !h->at;
    r = &h->record[h->at];
    arena_reset(h->arena[h->at]);
    record_blank(r);
    h->dkim = strbuf_new(h->arena[h->at], HISTORY_ENTRY_MAX);
    h->signatures = 0;
    h->begun = true;
    h->whole = false;
    h->odd_at = 0;
    h->begun_at = h->line;
    r->queue_id = history_clean(h, job);
    r->policy_adkim = r->policy_aspf = "r";
    r->policy_fo = "0";
    r->policy_testing = "n";
    r->dmarc = r->disposition = r->arc = "none";
    r->why = "evaluated by OpenDMARC";
}

static void take_numbers(struct history *h, struct str key, struct str value)
{
    struct record *r = &h->record[h->at];
    uint32_t when;

    if (str_eq(key, STR("received")))
        r->time_ms = str_to_u32(value, &when) ? (int64_t)when * 1000 : 0;
    else if (str_eq(key, STR("spf")))
        r->spf = history_word_of(results, number(h, value), "");
    else if (str_eq(key, STR("policy")))
        r->dmarc = history_word_of(outcomes, number(h, value), "none");
    else if (str_eq(key, STR("adkim")))
        r->policy_adkim = history_word_of(modes, number(h, value), "r");
    else if (str_eq(key, STR("aspf")))
        r->policy_aspf = history_word_of(modes, number(h, value), "r");
    else if (str_eq(key, STR("p")))
        r->policy_p = history_word_of(policies, number(h, value), "");
    else if (str_eq(key, STR("sp")))
        r->policy_sp = history_word_of(policies, number(h, value), "");
    else if (str_eq(key, STR("align_dkim")))
        r->dkim_aligned = number(h, value) == ALIGNED;
    else if (str_eq(key, STR("align_spf")))
        r->spf_aligned = number(h, value) == ALIGNED;
    else if (str_eq(key, STR("action"))) {
        r->disposition = history_word_of(actions, number(h, value), "none");
        h->whole = true;
    }
}

static void history_take(struct history *h, struct str key, struct str value)
{
    struct record *r = &h->record[h->at];

    if (str_eq(key, STR("ipaddr")))
        r->client_ip = history_address(h, value);
    else if (str_eq(key, STR("from")))
        r->author_domain = history_domain(h, value);
    else if (str_eq(key, STR("mfrom")))
        r->mail_from_domain = r->spf_domain = history_domain(h, value);
    else if (str_eq(key, STR("pdomain")))
        r->policy_domain = r->org_domain = history_domain(h, value);
    else if (str_eq(key, STR("rua")))
        r->policy_rua += value.n > 0 && !str_eq(value, STR("-"));
    else if (str_eq(key, STR("dkim")))
        history_add_signature(h, value);
    else
        take_numbers(h, key, value);
}

/* What follows from the lines together. */
static void complete(struct history *h)
{
    struct record *r = &h->record[h->at];
    bool own = strcmp(r->author_domain, r->policy_domain) == 0;

    r->dkim = h->dkim.over ? "" : h->dkim.p;
    r->spf_scope = r->spf[0] == '\0' ? "" : "mfrom";
    if (r->policy_p[0] == '\0') { /* no record */
        r->policy_domain = r->policy_sp = r->policy_adkim = r->policy_aspf = r->policy_fo = r->policy_testing = "";
        r->policy_rua = 0;
        r->dmarc = "none";
        return;
    }
    r->policy_source = own ? "author" : "org";
    r->policy_tag = own || r->policy_sp[0] == '\0' ? "p" : "sp";
    r->requested_policy = r->policy = r->policy_tag[0] == 's' ? r->policy_sp : r->policy_p;
    if (strcmp(r->dmarc, "fail") == 0 && strcmp(r->disposition, r->policy) != 0)
        r->overrides = "local_policy";
}

static enum rc history_finish(struct history *h, const struct record **done, struct err *e)
{
    const struct record *r = &h->record[h->at];

    *done = NULL;
    if (!h->begun)
        return RC_OK;
    h->begun = false;
    complete(h);
    if (r->queue_id[0] == '\0' || r->time_ms == 0 || r->client_ip[0] == '\0' || r->author_domain[0] == '\0')
        return err_set(e, RC_BAD, "line %u: a message without job, received, ipaddr or from", h->begun_at);
    if (h->odd_at != 0)
        return err_set(e, RC_BAD, "line %u: the number of message %s there cannot be read", h->odd_at, r->queue_id);
    if (!h->whole)
        return err_set(e, RC_BAD, "line %u: message %s is cut off: it has no line \"action\"", h->begun_at,
                       r->queue_id);
    *done = r;
    return RC_OK;
}

enum rc history_line(struct history *h, struct str line, const struct record **done, struct err *e)
{
    struct str value = line, key = history_word(&value);
    enum rc rc;

    *done = NULL;
    h->line++;
    if (!str_eq(key, STR("job"))) {
        if (h->begun)
            history_take(h, key, value);
        return RC_OK;
    }
    rc = history_finish(h, done, e);
    history_begin(h, value);
    return rc;
}

enum rc history_end(struct history *h, const struct record **done, struct err *e)
{
    return history_finish(h, done, e);
}

/* ---- writing ---- */

/* A value is one word: what is not could add a key of its own. */
static const char *safe(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (*p <= ' ' || *p >= 0x7f)
            return "-";
    return text[0] == '\0' ? "-" : text;
}

static void history_put_signatures(struct arena *a, const struct record *r, struct strbuf *b)
{
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (r->dkim[0] == '\0' || record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        return;
    for (size_t i = 0; i < n && i < SIGNATURES_MAX; i++)
        strbuf_putf(b, "dkim %.*s %.*s %d\n", STR_FMT(sig[i].domain), STR_FMT(sig[i].selector),
                    number_of(results, enum_name(&dkim_result_names, (int)sig[i].result), 6));
}

static void history_put_addresses(struct arena *a, const struct record *r, struct strbuf *b)
{
    struct dmarc_record record = {.rua_count = 0};

    if (r->policy_record[0] != '\0' && dmarc_record_parse(a, str_of(r->policy_record), &record) != RC_OK)
        record.rua_count = 0;
    for (size_t i = 0; i < record.rua_count && i < RUA_MAX; i++)
        strbuf_putf(b, "rua %s\n", safe(record.rua[i]));
    if (record.rua_count == 0)
        strbuf_puts(b, "rua -\n");
}

static int history_outcome(const struct record *r)
{
    if (strcmp(r->dmarc, "pass") == 0)
        return OUTCOME_PASS;
    return strcmp(r->policy, "reject") == 0 ? 16 : strcmp(r->policy, "quarantine") == 0 ? 17 : 18;
}

/* OpenDMARC names the HELO name as the sender's domain where there is none. */
static const char *sender(const struct record *r)
{
    if (r->mail_from_domain[0] != '\0')
        return r->mail_from_domain;
    return r->spf_domain[0] != '\0' ? r->spf_domain : r->helo;
}

enum rc history_write(struct arena *a, const struct record *r, const char *reporter, struct strbuf *out)
{
    struct strbuf b = strbuf_new(a, HISTORY_ENTRY_MAX);
    bool known = strcmp(r->dmarc, "pass") == 0 || strcmp(r->dmarc, "fail") == 0;

    if (!known || r->policy_domain[0] == '\0' || strcmp(r->disposition, "tempfail") == 0)
        return RC_OK; /* what was put off comes again */
    strbuf_putf(&b, "job %s\nreporter %s\nreceived %lld\nipaddr %s\nfrom %s\nmfrom %s\n", safe(r->queue_id),
                safe(reporter), (long long)(r->time_ms / 1000), safe(r->client_ip), safe(r->author_domain),
                safe(sender(r)));
    strbuf_putf(&b, "spf %d\n", number_of(results, r->spf, -1));
    history_put_signatures(a, r, &b);
    strbuf_putf(&b, "pdomain %s\npolicy %d\n", safe(r->policy_domain), history_outcome(r));
    history_put_addresses(a, r, &b);
    strbuf_putf(&b, "pct 100\nadkim %d\naspf %d\np %d\nsp %d\n", number_of(modes, r->policy_adkim, 'r'),
                number_of(modes, r->policy_aspf, 'r'), number_of(policies, r->policy_p, 0),
                number_of(policies, r->policy_sp, 0));
    strbuf_putf(&b, "align_dkim %d\nalign_spf %d\n", r->dkim_aligned ? ALIGNED : NOT_ALIGNED,
                r->spf_aligned ? ALIGNED : NOT_ALIGNED);
    /* no ARC override is claimed; the importer's tables want both lines */
    strbuf_putf(&b, "arc %d\narc_policy 1 json:[]\naction %d\n", strcmp(r->arc, "pass") == 0,
                number_of(actions, r->disposition, 2));
    if (b.over || b.n > out->max - out->n)
        return RC_LIMIT;
    strbuf_put(out, strbuf_str(&b));
    return RC_OK;
}
