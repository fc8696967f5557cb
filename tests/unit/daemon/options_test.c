#include "unit.h"

#include <getopt.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/options.h"

static bool read_these(const char *const *argv, struct options *o, int *code)
{
    char *copy[8] = {NULL};
    int n = 0;

    for (; argv[n] != NULL; n++)
        copy[n] = (char *)argv[n];
    optind = 0; /* GNU: begin anew */
    opterr = 0;
    return options_read(n, copy, o, code);
}

static void codes(void **state)
{
    static const struct {
        const char *name;
        const char *argv[7];
        bool want;
        int code;
    } rows[] = {
        {"none", {"assay-milter"}, true, 0},
        {"help", {"assay-milter", "--help"}, false, EX_OK},
        {"version", {"assay-milter", "-V"}, false, EX_OK},
        {"unknown", {"assay-milter", "-x"}, false, EX_USAGE},
        {"surplus", {"assay-milter", "-f", "more"}, false, EX_USAGE},
        {"argument missing", {"assay-milter", "-c"}, false, EX_USAGE},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct options o;
        int code = 0;

        ASSERT_ROW(read_these(r->argv, &o, &code) == r->want, r);
        ASSERT_ROW(r->want || code == r->code, r);
        options_free(&o);
    }
}

static void values(void **state)
{
    static const char *const argv[] = {"assay-milter", "-fn", "-p", "unix:/s", "-uassay", "-oA=B=C", NULL};
    static const char *const more[] = {"assay-milter", "-v", "-Z", "/no/such/../zone", "-c", "/", "-Ppid", NULL};
    struct options o;
    int code;

    (void)state;
    assert_true(read_these(argv, &o, &code));
    assert_true(o.foreground && o.check && !o.verbose);
    assert_int_equal(o.override_count, 3);
    assert_string_equal(o.override[0], "Socket=unix:/s");
    assert_string_equal(o.override[1], "UserID=assay");
    assert_string_equal(o.override[2], "A=B=C");
    assert_null(o.zone);
    options_free(&o);
    assert_true(read_these(more, &o, &code));
    assert_true(o.verbose);
    assert_string_equal(o.override[0], "LogLevel=debug");
    assert_string_equal(o.override[1], "PidFile=pid");
    assert_string_equal(o.zone, "/no/such/../zone"); /* not there: told as it was given */
    assert_string_equal(o.config_file, "/");
    options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes), cmocka_unit_test(values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
