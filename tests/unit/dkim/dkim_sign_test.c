#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dkim/dkim.h"
#include "dkim/dkim_sign.h"
#include "dmarc_rig.h"
#include "mail/eml.h"

/* The public half of dkim/sign.key, which "openssl genrsa 1024" made for this test alone. */
static const char zone_text[] =
    "s1._domainkey.r.example TXT ( \"v=DKIM1; p=\"\n"
    " \"MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDx5XjBqQSqjlbgQ/uVhNmEBmsIMnt3pRFl2bdjDQez9jI+rWP6eM7P+VGb/a4DU\"\n"
    " \"I7J+f+q3WsYh+rG7bdL\"\n"
    " \"xbisVm+0Mf5FMFzHk878rsa38hLa9ncvGR0z6HW3ZILW0MUAll+QTJSIr3J3iFwiJ9RFJ+5tFjGDJBPVfCYK+J9USQIDAQAB\" )\n";

/* The library loses a kilobyte with each key that it cannot read, of which a process tries one. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:dkim_privkey_load\n";
}

static struct arena *a;
static struct dns *zone;
static char pem[4096];

static int start(void **state)
{
    const char *srcdir = getenv("srcdir");
    char path[1024];
    struct err e = ERR_NONE;
    FILE *f;
    size_t n;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/tests/unit/dkim/mail/sign.key", srcdir == NULL ? "." : srcdir);
    f = fopen(path, "rb");
    assert_non_null(f);
    n = fread(pem, 1, sizeof pem - 1, f);
    pem[n] = '\0';
    (void)fclose(f);
    a = arena_new(32 << 20);
    zone = rig_zone(zone_text);
    return dkimv_init(&e) != RC_OK;
}

static int stop(void **state)
{
    (void)state;
    dkimv_shutdown();
    dns_close(zone);
    arena_free(a);
    return 0;
}

static void feed(void *v, struct str piece)
{
    dkimv_body(v, piece);
}

/* What our own verifier says of it: "pass r.example s1 rsa-sha256", or the reason. */
static const char *verified(struct str text)
{
    const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};
    const struct dkimv_limits limits = {.signatures = 20, .min_key_bits = 1024, .author = NULL};
    struct message m = {.arena = a, .arrival_ms = (int64_t)time(NULL) * 1000};
    struct dns_scope *scope = dns_scope_new(zone, 1000);
    struct strbuf b = strbuf_new(a, 300);
    struct dkim_evidence ev = {.n = 0};
    struct err e = ERR_NONE;
    struct dkimv *v;
    struct str body;

    assert_int_equal(eml_read(text, &m, &bounds, &body, &e), RC_OK);
    assert_int_equal(dkimv_begin(&v, &m, &limits, scope, &e), RC_OK);
    assert_non_null(v);
    eml_body(body, feed, v);
    dkimv_finish(v, &ev);
    dkimv_free(v);
    dns_scope_free(scope);
    assert_int_equal(ev.n, 1);
    strbuf_putf(&b, "%s", enum_name(&dkim_result_names, (int)ev.sig[0].result));
    if (ev.sig[0].result == DKIM_PASS)
        strbuf_putf(&b, " %s %s %s%s", ev.sig[0].domain, ev.sig[0].selector, ev.sig[0].algorithm,
                    ev.sig[0].from_signed ? "" : " From unsigned");
    return b.p;
}

#define HEAD "Date: Sat, 21 Nov 2026 22:26:40 +0000\r\nFrom: a@r.example\r\nSubject: x\r\n folded\r\nTo: b@p.example\r\n"

static void signs_what_we_verify(void **state)
{
    static const struct { const char *name, *message; } rows[] = {
        {"plain", HEAD "\r\nbody\r\n"},
        {"no body", HEAD "\r\n"},
        {"blank lines at the end", HEAD "\r\nbody\r\n\r\n\r\n"},
        {"dots and blanks", HEAD "\r\n.\r\n..  \t x \r\n\r\ny\r\n"},
        {"no To", "From: a@r.example\r\n\r\nbody\r\n"},
    };
    struct dkim_signer *s;
    struct err e = ERR_NONE;
    struct str out;

    (void)state;
    assert_int_equal(dkim_signer_new(str_of(pem), "r.example", "s1", &s, &e), RC_OK);
    FOR_ROWS(row, rows) {
        ASSERT_ROW(dkim_signer_sign(s, a, str_of(row->message), &out, &e) == RC_OK, row);
        ASSERT_ROW(str_starts_nocase(out, STR("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=r.example;")), row);
        ASSERT_ROW(str_ends_nocase(out, str_of(row->message)), row);
        ASSERT_ROW(strcmp(verified(out), "pass r.example s1 rsa-sha256") == 0, row);
    }
    dkim_signer_free(s);
}

/* A second From, Subject, To or Date, or another body, breaks it. */
static void covers_what_matters(void **state)
{
    static const struct { const char *name, *added; } rows[] = {
        {"From", "From: evil@v.example\r\n"}, {"Subject", "Subject: y\r\n"}, {"To", "To: v@v.example\r\n"},
        {"Date", "Date: Sat, 21 Nov 2026 22:26:41 +0000\r\n"},
    };
    struct dkim_signer *s;
    struct err e = ERR_NONE;
    struct str out;

    (void)state;
    assert_int_equal(dkim_signer_new(str_of(pem), "r.example", "s1", &s, &e), RC_OK);
    assert_int_equal(dkim_signer_sign(s, a, STR(HEAD "\r\nbody\r\n"), &out, &e), RC_OK);
    FOR_ROWS(row, rows) {
        struct strbuf b = strbuf_new(a, out.n + 100);

        strbuf_puts(&b, row->added);
        strbuf_put(&b, out);
        ASSERT_ROW(strncmp(verified(strbuf_str(&b)), "pass", 4) != 0, row);
    }
    dkim_signer_free(s);
}

static void bad_keys(void **state)
{
    static const struct { const char *name, *pem; } rows[] = {
        {"empty", ""}, {"no PEM", "hunter2\n"},
        {"Ed25519", "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFwq1sHQqFvZK05ml59hllApRjGc+4JZGxgccqJxe3MU\n"
                    "-----END PRIVATE KEY-----\n"},
        {"a public key", "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDx5XjBqQSqjlbgQ/uV\n"
                         "-----END PUBLIC KEY-----\n"},
        {"cut off", NULL},
    };
    struct dkim_signer *s;

    (void)state;
    FOR_ROWS(row, rows) {
        struct str key = row->pem == NULL ? str_slice(str_of(pem), 0, 400) : str_of(row->pem);
        struct err e = ERR_NONE;

        ASSERT_ROW(dkim_signer_new(key, "r.example", "s1", &s, &e) == RC_BAD, row);
        ASSERT_ROW(strstr(e.text, "RSA private key") != NULL && strstr(e.text, "hunter2") == NULL, row);
        ASSERT_ROW(s == NULL, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_what_we_verify), cmocka_unit_test(covers_what_matters), cmocka_unit_test(bad_keys),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
