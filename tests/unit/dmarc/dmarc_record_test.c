#include "unit.h"

#include <string.h>

#include "dmarc/dmarc_record.h"

enum { ARENA_MAX = 1024 * 1024 };

static void put_policy(struct strbuf *b, const char *name, const struct dmarc_policy_tag *tag)
{
    if (tag->state == DMARC_TAG_VALID)
        strbuf_putf(b, " %s=%s", name, enum_name(&dmarc_policy_names, (int)tag->value));
    else if (tag->state == DMARC_TAG_INVALID)
        strbuf_putf(b, " %s=?", name);
}

static void put_uris(struct strbuf *b, const char *name, const char *const *uris, size_t n)
{
    for (size_t i = 0; i < n; i++)
        strbuf_putf(b, " %s=%s", name, uris[i]);
}

/* What is not the default, in a fixed order; "not" when it is no record, "limit" when it is too long. */
static const char *shown(struct arena *a, struct str text, char *mem, size_t size)
{
    struct strbuf b = strbuf_on(mem, size);
    struct dmarc_record r;
    enum rc rc = dmarc_record_parse(a, text, &r);

    if (rc != RC_OK)
        return rc == RC_NOTFOUND ? "not" : rc == RC_LIMIT ? "limit" : "error";
    put_policy(&b, "p", &r.p);
    put_policy(&b, "sp", &r.sp);
    put_policy(&b, "np", &r.np);
    strbuf_puts(&b, r.adkim_strict ? " adkim=s" : "");
    strbuf_puts(&b, r.aspf_strict ? " aspf=s" : "");
    if (r.psd != DMARC_PSD_U)
        strbuf_putf(&b, " psd=%s", enum_name(&dmarc_psd_names, (int)r.psd));
    strbuf_puts(&b, r.testing ? " t=y" : "");
    strbuf_puts(&b, r.pct_zero ? " pct=0" : "");
    if (strcmp(r.fo, "0") != 0)
        strbuf_putf(&b, " fo=%s", r.fo);
    put_uris(&b, "rua", r.rua, r.rua_count);
    put_uris(&b, "ruf", r.ruf, r.ruf_count);
    for (int i = 0; i < dmarc_record_error_names.count; i++)
        if ((r.errors & 1u << i) != 0)
            strbuf_putf(&b, " !%s", enum_name(&dmarc_record_error_names, i));
    strbuf_puts(&b, dmarc_record_unusable(&r) ? " unusable" : "");
    return mem;
}

struct row {
    const char *name; /* the record */
    const char *want;
};

static void check(const struct row *rows, size_t n)
{
    char mem[4096];

    for (size_t i = 0; i < n; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        const char *seen = shown(a, str_of(rows[i].name), mem, sizeof mem);

        if (strcmp(seen, rows[i].want) != 0) {
            print_error("\"%s\":\n  seen   %s\n  wanted %s\n", rows[i].name, seen, rows[i].want);
            fail();
        }
        arena_free(a);
    }
}

#define CHECK(rows) check((rows), sizeof(rows) / sizeof(rows)[0])

/* Section 4.8: what is a DMARC record at all. */
static void version(void **state)
{
    static const struct row rows[] = {
        {"", "not"}, {";", "not"}, {"v", "not"}, {"=DMARC1", "not"}, {"DMARC1", "not"},
        {"v=DMARC1", " unusable"}, {"v=DMARC1;", " unusable"}, {"v = DMARC1 ;", " unusable"},
        {" \tv=DMARC1; p=none \t", " p=none"}, /* [C] outer blanks */
        {"V=DMARC1; p=none", " p=none"},
        {"v=DMARC1;p=none", " p=none"}, {"v=DMARC1 ; p = none ; ", " p=none"},
        {"v=dmarc1; p=none", "not"}, {"v=DMARC10; p=none", "not"}, {"v=DMARC1 p=none", "not"},
        {"p=none; v=DMARC1", "not"}, {";v=DMARC1; p=none", "not"}, {"v=DMARC1,p=none", "not"},
        {"v=spf1 -all", "not"}, {"\xef\xbb\xbfv=DMARC1; p=none", "not"}, {"v=DMARC1\n; p=none", "not"},
        {"\"v=DMARC1; p=none\"", "not"}, {"v=DMARC1; v=DMARC1; p=none", " p=none !duplicate"},
    };

    (void)state;
    CHECK(rows);
}

static void policies(void **state)
{
    static const struct row rows[] = {
        {"v=DMARC1; p=reject; sp=quarantine; np=none", " p=reject sp=quarantine np=none"},
        {"v=DMARC1; sp=none; np=REJECT; p=Quarantine", " p=quarantine sp=none np=reject"},
        {"v=DMARC1; sp=reject", " sp=reject unusable"},
        {"v=DMARC1; p=", " p=? !p unusable"},
        {"v=DMARC1; p=r", " p=? !p unusable"},          /* libopendmarc: reject */
        {"v=DMARC1; p=re ject", " p=? !p unusable"},    /* libopendmarc: reject */
        {"v=DMARC1; p=rejected", " p=? !p unusable"},
        {"v=DMARC1; p=\"reject\"", " p=? !p unusable"},
        {"v=DMARC1; p=reject\xc2\xa0", " p=? !p unusable"},
        {"v=DMARC1; p=reject; sp=bogus", " p=reject sp=? !sp unusable"},
        {"v=DMARC1; p=reject; np=", " p=reject np=? !np unusable"},
        {"v=DMARC1; p=none=", " p=? !p unusable"},
    };

    (void)state;
    CHECK(rows);
}

static void letters(void **state)
{
    static const struct row rows[] = {
        {"v=DMARC1; p=none; adkim=s; aspf=S", " p=none adkim=s aspf=s"},
        {"v=DMARC1; p=none; adkim=r; aspf=R", " p=none"},
        {"v=DMARC1; p=none; adkim=strict; aspf=", " p=none !adkim !aspf"},
        {"v=DMARC1; p=none; psd=y", " p=none psd=y"},
        {"v=DMARC1; p=none; psd=N", " p=none psd=n"},
        {"v=DMARC1; p=none; psd=u", " p=none"},
        {"v=DMARC1; p=none; psd=yes", " p=none !psd"},
        {"v=DMARC1; p=none; t=y", " p=none t=y"},
        {"v=DMARC1; p=none; t=n", " p=none"},
        {"v=DMARC1; p=none; t=1", " p=none !t"},
    };

    (void)state;
    CHECK(rows);
}

/* Historic tags are unknown ones; pct=0 is only remembered, for PctZeroAsTesting. */
static void historic(void **state)
{
    static const struct row rows[] = {
        {"v=DMARC1; p=none; pct=0", " p=none pct=0"},
        {"v=DMARC1; p=none; pct=00", " p=none pct=0"},
        {"v=DMARC1; p=none; pct=abc", " p=none"}, /* libopendmarc: 0 */
        {"v=DMARC1; p=none; pct=-0", " p=none"},
        {"v=DMARC1; p=none; pct=50; rf=iodef; ri=1", " p=none"}, /* libopendmarc: rf spoils aspf */
    };

    (void)state;
    CHECK(rows);
}

/* [C] lenient where the grammar and its readers differ */
static void lenient(void **state)
{
    static const struct row rows[] = {
        {"v=DMARC1; P=reject; RUA=mailto:a@b", " p=reject rua=mailto:a@b"},
        {"v=DMARC1;; ;p=none;;", " p=none"},
        {"v=DMARC1; p=reject; p=none", " p=reject !duplicate"},
        {"v=DMARC1; p=bad; p=none", " p=? !p !duplicate unusable"},
        {"v=DMARC1; p; sp=none", " sp=none !malformed unusable"},
        {"v=DMARC1; =; p=none", " p=none !malformed"},
        {"v=DMARC1; p1=x; p=none", " p=none !malformed"},
        {"v=DMARC1; p=none; unknown=thing", " p=none"},
        {"v=DMARC1; p=none; unknown=", " p=none !malformed"},
        {"v=DMARC1; p=none; unknown=\x01", " p=none !malformed"},
        {"v=DMARC1; p=none; \xd0\xb0=b", " p=none !malformed"},
        {"v=DMARC1; p=none\r\n", " p=? !p unusable"},
    };

    (void)state;
    CHECK(rows);
}

static void uris(void **state)
{
    static const struct row rows[] = {
        {"v=DMARC1; p=none; rua=mailto:a@b.example", " p=none rua=mailto:a@b.example"},
        {"v=DMARC1; p=none; rua=mailto:a@b , mailto:c@d", " p=none rua=mailto:a@b rua=mailto:c@d"},
        {"v=DMARC1; p=none; rua=mailto:a@b!10m,mailto:c@d!5", " p=none rua=mailto:a@b rua=mailto:c@d"},
        {"v=DMARC1; p=none; rua=mailto:a@b!10MB", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a@b!", " p=none !rua"},
        {"v=DMARC1; p=none; rua=!10m", " p=none !rua"},
        {"v=DMARC1; p=none; rua=", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a@b,,", " p=none rua=mailto:a@b !rua"},
        {"v=DMARC1; p=none; rua=a@b.example", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:@b", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a@", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:?to=a@b", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a b@c", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a%2@c", " p=none !rua"},
        {"v=DMARC1; p=none; rua=mailto:a%2Cb%21@c", " p=none rua=mailto:a%2Cb%21@c"},
        {"v=DMARC1; p=none; rua=mailto:\xc3\xa4@c", " p=none !rua"},
        {"v=DMARC1; p=none; rua=https://r.example/x?y=1", " p=none rua=https://r.example/x?y=1"},
        {"v=DMARC1; p=none; rua=1http:x", " p=none !rua"},
        {"v=DMARC1; p=none; rua=MAILTO:a@b; ruf=mailto:c@d", " p=none rua=MAILTO:a@b ruf=mailto:c@d"},
    };

    (void)state;
    CHECK(rows);
}

/* fo counts beside a usable ruf only (section 4.7). */
static void failure_options(void **state)
{
#define RUF "v=DMARC1; p=none; ruf=mailto:a@b; fo="
    static const struct row rows[] = {
        {RUF "1", " p=none fo=1 ruf=mailto:a@b"}, {RUF "0", " p=none ruf=mailto:a@b"},
        {RUF "D:S:1", " p=none fo=d:s:1 ruf=mailto:a@b"},
        {RUF "s:d:0", " p=none fo=s:d:0 ruf=mailto:a@b"},
        {RUF "d:d", " p=none ruf=mailto:a@b !fo"}, {RUF "0:1", " p=none ruf=mailto:a@b !fo"},
        {RUF "d:", " p=none ruf=mailto:a@b !fo"}, {RUF "", " p=none ruf=mailto:a@b !fo"},
        {RUF "d,s", " p=none ruf=mailto:a@b !fo"}, {RUF "x", " p=none ruf=mailto:a@b !fo"},
        {"v=DMARC1; p=none; fo=1", " p=none"},
        {"v=DMARC1; p=none; fo=x", " p=none"},
        {"v=DMARC1; p=none; ruf=bad; fo=1", " p=none !ruf"},
        {"v=DMARC1; fo=1; p=none; ruf=mailto:a@b", " p=none fo=1 ruf=mailto:a@b"},
    };
#undef RUF

    (void)state;
    CHECK(rows);
}

/* `head` and then `piece` over and over, up to `size` bytes. */
static struct str grown(struct arena *a, const char *head, const char *piece, size_t size)
{
    struct strbuf b = strbuf_new(a, size);

    strbuf_puts(&b, head);
    while (!b.over)
        strbuf_puts(&b, piece);
    return strbuf_str(&b);
}

static void sizes(void **state)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct dmarc_record r;

    (void)state;
    assert_int_equal(dmarc_record_parse(a, grown(a, "v=DMARC1; p=none;", " x=y;", 60000), &r), RC_LIMIT);
    assert_int_equal(dmarc_record_parse(a, grown(a, "v=spf1", " x", 60000), &r), RC_NOTFOUND);
    assert_int_equal(dmarc_record_parse(a, grown(a, "v=DMARC1; p=none;", ";", DMARC_RECORD_MAX), &r), RC_OK);
    assert_int_equal(r.errors, 0);
    assert_int_equal(dmarc_record_parse(a, grown(a, "v=DMARC1; p=none;", " x=y;", DMARC_RECORD_MAX), &r), RC_OK);
    assert_int_equal(r.errors, 1u << DMARC_ERROR_LIMIT);
    assert_int_equal(dmarc_record_parse(a, grown(a, "v=DMARC1; p=none; rua=", "mailto:a@b,", 500 * 11), &r), RC_OK);
    assert_int_equal(r.rua_count, DMARC_URIS_MAX);
    assert_int_equal(r.errors, 1u << DMARC_ERROR_LIMIT);
    /* lengths on which libopendmarc reads past its buffers */
    for (size_t n = 250; n < 520; n++) {
        assert_int_equal(dmarc_record_parse(a, grown(a, "v=DMARC1; p=none; rua=mailto:a@b", "x", n), &r), RC_OK);
        assert_int_equal(r.rua_count, 1);
        assert_int_equal(strlen(r.rua[0]), n - strlen("v=DMARC1; p=none; rua="));
    }
    arena_free(a);
}

/* Without memory it says so and does not crash. */
static void no_memory(void **state)
{
    struct dmarc_record r;

    (void)state;
    for (size_t limit = 0; limit < 600; limit++) {
        struct arena *a = arena_new(limit);
        enum rc rc = dmarc_record_parse(a, STR("v=DMARC1; p=none; rua=mailto:a@b; ruf=mailto:c@d; fo=d:s"), &r);

        assert_true(rc == RC_NOMEM || (rc == RC_OK && limit > 500));
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version), cmocka_unit_test(policies), cmocka_unit_test(letters), cmocka_unit_test(historic),
        cmocka_unit_test(lenient), cmocka_unit_test(uris), cmocka_unit_test(failure_options), cmocka_unit_test(sizes),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
