#include "unit.h"

#include "spf/spf_names.h"

static void names(void **state)
{
    static const struct {
        const char *name;
        enum spf_result result;
        const char *mechanism, *mechanism_domain, *leaf, *leaf_domain, *want;
    } rows[] = {
        {"include", SPF_PASS, "include:Servers.mcsv.net.", "c.example", "ip4:192.0.2.0/24", "servers.mcsv.net",
         "servers.mcsv.net<include:Servers.mcsv.net. c.example<"},
        {"include in an include", SPF_PASS, "+include:a.example", "c.example", "include:x", "b.example",
         "a.example<+include:a.example x<include:x b.example< c.example<"},
        {"own record", SPF_PASS, "ip4:192.0.2.1", "mcsv.net", "ip4:192.0.2.1", "mcsv.net", "mcsv.net<"},
        {"one host's address", SPF_PASS, "a:mail.esp.example", "c.example", "a:mail.esp.example", "c.example",
         "mail.esp.example<a:mail.esp.example c.example<"},
        {"its mail exchange", SPF_PASS, "MX:esp.example", "c.example", "MX:esp.example", "c.example",
         "esp.example<MX:esp.example c.example<"},
        {"reverse name", SPF_PASS, "ptr:esp.example", "c.example", "ptr:esp.example", "c.example",
         "esp.example<ptr:esp.example c.example<"},
        {"the sender's own a", SPF_PASS, "a", "c.example", "a", "c.example", "c.example<"},
        {"an address wide as the world", SPF_PASS, "a:esp.example/0", "c.example", "a:esp.example/0", "c.example",
         "c.example<"},
        {"exists matches for anybody", SPF_PASS, "exists:esp.example", "c.example", "exists:esp.example", "c.example",
         "c.example<"},
        {"macro", SPF_PASS, "include:%{d2}.esp.example", "c.example", "all", "c.example.esp.example",
         "c.example.esp.example< c.example<"},
        {"softfail", SPF_SOFTFAIL, "include:esp.example", "c.example", "all", "esp.example", ""},
        {"fail", SPF_FAIL, "-include:esp.example", "c.example", "all", "esp.example", ""},
        {"nothing known", SPF_PASS, "", "", "", "", ""},
        {"empty target", SPF_PASS, "include:", "c.example", "include:.", "c.example", "c.example<"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 16);
        struct spf_evidence e = {.checked = true, .result = row->result, .mechanism = row->mechanism,
                                 .mechanism_domain = row->mechanism_domain, .leaf = row->leaf,
                                 .leaf_domain = row->leaf_domain};
        struct spf_name name[SPF_NAMES_MAX];
        size_t n = spf_names(a, &e, name);
        struct strbuf got = strbuf_new(a, 500);

        for (size_t i = 0; i < n; i++)
            strbuf_putf(&got, "%s%s<%s", i > 0 ? " " : "", name[i].domain, name[i].term);
        if (!str_eq(strbuf_str(&got), str_of(row->want)))
            fail_msg("%s: %s", row->name, got.p);
        e.checked = false;
        ASSERT_ROW(spf_names(a, &e, name) == 0, row);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
