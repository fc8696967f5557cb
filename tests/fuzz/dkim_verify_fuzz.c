/*
 * Whole messages through libopendkim: the first line is the key record that
 * every question gets ("!" a temporary failure, "-" none), then a message.
 * The resolver is replaced here, by name, so that no input needs a file.
 * Under the address sanitizer this watches the library's own memory, too.
 */
#include <string.h>

#include "dkim/dkim.h"
#include "fuzz.h"
#include "mail/eml.h"

enum { SIGNATURES = 4 };

struct dns_scope {
    struct dns_rr rr;
    struct dns_answer answer;
};

void dns_prefetch(struct dns_scope *s, const char *name, enum dns_type type)
{
    HOLDS(s != NULL && name != NULL && type == DNS_TXT);
}

const struct dns_answer *dns_ask(struct dns_scope *s, const char *name, enum dns_type type)
{
    HOLDS(strstr(name, "._domainkey.") != NULL && type == DNS_TXT);
    return &s->answer;
}

static void scope_fill(struct dns_scope *s, struct str key)
{
    *s = (struct dns_scope){.rr = {.txt = key}, .answer = {.status = DNS_NOERROR, .count = 1, .rr = &s->rr,
                                                                  .canonical = "", .why = ""}};
    if (str_eq(key, STR("!")))
        s->answer = (struct dns_answer){.status = DNS_TEMPFAIL, .canonical = "", .why = "SERVFAIL"};
    else if (str_eq(key, STR("-")))
        s->answer = (struct dns_answer){.status = DNS_NXDOMAIN, .canonical = "", .why = ""};
}

struct feed {
    struct dkimv *v;
    bool bytewise;
};

static void feed_body(void *ctx, struct str piece)
{
    struct feed *f = ctx;

    if (!f->bytewise)
        dkimv_body(f->v, piece);
    for (size_t i = 0; f->bytewise && i < piece.n; i++)
        dkimv_body(f->v, str_slice(piece, i, i + 1));
}

static void check(const struct message *m, const struct dkim_evidence *ev)
{
    size_t checked = 0;

    HOLDS(ev->n >= message_count_headers(m, "DKIM-Signature"));
    for (size_t i = 0; i < ev->n; i++) {
        const struct dkim_signature *s = &ev->sig[i];

        HOLDS(s->result != DKIM_NONE && s->reason != NULL && strlen(s->reason) < 120);
        HOLDS(s->result == DKIM_PASS || s->reason[0] != '\0');
        HOLDS(s->result != DKIM_PASS || (s->checked && s->from_signed && s->domain[0] != '\0'));
        HOLDS(s->result != DKIM_PASS || s->key_bits == 256 || s->key_bits >= 1024);
        checked += s->result == DKIM_PASS || s->result == DKIM_FAIL;
    }
    HOLDS(checked <= SIGNATURES);
}

/* The results, one letter each, for comparing. */
static void verify(struct arena *a, struct str text, struct dns_scope *scope, bool bytewise, char *results, size_t max)
{
    const struct message_bounds bounds = {.headers = 200, .header_bytes = 1 << 20};
    const struct dkimv_limits limits = {.signatures = SIGNATURES, .min_key_bits = 1024, .author = "example.com"};
    struct message m = {.arena = a, .arrival_ms = INT64_C(1700000000000)};
    struct strbuf out = strbuf_on(results, max);
    struct feed f = {.bytewise = bytewise};
    struct dkim_evidence ev = {.n = 0};
    struct err e = ERR_NONE;
    struct str body;

    if (eml_read(text, &m, &bounds, &body, &e) != RC_OK || dkimv_begin(&f.v, &m, &limits, scope, &e) != RC_OK ||
        f.v == NULL)
        return;
    if (dkimv_wants_body(f.v))
        eml_body(body, feed_body, &f);
    dkimv_finish(f.v, &ev);
    check(&m, &ev);
    for (size_t i = 0; i < ev.n; i++)
        strbuf_putc(&out, (char)('a' + (int)ev.sig[i].result));
    dkimv_free(f.v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct str text = fuzz_str(data, size), key = fuzz_take(&text, '\n');
    struct dns_scope scope;
    char results[2][256];
    struct err e = ERR_NONE;

    if (!ready)
        HOLDS(dkimv_init(&e) == RC_OK);
    ready = true;
    scope_fill(&scope, key);
    for (int bytewise = 0; bytewise < 2; bytewise++) {
        struct arena *a = arena_new(FUZZ_ARENA_MAX);

        verify(a, text, &scope, bytewise == 1, results[bytewise], sizeof results[0]);
        arena_free(a);
    }
    HOLDS(strcmp(results[0], results[1]) == 0);
    return 0;
}
