/* Text becomes HTML without becoming markup, whatever it holds. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "web/html.h"
#include "web/url.h"

static const char *written(struct html *o)
{
    static char text[4096];

    assert_false(o->over);
    assert_in_range(o->n, 0, sizeof text - 1);
    memcpy(text, o->p, o->n);
    text[o->n] = '\0';
    html_free(o);
    return text;
}

static void escapes(void **state)
{
    static const struct { const char *in, *want; } rows[] = {
        {"plain", "plain"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\"><b>&", "&quot;&gt;&lt;b&gt;&amp;"},
        {"M\xc3\xbcller", "M\xc3\xbcller"},
        {"a\xe2\x80\xae" "b", "a\\u202Eb"},     /* turns the direction */
        {"a\xe2\x80\x8b" "b", "a\\u200Bb"},     /* has no width */
        {"a\xef\xbb\xbf", "a\\uFEFF"},
        {"a\x01\x7f", "a\\u0001\\u007F"},
        {"a\xc2\x85" "b", "a\\u0085b"},         /* C1 */
        {"a\xff" "b", "a\xef\xbf\xbd" "b"},     /* no UTF-8 */
        {"a\xc3", "a\xef\xbf\xbd"},             /* cut */
        {"\xf3\xa0\x81\x81", "\\uE0041"},       /* a tag character */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct html o;

        html_begin(&o, HTML_MAX);
        html_text(&o, rows[i].in);
        assert_string_equal(written(&o), rows[i].want);
    }
}

static void values(void **state)
{
    struct html o;

    (void)state;
    html_begin(&o, HTML_MAX);
    HTML_PUT(&o, 1234567);
    html_literal(&o, " ");
    HTML_PUT(&o, (int64_t)-1234);
    html_literal(&o, " ");
    HTML_PUT(&o, ((struct share){938, 1000}));
    html_literal(&o, " ");
    HTML_PUT(&o, ((struct share){0, 0}));
    html_literal(&o, " ");
    HTML_PUT(&o, ((struct share){9999999, 10000000})); /* 100 % is all of it, and nothing less */
    html_literal(&o, " ");
    HTML_PUT(&o, (struct day){20420});
    assert_string_equal(written(&o), "1,234,567 -1,234 93.8 % no mail 99.9 % Fri 28 Nov 2025");
}

static void foreign_is_cut_at_a_character(void **state)
{
    char text[300];
    struct html o;
    const char *got;

    (void)state;
    memset(text, 'a', 199);
    memcpy(text + 199, "\xc3\xbc\xc3\xbc", 5);
    html_begin(&o, HTML_MAX);
    html_foreign(&o, (struct foreign){text});
    got = written(&o);
    assert_int_equal(strncmp(got, "<bdi>aaa", 8), 0);
    assert_non_null(strstr(got, "a\xe2\x80\xa6</bdi>"));
    assert_null(strstr(got, "\xef\xbf\xbd"));
}

static void a_page_over_its_bound_is_known(void **state)
{
    struct html o;

    (void)state;
    html_begin(&o, 100);
    for (int i = 0; i < 30; i++)
        html_literal(&o, "12345");
    assert_true(o.over);
    assert_in_range(o.n, 0, 100);
    html_free(&o);
}

static void addresses(void **state)
{
    struct arena *a = arena_new(1 << 16);

    (void)state;
    assert_string_equal(url_path(a, NULL).p, "/");
    assert_string_equal(url_path(a, "domain", "a b/../\"<", NULL).p, "/domain/a%20b%2F..%2F%22%3C");
    assert_string_equal(url_with(a, url_with(a, url_path(a, "x", NULL), "q", "a&b=c"), "d", "\xc3\xbc").p,
                        "/x?q=a%26b%3Dc&d=%C3%BC");
    assert_string_equal(url_with(a, url_path(a, "x", NULL), "q", "").p, "/x");
    assert_string_equal(url_https(a, "https://vendor.example/a?b=c").p, "https://vendor.example/a?b=c");
    assert_string_equal(url_https(a, "javascript:alert(1)").p, "");
    assert_string_equal(url_https(a, "http://vendor.example/").p, "");
    assert_string_equal(url_https(a, "https://a\" onclick=\"x").p, "");
    assert_string_equal(url_https(a, "https://a\n").p, "");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes), cmocka_unit_test(values), cmocka_unit_test(foreign_is_cut_at_a_character),
        cmocka_unit_test(a_page_over_its_bound_is_known), cmocka_unit_test(addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
