#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dkim/sigverify.h"
#include "mail/eml.h"

/* The message of RFC 8463 appendix A.3 with its two signatures, and the keys of A.2. */
#define ED_SIGNATURE \
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n" \
    " d=football.example.com; i=@football.example.com;\n" \
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n" \
    " subject : date : message-id : from : subject : date;\n" \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n" \
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n" \
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
#define RSA_SIGNATURE \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n" \
    " d=football.example.com; i=@football.example.com;\n" \
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n" \
    " date : message-id : from : subject : date;\n" \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n" \
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n" \
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n" \
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"
#define FROM "From: Joe SixPack <joe@football.example.com>\n"
#define FIELDS \
    "To: Suzie Q <suzie@shopping.example.net>\n" \
    "Subject: Is dinner ready?\n" \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n" \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
#define BODY "Hi.\n\nWe lost the game.  Are you hungry yet?\n\nJoe.\n"
#define ED_KEY "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA_KEY \
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR" \
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC" \
    "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3" \
    "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"

static struct dns *open_zone(void)
{
    char path[] = "/tmp/assay-sigverify-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fdopen(fd, "w");
    struct err e = ERR_NONE;
    struct dns *dns;

    assert_non_null(f);
    fprintf(f,
            "$ORIGIN football.example.com.\n$TTL 60\n"
            "brisbane._domainkey TXT \"" ED_KEY "\"\n"
            "test._domainkey TXT \"%.200s\" \"%s\"\n"
            "dead._domainkey SERVFAIL\n",
            RSA_KEY, &RSA_KEY[200]);
    fclose(f);
    dns = dns_open_zone(path, &e);
    unlink(path);
    if (dns == NULL)
        fail_msg("%s", e.text);
    return dns;
}

static void feed(void *ctx, struct str piece)
{
    sigverify_body(ctx, piece);
}

struct checked {
    struct message m;
    struct sigverify *v;
    struct dkim_sig sig;
    struct sigverify_outcome outcome;
};

/* Verifies the first DKIM-Signature of `text`; what is returned must be freed by done(). */
static struct checked check(struct dns_scope *dns, const char *text, uint64_t bytes_used)
{
    static const struct message_bounds bounds = {200, 9 * 1024 * 1024};
    struct checked c = {.m = {.arena = arena_new(64 << 20)}};
    const struct header *own;
    struct err e = ERR_NONE;
    struct str body;

    assert_int_equal(eml_read(str_of(text), &c.m, &bounds, &body, &e), RC_OK);
    own = message_find_header(&c.m, "DKIM-Signature", 0);
    assert_int_equal(dkim_sig_parse(c.m.arena, own->value, DKIM_SIG_MESSAGE, &c.sig), RC_OK);
    assert_string_equal(c.sig.why, "");
    assert_int_equal(sigverify_new(&c.v, &c.m, dns, 1024), RC_OK);
    sigverify_prefetch(c.v, &c.sig);
    assert_int_equal(sigverify_want(c.v, &c.sig), RC_OK);
    eml_body(body, feed, c.v);
    sigverify_body_end(c.v);
    if (bytes_used > 0) {
        struct header filler = {STR("X"), {arena_alloc(c.m.arena, bytes_used), bytes_used}};
        struct crypto_hash *h = crypto_hash_new();

        assert_true(sigverify_hash_field(c.v, h, DKIM_CANON_SIMPLE, &filler, NULL));
        crypto_hash_free(h);
    }
    sigverify_message(c.v, &c.sig, own, &c.outcome);
    return c;
}

static void done(struct checked *c)
{
    sigverify_free(c->v);
    arena_free(c->m.arena);
}

static void messages(void **state)
{
    static const struct {
        const char *name, *text;
        enum sigverify_result result;
        const char *reason;
        unsigned bits;
    } rows[] = {
        {"ed25519", ED_SIGNATURE RSA_SIGNATURE FROM FIELDS "\n" BODY, SIGVERIFY_PASS, "", 256},
        {"rsa", RSA_SIGNATURE FROM FIELDS "\n" BODY, SIGVERIFY_PASS, "", 1024},
        {"fields that h= does not name", RSA_SIGNATURE "X: y\n" FROM FIELDS "\n" BODY, SIGVERIFY_PASS, "",
         1024},
        {"body", RSA_SIGNATURE FROM FIELDS "\n" BODY "x", SIGVERIFY_BODY, "body hash did not verify", 0},
        {"header", RSA_SIGNATURE FROM FIELDS "Cc: x\nSubject: y\n\n" BODY, SIGVERIFY_SIGNATURE,
         "signature did not verify", 1024},
        {"oversigned From added", RSA_SIGNATURE FROM FROM FIELDS "\n" BODY, SIGVERIFY_SIGNATURE,
         "signature did not verify", 1024},
    };
    struct dns *dns = open_zone();

    (void)state;
    FOR_ROWS(row, rows) {
        struct dns_scope *scope = dns_scope_new(dns, 1000);
        struct checked c = check(scope, row->text, 0);

        ASSERT_ROW(c.outcome.result == row->result, row);
        ASSERT_ROW(strcmp(c.outcome.reason, row->reason) == 0, row);
        ASSERT_ROW(c.outcome.key_bits == row->bits, row);
        done(&c);
        dns_scope_free(scope);
    }
    dns_close(dns);
}

#define OTHER_KEY(selector) \
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com; s=" selector ";\n" \
    " h=from; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=; b=AAAA\n" FROM "\n" BODY
#define LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void keys(void **state)
{
    static const struct {
        const char *name, *text;
        enum sigverify_result result;
        const char *reason;
    } rows[] = {
        {"absent", OTHER_KEY("nosuch"), SIGVERIFY_KEY, "no key"},
        {"dead", OTHER_KEY("dead"), SIGVERIFY_DNS, "DNS did not answer for the key"},
        {"of another kind", OTHER_KEY("test"), SIGVERIFY_KEY, "k= of the key does not match a="},
        {"name too long", OTHER_KEY(LABEL "." LABEL "." LABEL ".a.very.long.selector.that.still.is.a.name"),
         SIGVERIFY_KEY, "name of the key is too long"},
        {"short signature", OTHER_KEY("brisbane"), SIGVERIFY_SIGNATURE, "signature did not verify"},
    };
    struct dns *dns = open_zone();

    (void)state;
    FOR_ROWS(row, rows) {
        struct dns_scope *scope = dns_scope_new(dns, 1000);
        struct checked c = check(scope, row->text, 0);

        ASSERT_ROW(c.outcome.result == row->result, row);
        ASSERT_ROW(strcmp(c.outcome.reason, row->reason) == 0, row);
        done(&c);
        dns_scope_free(scope);
    }
    dns_close(dns);
}

/* What all signatures of a message may hash together is bounded. */
static void header_bytes_are_bounded(void **state)
{
    const char *text = RSA_SIGNATURE FROM FIELDS "\n" BODY;
    struct dns *dns = open_zone();
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct checked c = check(scope, text, SIGVERIFY_HEADER_BYTES_MAX - 2000);

    (void)state;
    assert_int_equal(c.outcome.result, SIGVERIFY_PASS);
    done(&c);
    c = check(scope, text, SIGVERIFY_HEADER_BYTES_MAX - 500);
    assert_int_equal(c.outcome.result, SIGVERIFY_LIMIT);
    assert_string_equal(c.outcome.reason, "more header bytes than are examined");
    done(&c);
    dns_scope_free(scope);
    dns_close(dns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages), cmocka_unit_test(keys), cmocka_unit_test(header_bytes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
