#include "unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/arc_crypto.h"
#include "dkim/dkim.h"
#include "mail/eml.h"

/* The messages and keys beside this file: dkim/zone, dkim/rfc8463.eml (RFC 8463 appendix A) and others. */
static const char *fixture(const char *name, char path[static 1024])
{
    const char *srcdir = getenv("srcdir");
    struct strbuf b = strbuf_on(path, 1024);

    strbuf_putf(&b, "%s/tests/unit/dkim/mail/%s", srcdir == NULL ? ".." : srcdir, name);
    return path;
}

static struct dns *zone;

static int start(void **state)
{
    struct err e = ERR_NONE;
    char path[1024];

    (void)state;
    zone = dns_open_zone(fixture("zone", path), &e);
    return zone == NULL || dkimv_init(&e) != RC_OK;
}

static int stop(void **state)
{
    (void)state;
    dkimv_shutdown();
    dns_close(zone);
    return 0;
}

/* One message on its way through. */
struct run {
    struct message m;
    struct dns_scope *scope;
    struct dkimv *v;
    struct dkim_evidence ev;
    size_t chunk;
    bool wanted_body;
};

static void feed(void *ctx, struct str piece)
{
    struct run *r = ctx;

    while (piece.n > 0) {
        size_t n = r->chunk > 0 && r->chunk < piece.n ? r->chunk : piece.n;

        dkimv_body(r->v, str_slice(piece, 0, n));
        piece = str_slice(piece, n, piece.n);
    }
}

static const struct dkimv_limits usual = {.signatures = 20, .min_key_bits = 1024, .author = NULL};

static void run(struct run *r, struct str text, const struct dkimv_limits *limits)
{
    const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};
    struct err e = ERR_NONE;
    struct str body;

    r->m = (struct message){.arena = arena_new(16 << 20), .arrival_ms = INT64_C(1700000000000)};
    r->scope = dns_scope_new(zone, 5000);
    r->ev = (struct dkim_evidence){.n = 0};
    assert_int_equal(eml_read(text, &r->m, &bounds, &body, &e), RC_OK);
    assert_int_equal(dkimv_begin(&r->v, &r->m, limits, r->scope, &e), RC_OK);
    if (r->v == NULL)
        return;
    r->wanted_body = dkimv_wants_body(r->v);
    if (r->wanted_body)
        eml_body(body, feed, r);
    dkimv_finish(r->v, &r->ev);
}

static void done(struct run *r)
{
    dkimv_free(r->v);
    dns_scope_free(r->scope);
    arena_free(r->m.arena);
}

static struct str slurp(const char *name, char *buf, size_t size)
{
    char path[1024];
    FILE *f = fopen(fixture(name, path), "rb");
    size_t n;

    assert_non_null(f);
    n = fread(buf, 1, size, f);
    (void)fclose(f);
    return (struct str){buf, n};
}

static void golden(void **state)
{
    static const struct { const char *name; size_t at, n; enum dkim_result result; const char *reason; unsigned bits;
                          enum dkim_problem problem; } rows[] = {
        {"rfc8463.eml", 0, 2, DKIM_PASS, "", 256, DKIM_PROBLEM_NONE},
        {"rfc8463.eml", 1, 2, DKIM_PASS, "", 1024, DKIM_PROBLEM_NONE},
        {"simple.eml", 0, 1, DKIM_PASS, "", 2048, DKIM_PROBLEM_NONE},
        {"length.eml", 0, 1, DKIM_POLICY, "28 bytes of the body are not signed", 2048, DKIM_PROBLEM_BODY},
        {"many.eml", 0, 11, DKIM_TEMPERROR, "key lookup failed: SERVFAIL", 0, DKIM_PROBLEM_DNS},
        {"many.eml", 1, 11, DKIM_TEMPERROR, "key lookup failed: timeout", 0, DKIM_PROBLEM_DNS},
        {"many.eml", 2, 11, DKIM_PERMERROR, "key revoked", 0, DKIM_PROBLEM_REVOKED},
        {"many.eml", 3, 11, DKIM_PERMERROR, "no key", 0, DKIM_PROBLEM_NO_KEY},
        {"many.eml", 4, 11, DKIM_PERMERROR, "key has 512 bits, fewer than 1024", 512, DKIM_PROBLEM_WEAK},
        {"many.eml", 5, 11, DKIM_PASS, "", 2048, DKIM_PROBLEM_NONE},
        {"many.eml", 6, 11, DKIM_PERMERROR, "signature expired", 0, DKIM_PROBLEM_EXPIRED},
        {"many.eml", 7, 11, DKIM_POLICY, "From is not signed", 0, DKIM_PROBLEM_FROM},
        {"many.eml", 8, 11, DKIM_FAIL, "body hash did not verify", 2048, DKIM_PROBLEM_BODY},
        {"many.eml", 9, 11, DKIM_FAIL, "signature did not verify", 2048, DKIM_PROBLEM_HEADERS},
        {"many.eml", 10, 11, DKIM_NEUTRAL, "duplicate tag d=", 0, DKIM_PROBLEM_SYNTAX},
    };
    static const size_t chunks[] = {0, 1, 3};
    char buf[8192];

    (void)state;
    for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
        FOR_ROWS(row, rows) {
            struct run r = {.chunk = chunks[c]};
            const struct dkim_signature *s;

            run(&r, slurp(row->name, buf, sizeof buf), &usual);
            ASSERT_ROW(r.ev.n == row->n, row);
            s = &r.ev.sig[row->at];
            if (strcmp(s->reason, row->reason) != 0)
                print_error("\"%s\" is not \"%s\"\n", s->reason, row->reason);
            ASSERT_ROW(s->result == row->result, row);
            ASSERT_ROW(strcmp(s->reason, row->reason) == 0, row);
            ASSERT_ROW(s->key_bits == row->bits, row);
            ASSERT_ROW(s->problem == row->problem, row);
            ASSERT_ROW(s->checked, row);
            done(&r);
        }
    }
}

static void details(void **state)
{
    struct run r = {.chunk = 0};
    char buf[8192];

    (void)state;
    run(&r, slurp("length.eml", buf, sizeof buf), &usual);
    assert_string_equal(r.ev.sig[0].domain, "example.com");
    assert_string_equal(r.ev.sig[0].identity, "@example.com");
    assert_string_equal(r.ev.sig[0].selector, "testing");
    assert_string_equal(r.ev.sig[0].algorithm, "rsa-sha256");
    assert_int_equal(strlen(r.ev.sig[0].b), 344);
    assert_true(r.ev.sig[0].testing);
    assert_true(r.ev.sig[0].from_signed);
    assert_true(r.ev.sig[0].unsigned_bytes == 28);
    assert_true(r.ev.sig[0].key_known);
    assert_non_null(strstr(r.ev.sig[0].key_record, "p="));
    assert_true(r.ev.sig[0].key_ttl > 0);
    done(&r);
    run(&r, slurp("many.eml", buf, sizeof buf), &usual);
    assert_false(r.ev.sig[0].key_known); /* SERVFAIL */
    assert_true(r.ev.sig[2].key_known);  /* revoked: there is a record */
    assert_non_null(strstr(r.ev.sig[2].key_record, "p="));
    assert_true(r.ev.sig[3].key_known);  /* none */
    assert_string_equal(r.ev.sig[3].key_record, "");
    assert_false(r.ev.sig[6].key_known); /* expired: not asked for */
    done(&r);
}

/* RFC 8463's message with one byte of it changed, each time another; nothing but a blank goes unnoticed. */
static void every_change_is_seen(void **state)
{
    static const struct { const char *name, *from, *to; enum dkim_result want; } rows[] = {
        {"body", "hungry", "Hungry", DKIM_FAIL},
        {"body, blanks", "game.  Are", "game. Are", DKIM_PASS},
        {"From", "Joe SixPack", "Jim SixPack", DKIM_FAIL},
        {"Subject", "dinner", "Dinner", DKIM_FAIL},
        {"name of a field", "Subject:", "SUBJECT:", DKIM_PASS},
        {"signed field gone", "Date: ", "Gone: ", DKIM_FAIL},
        {"oversigned field added", "From: Joe", "Subject: x\nFrom: Joe", DKIM_FAIL},
        {"other field added", "From: Joe", "List-Id: x\nFrom: Joe", DKIM_PASS},
        {"empty field added", "From: Joe", "X:\nFrom: Joe", DKIM_PASS},
        {"h= of the signature", "date : message-id", "date: message-id", DKIM_FAIL},
        {"identity", "i=@football", "i=x@football", DKIM_FAIL},
    };
    char buf[8192], changed[8192];

    (void)state;
    FOR_ROWS(row, rows) {
        struct run r = {.chunk = 0};
        struct str text = slurp("rfc8463.eml", buf, sizeof buf - 1);
        struct strbuf b = STRBUF_ON(changed);
        char *at;

        buf[text.n] = '\0';
        at = strstr(buf, row->from);
        ASSERT_ROW(at != NULL, row);
        strbuf_put(&b, (struct str){buf, (size_t)(at - buf)});
        strbuf_puts(&b, row->to);
        strbuf_puts(&b, at + strlen(row->from));
        run(&r, strbuf_str(&b), &usual);
        ASSERT_ROW(r.ev.n == 2 && r.ev.sig[0].result == row->want, row);
        done(&r);
    }
}

/* Messages that have nothing for the library to do, or that it refuses: the mail goes on all the same. */
static void without_the_library(void **state)
{
    static const struct { const char *name, *text; size_t n; enum dkim_result result; const char *reason; bool body; } rows[] = {
        {"no signature", "From: a@b.example\n\nx\n", 0, DKIM_NONE, "", false},
        {"malformed only", "DKIM-Signature: x\nFrom: a@b.example\n\nx\n", 1, DKIM_NEUTRAL, "tag without \"=\"", false},
        {"no From", "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; h=from; bh=AAAA; b=AAAA\nTo: x\n\nx\n", 1,
         DKIM_PERMERROR, "message has no From field", false},
        {"no address in From", "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; h=from; bh=AAAA; b=AAAA\n"
         "From: joe\n\nx\n", 1, DKIM_PERMERROR, "no key", true},
        {"UTF-8 in the field", "DKIM-Signature: v=1; a=rsa-sha256; d=b\xc3\xbc.example; s=s; h=from; bh=AAAA; b=AAAA\n"
         "From: a@b.example\n\nx\n", 1, DKIM_PERMERROR, "no key", true},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct run r = {.chunk = 0};

        run(&r, str_of(row->text), &usual);
        ASSERT_ROW((r.v == NULL) == (row->n == 0), row);
        ASSERT_ROW(r.ev.n == row->n, row);
        ASSERT_ROW(r.wanted_body == row->body, row);
        ASSERT_ROW(row->n == 0 || r.ev.sig[0].result == row->result, row);
        ASSERT_ROW(row->n == 0 || strcmp(r.ev.sig[0].reason, row->reason) == 0, row);
        done(&r);
    }
}

/* Beyond the limit: told, not failed. */
static void limited(void **state)
{
    const struct dkimv_limits one = {.signatures = 1, .min_key_bits = 2048, .author = "football.example.com"};
    struct run r = {.chunk = 0};
    char buf[8192];

    (void)state;
    run(&r, slurp("rfc8463.eml", buf, sizeof buf), &one);
    assert_int_equal(r.ev.sig[0].result, DKIM_PASS);
    assert_int_equal(r.ev.sig[1].result, DKIM_NEUTRAL);
    assert_string_equal(r.ev.sig[1].reason, "not checked: more than 1 signatures");
    assert_false(r.ev.sig[1].checked);
    assert_int_equal(r.m.limits, 1u << MESSAGE_LIMIT_SIGNATURES);
    done(&r);
    run(&r, slurp("rfc8463.eml", buf, sizeof buf), &(struct dkimv_limits){.signatures = 2, .min_key_bits = 2048});
    assert_int_equal(r.ev.sig[1].result, DKIM_PERMERROR);
    assert_string_equal(r.ev.sig[1].reason, "key has 1024 bits, fewer than 2048");
    done(&r);
}

/* The library's keys are decoded once (dkim/arc_crypto.h), if this build can do that. */
static void keys_are_kept(void **state)
{
#ifdef ASSAY_KEEP_LIBRARY_KEYS
    struct crypto_counts before, after;
    char buf[8192];

    (void)state;
    crypto_shutdown();
    before = crypto_counts();
    for (int i = 0; i < 3; i++) {
        struct run r = {.chunk = 0};

        run(&r, slurp("rfc8463.eml", buf, sizeof buf), &usual);
        assert_int_equal(r.ev.sig[1].result, DKIM_PASS);
        done(&r);
    }
    after = crypto_counts();
    assert_int_equal(after.decoded - before.decoded, 1);
    assert_int_equal(after.found - before.found, 2);
#else
    (void)state;
    skip();
#endif
}

enum { THREADS = 4, MESSAGES = 25 };

/* How many of the messages came out right. */
static void *verify_many(void *arg)
{
    size_t *right = arg;
    char buf[8192], path[1024];
    FILE *f = fopen(fixture("rfc8463.eml", path), "rb");
    size_t n = f == NULL ? 0 : fread(buf, 1, sizeof buf, f);

    for (int i = 0; i < MESSAGES && n > 0; i++) {
        struct run r = {.chunk = 7};

        run(&r, (struct str){buf, n}, &usual);
        *right += r.ev.n == 2 && r.ev.sig[0].result == DKIM_PASS && r.ev.sig[1].result == DKIM_PASS;
        done(&r);
    }
    if (f != NULL)
        (void)fclose(f);
    return NULL;
}

/* One library serves all threads; ThreadSanitizer watches. */
static void threads(void **state)
{
    pthread_t id[THREADS];
    size_t right[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&id[i], NULL, verify_many, &right[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(id[i], NULL), 0);
        assert_int_equal(right[i], MESSAGES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden), cmocka_unit_test(details), cmocka_unit_test(every_change_is_seen),
        cmocka_unit_test(without_the_library), cmocka_unit_test(limited), cmocka_unit_test(keys_are_kept),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
