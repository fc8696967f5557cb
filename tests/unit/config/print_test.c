/*
 * The sample file and the manual page say what the table says.
 *
 * After a change of the table: make check TESTS=tests/unit/config/print_test ASSAY_UPDATE=1
 * writes both anew.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config/option.h"

static const char begin_mark[] =
    ".\\\" BEGIN OPTIONS: generated from the option table, see docs/ARCHITECTURE.md\n";
static const char end_mark[] = ".\\\" END OPTIONS\n";

static char *source_path(const char *name)
{
    const char *srcdir = getenv("srcdir");
    char *path;

    assert_true(asprintf(&path, "%s/%s", srcdir == NULL ? "." : srcdir, name) > 0);
    return path;
}

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t n = 0;

    if (f == NULL)
        fail_msg("cannot open %s", path);
    assert_true(getdelim(&text, &n, '\0', f) > 0);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void write_whole(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    assert_non_null(f);
    print(f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void print_manual_marked(FILE *to)
{
    (void)fputs(begin_mark, to);
    config_print_manual(to);
    (void)fputs(end_mark, to);
}

static bool updating(void)
{
    return getenv("ASSAY_UPDATE") != NULL;
}

static void sample_file(void **state)
{
    char *path = source_path("conf/assay.conf"), *want = printed(config_print_sample), *got;

    (void)state;
    if (updating())
        write_whole(path, want);
    got = read_whole(path);
    assert_string_equal(got, want);
    free(got);
    free(want);
    free(path);
}

static void update_page(const char *path, char *page, const char *options)
{
    char *from = strstr(page, begin_mark), *to = strstr(page, end_mark), *fresh;

    assert_true(from != NULL && to != NULL);
    *from = '\0';
    assert_true(asprintf(&fresh, "%s%s%s", page, options, to + strlen(end_mark)) > 0);
    write_whole(path, fresh);
    free(fresh);
}

static void manual_page(void **state)
{
    char *path = source_path("man/assay.conf.5"), *want = printed(print_manual_marked);
    char *got = read_whole(path);

    (void)state;
    if (updating()) {
        update_page(path, got, want);
        free(got);
        got = read_whole(path);
    }
    if (strstr(got, want) == NULL)
        fail_msg("%s drifted from the option table; see the head of this test", path);
    free(got);
    free(want);
    free(path);
}

static char scratch[] = "/tmp/assay-print-XXXXXX";

/* The sample with every option uncommented is valid and changes nothing; so does what -n -v prints. */
static void reads_back(void **state)
{
    static const char *const odd[] = {"Socket=inet:8893@localhost", "IgnoreHosts=192.0.2.0/24,2001:db8::1",
                                      "MaxHeaderBytes=17K", "TrustedAuthservIDs=a.example,b.example"};
    struct config *plain, *again, *changed;
    struct err e = ERR_NONE;
    char *sample = printed(config_print_sample);
    char none[8];
    FILE *f;
    int fd = mkstemp(scratch);

    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char *commented;
        char *at;

        assert_true(asprintf(&commented, "\n#%s = ", option_table[i].name) > 0);
        at = strstr(sample, commented);
        assert_non_null(at);
        at[1] = ' ';
        free(commented);
    }
    write_whole(scratch, sample);
    assert_int_equal(config_load(NULL, NULL, 0, &plain, &e), RC_OK);
    if (config_load(scratch, NULL, 0, &again, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_string_equal(config_fixed_changes(plain, again, none, sizeof none), "");
    assert_int_equal(config_load(NULL, odd, 4, &changed, &e), RC_OK);
    config_free(again);
    f = fopen(scratch, "w");
    assert_non_null(f);
    config_print(changed, f);
    assert_int_equal(fclose(f), 0);
    if (config_load(scratch, NULL, 0, &again, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_string_equal(again->socket, "inet:8893@localhost");
    assert_int_equal(again->ignore_hosts.item[0].bits, 24);
    assert_int_equal(again->ignore_hosts.item[1].bits, 128);
    assert_int_equal(again->max_header_bytes, 17 * 1024);
    assert_string_equal(again->trusted_authserv_ids.item[1], "b.example");
    config_free(again);
    config_free(changed);
    config_free(plain);
    free(sample);
    (void)close(fd);
    assert_int_equal(unlink(scratch), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_file), cmocka_unit_test(manual_page), cmocka_unit_test(reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
