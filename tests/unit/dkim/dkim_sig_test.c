#include "unit.h"

#include <string.h>

#include "dkim/dkim_sig.h"

/* A complete field but for the tags under test. */
#define HEAD "v=1; a=rsa-sha256; "
#define NAME "d=example.com; s=s1; "
#define SIGNED "h=from:to; bh=AAAA; b=BBBB; "

static struct dkim_sig parsed(struct arena *a, const char *value, enum dkim_sig_kind kind)
{
    struct dkim_sig sig;

    assert_int_equal(dkim_sig_parse(a, str_of(value), kind, &sig), RC_OK);
    return sig;
}

static void faults(void **state)
{
    static const struct { const char *name, *value; enum dkim_sig_fault want; const char *why; } rows[] = {
        {"plain", HEAD NAME SIGNED, DKIM_SIG_OK, ""},
        {"no trailing semicolon", HEAD NAME "h=from; bh=AAAA; b=BBBB", DKIM_SIG_OK, ""},
        {"folded anywhere", "v=1;\r\n\ta = rsa-sha256 ;d=example.com;\r\n s=s1; h=from :\r\n to; bh=AA\r\n AA; b=B\r\n BBB",
         DKIM_SIG_OK, ""},
        {"unknown tag", HEAD NAME SIGNED "zz=1", DKIM_SIG_OK, ""},
        {"empty", "", DKIM_SIG_INCOMPLETE, "missing tag v="},
        {"garbage", "hello", DKIM_SIG_MALFORMED, "tag without \"=\""},
        {"duplicate d", HEAD NAME SIGNED "d=example.org", DKIM_SIG_MALFORMED, "duplicate tag d="},
        {"control character", HEAD NAME SIGNED "z=a\001b", DKIM_SIG_MALFORMED, "control character in tag z="},
        {"no v", "a=rsa-sha256; " NAME SIGNED, DKIM_SIG_INCOMPLETE, "missing tag v="},
        {"v=2", "v=2; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_UNKNOWN, "unknown version in v="},
        {"v=01", "v=01; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_UNKNOWN, "unknown version in v="},
        {"no a", "v=1; " NAME SIGNED, DKIM_SIG_INCOMPLETE, "missing tag a="},
        {"rsa-sha1", "v=1; a=rsa-sha1; " NAME SIGNED, DKIM_SIG_SHA1, "rsa-sha1 is not acceptable (RFC 8301)"},
        {"rsa-sha512", "v=1; a=rsa-sha512; " NAME SIGNED, DKIM_SIG_UNKNOWN, "unknown algorithm in a="},
        {"no d", HEAD "s=s1; " SIGNED, DKIM_SIG_INCOMPLETE, "missing tag d="},
        {"empty d", HEAD "d=; s=s1; " SIGNED, DKIM_SIG_INCOMPLETE, "missing tag d="},
        {"d with space", HEAD "d=exam ple.com; s=s1; " SIGNED, DKIM_SIG_MALFORMED, "malformed d="},
        {"d with trailing dot", HEAD "d=example.com.; s=s1; " SIGNED, DKIM_SIG_MALFORMED, "malformed d="},
        {"d with empty label", HEAD "d=example..com; s=s1; " SIGNED, DKIM_SIG_MALFORMED, "malformed d="},
        {"d of one label", HEAD "d=com; s=s1; " SIGNED, DKIM_SIG_MALFORMED, "d= has one label only"},
        {"no s", HEAD "d=example.com; " SIGNED, DKIM_SIG_INCOMPLETE, "missing tag s="},
        {"s with slash", HEAD "d=example.com; s=a/b; " SIGNED, DKIM_SIG_MALFORMED, "malformed s="},
        {"selector of two labels", HEAD "d=example.com; s=a.b; " SIGNED, DKIM_SIG_OK, ""},
        {"i below d", HEAD NAME SIGNED "i=joe@mail.Example.com", DKIM_SIG_OK, ""},
        {"i elsewhere", HEAD NAME SIGNED "i=@example.org", DKIM_SIG_IDENTITY, "i= is not within d="},
        {"i ends alike", HEAD NAME SIGNED "i=@badexample.com", DKIM_SIG_IDENTITY, "i= is not within d="},
        {"i without at", HEAD NAME SIGNED "i=example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with dots", HEAD NAME SIGNED "i=a.b+c=x@example.com", DKIM_SIG_OK, ""},
        {"i with a quoted local-part", HEAD NAME SIGNED "i=\"a b\"@example.com", DKIM_SIG_OK, ""},
        {"i with a coded letter", HEAD NAME SIGNED "i=a=2Bb@example.com", DKIM_SIG_OK, ""},
        {"i in UTF-8", HEAD NAME SIGNED "i=j\xc3\xb6@example.com", DKIM_SIG_OK, ""},
        {"i with a coded blank", HEAD NAME SIGNED "i=a=20b@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with a coded at", HEAD NAME SIGNED "i=joe=40x@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with two ats", HEAD NAME SIGNED "i=joe@x@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with an empty atom", HEAD NAME SIGNED "i=a..b@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with an open quote", HEAD NAME SIGNED "i=\"a@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"i with text after the quotes", HEAD NAME SIGNED "i=\"a\"b@example.com", DKIM_SIG_MALFORMED, "malformed i="},
        {"no b", HEAD NAME "h=from; bh=AAAA", DKIM_SIG_INCOMPLETE, "missing tag b="},
        {"empty b", HEAD NAME "h=from; bh=AAAA; b=", DKIM_SIG_INCOMPLETE, "missing tag b="},
        {"b not base64", HEAD NAME "h=from; bh=AAAA; b=BB*B", DKIM_SIG_MALFORMED, "malformed b="},
        {"b unpadded", HEAD NAME "h=from; bh=AAAA; b=BBB", DKIM_SIG_OK, ""},
        {"b cut", HEAD NAME "h=from; bh=AAAA; b=BBBBB", DKIM_SIG_MALFORMED, "malformed b="},
        {"b padded inside", HEAD NAME "h=from; bh=AAAA; b=B=BB", DKIM_SIG_MALFORMED, "malformed b="},
        {"b all padding", HEAD NAME "h=from; bh=AAAA; b====", DKIM_SIG_MALFORMED, "malformed b="},
        {"no bh", HEAD NAME "h=from; b=BBBB", DKIM_SIG_INCOMPLETE, "missing tag bh="},
        {"no h", HEAD NAME "bh=AAAA; b=BBBB", DKIM_SIG_INCOMPLETE, "missing tag h="},
        {"From not signed", HEAD NAME "h=to:subject; bh=AAAA; b=BBBB", DKIM_SIG_FROM, "From is not signed"},
        {"From in any case", HEAD NAME "h=To:FROM; bh=AAAA; b=BBBB", DKIM_SIG_OK, ""},
        {"trailing colon in h", HEAD NAME "h=from:to:; bh=AAAA; b=BBBB", DKIM_SIG_OK, ""},
        {"space in a name", HEAD NAME "h=from:x y; bh=AAAA; b=BBBB", DKIM_SIG_MALFORMED, "malformed h="},
        {"c simple", HEAD NAME SIGNED "c=simple", DKIM_SIG_OK, ""},
        {"c unknown", HEAD NAME SIGNED "c=nowsp", DKIM_SIG_UNKNOWN, "unknown canonicalization in c="},
        {"c unknown body", HEAD NAME SIGNED "c=relaxed/nofws", DKIM_SIG_UNKNOWN, "unknown canonicalization in c="},
        {"c empty body", HEAD NAME SIGNED "c=relaxed/", DKIM_SIG_UNKNOWN, "unknown canonicalization in c="},
        {"c empty", HEAD NAME SIGNED "c=", DKIM_SIG_UNKNOWN, "unknown canonicalization in c="},
        {"l negative", HEAD NAME SIGNED "l=-1", DKIM_SIG_MALFORMED, "malformed l="},
        {"t not a number", HEAD NAME SIGNED "t=now", DKIM_SIG_MALFORMED, "malformed t="},
        {"t of 13 digits", HEAD NAME SIGNED "t=1234567890123", DKIM_SIG_MALFORMED, "malformed t="},
        {"x empty", HEAD NAME SIGNED "x=", DKIM_SIG_MALFORMED, "malformed x="},
        {"x before t", HEAD NAME SIGNED "t=20; x=10", DKIM_SIG_MALFORMED, "x= is not after t="},
        {"x is t", HEAD NAME SIGNED "t=20; x=20", DKIM_SIG_MALFORMED, "x= is not after t="},
        {"q among unknown", HEAD NAME SIGNED "q=other/x : dns/txt", DKIM_SIG_OK, ""},
        {"q unknown", HEAD NAME SIGNED "q=dns/rr", DKIM_SIG_UNKNOWN, "unknown query method in q="},
        {"first fault is told", "v=1; a=rsa-sha1; d=example.com; s=s1; h=to; bh=AAAA; b=B", DKIM_SIG_SHA1,
         "rsa-sha1 is not acceptable (RFC 8301)"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_sig sig = parsed(a, row->value, DKIM_SIG_MESSAGE);

        if (strcmp(sig.why, row->why) != 0)
            print_error("\"%s\" is not \"%s\"\n", sig.why, row->why);
        ASSERT_ROW(sig.fault == row->want, row);
        ASSERT_ROW(strcmp(sig.why, row->why) == 0, row);
    }
    arena_free(a);
}

static void values(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct dkim_sig sig = parsed(a,
                                 " v=1; a=ed25519-sha256; c=relaxed/simple; d=Example.COM; s=S1;\r\n"
                                 "\th=From : Subject:from ;bh=AA\r\n AA; b=BB BB; l=12; t=5; x=99999999999",
                                 DKIM_SIG_MESSAGE);

    (void)state;
    assert_int_equal(sig.fault, DKIM_SIG_OK);
    assert_string_equal(sig.domain, "example.com");
    assert_string_equal(sig.selector, "s1");
    assert_string_equal(sig.identity, "@example.com");
    assert_string_equal(sig.algorithm, "ed25519-sha256");
    assert_int_equal(sig.key, DKIM_SIG_KEY_ED25519);
    assert_string_equal(sig.b, "BBBB");
    assert_string_equal(sig.bh, "AAAA");
    assert_true(sig.header_relaxed);
    assert_false(sig.body_relaxed);
    assert_int_equal(sig.name_count, 3);
    assert_true(str_eq(sig.names[1], STR("Subject")));
    assert_int_equal(dkim_sig_signs(&sig, "FROM"), 2);
    assert_true(sig.has_length && sig.length == 12);
    assert_true(sig.has_time && sig.time == 5);
    assert_true(sig.has_expiry && sig.expiry == 99999999999);
    sig = parsed(a, HEAD NAME SIGNED "l=99999999999999999999999999; i=joe=2Bx@example.com", DKIM_SIG_MESSAGE);
    assert_true(sig.length == UINT64_MAX);
    assert_false(sig.subdomain);
    assert_string_equal(sig.identity, "joe=2Bx@example.com");
    arena_free(a);
}

/* RFC 8616 section 5: U-labels in d=, s= and i=. */
static void u_labels(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct dkim_sig sig = parsed(a, HEAD "d=b\xc3\xbc" "cher.example; s=\xc3\xbc; i=@xn--bcher-kva.example; " SIGNED,
                                 DKIM_SIG_MESSAGE);

    (void)state;
    assert_int_equal(sig.fault, DKIM_SIG_OK);
    assert_string_equal(sig.domain, "xn--bcher-kva.example");
    assert_string_equal(sig.selector, "xn--tda");
    assert_false(sig.subdomain);
    assert_true(parsed(a, HEAD NAME SIGNED "i=@a.example.com", DKIM_SIG_MESSAGE).subdomain);
    arena_free(a);
}

/* What could be read stays readable beside a fault, for header.d and header.b. */
static void readable_beside_a_fault(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct dkim_sig sig = parsed(a, "v=1; a=rsa-md5; " NAME "h=to; bh=*; b=BBBB", DKIM_SIG_MESSAGE);

    (void)state;
    assert_string_equal(sig.domain, "example.com");
    assert_string_equal(sig.algorithm, "rsa-md5");
    assert_string_equal(sig.b, "BBBB");
    assert_string_equal(sig.bh, "");
    sig = parsed(a, "d=example.com; d=example.com", DKIM_SIG_MESSAGE);
    assert_string_equal(sig.domain, "");
    arena_free(a);
}

/* RFC 8617 section 4.1.2 and 4.2.1 */
static void arc_message_signature(void **state)
{
    static const struct { const char *name; enum dkim_sig_fault want; unsigned instance; } rows[] = {
        {"i=1; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_OK, 1},
        {"i=50; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_OK, 50},
        {"v=9; i=2; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_OK, 2},
        {"i=0; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_MALFORMED, 0},
        {"i=51; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_MALFORMED, 0},
        {"i=001; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_MALFORMED, 0},
        {"i=x; a=rsa-sha256; " NAME SIGNED, DKIM_SIG_MALFORMED, 0},
        {"a=rsa-sha256; " NAME SIGNED, DKIM_SIG_INCOMPLETE, 0},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_sig sig = parsed(a, row->name, DKIM_SIG_ARC);

        ASSERT_ROW(sig.fault == row->want, row);
        ASSERT_ROW(sig.instance == row->instance, row);
    }
    arena_free(a);
}

/* RFC 8617 section 4.1.3 */
static void arc_seal(void **state)
{
#define SEAL "i=2; a=rsa-sha256; " NAME
    static const struct { const char *name; enum dkim_sig_fault want; const char *cv; } rows[] = {
        {SEAL "cv=pass; b=AAAA", DKIM_SIG_OK, "pass"},
        {SEAL "cv=none; t=12; b=AAAA", DKIM_SIG_OK, "none"},
        {SEAL "b=AAAA; cv=fail; c=nothing; bh=; x=1; q=2", DKIM_SIG_OK, "fail"},
        {SEAL "cv=pass; b=AAAA; h=from", DKIM_SIG_MALFORMED, "pass"},
        {SEAL "cv=pass; b=AAAA; t=", DKIM_SIG_MALFORMED, "pass"},
        {SEAL "cv=Pass; b=AAAA", DKIM_SIG_MALFORMED, ""},
        {SEAL "cv=; b=AAAA", DKIM_SIG_INCOMPLETE, ""},
        {SEAL "b=AAAA", DKIM_SIG_INCOMPLETE, ""},
        {SEAL "cv=pass; b=", DKIM_SIG_INCOMPLETE, "pass"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_sig sig = parsed(a, row->name, DKIM_SIG_SEAL);

        ASSERT_ROW(sig.fault == row->want, row);
        ASSERT_ROW(sig.instance == 2, row);
        ASSERT_ROW(str_eq(sig.seal, str_of(row->cv)), row);
    }
    arena_free(a);
}

/* What is emptied before hashing: the value of b= and all blanks around it. */
static void place_of_b(void **state)
{
    static const struct { const char *name; const char *without; } rows[] = {
        {" a=1; b=AAAA; c=2", " a=1; b=; c=2"},
        {" a=1; b=\r\n\t AA\r\n AA \r\n ; c=2", " a=1; b=; c=2"},
        {" a=1; b =AAAA", " a=1; b ="},
        {"b=AAAA ", "b="},
        {" bh=BBBB; b=AAAA; xb=b=CC", " bh=BBBB; b=; xb=b=CC"},
        {" a=1; b=; c=2", " a=1; b=; c=2"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dkim_sig sig = parsed(a, row->name, DKIM_SIG_MESSAGE);
        struct strbuf b = strbuf_new(a, 200);

        strbuf_put(&b, str_slice(str_of(row->name), 0, sig.b_from));
        strbuf_put(&b, str_slice(str_of(row->name), sig.b_to, 200));
        ASSERT_ROW(strcmp(b.p, row->without) == 0, row);
    }
    arena_free(a);
}

static void limits(void **state)
{
    struct arena *a = arena_new(1 << 20), *tiny = arena_new(64);
    struct strbuf b = strbuf_new(a, 8192);
    struct dkim_sig sig;

    (void)state;
    strbuf_puts(&b, HEAD NAME "bh=AAAA; b=BBBB; h=from");
    for (int i = 1; i < DKIM_SIG_NAMES_MAX; i++)
        strbuf_puts(&b, ":x");
    sig = parsed(a, b.p, DKIM_SIG_MESSAGE);
    assert_true(sig.fault == DKIM_SIG_OK && !sig.over);
    strbuf_puts(&b, ":x");
    sig = parsed(a, b.p, DKIM_SIG_MESSAGE);
    assert_true(sig.fault == DKIM_SIG_MALFORMED && sig.over);
    assert_string_equal(sig.why, "too many names in h=");
    assert_int_equal(dkim_sig_parse(tiny, STR(HEAD NAME SIGNED), DKIM_SIG_MESSAGE, &sig), RC_NOMEM);
    arena_free(tiny);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults), cmocka_unit_test(values), cmocka_unit_test(u_labels),
        cmocka_unit_test(readable_beside_a_fault), cmocka_unit_test(arc_message_signature),
        cmocka_unit_test(arc_seal), cmocka_unit_test(place_of_b), cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
