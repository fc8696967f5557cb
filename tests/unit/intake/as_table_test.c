#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "intake/as_table.h"

static char path[] = "/tmp/assay-as-table-test.XXXXXX";

/* 3,000 ranges; behind the 1,501st, `between`. */
static void write_table(const char *between, size_t n)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = 0; i < 3000; i++) {
        (void)fprintf(f, "10.%d.%d.0\t10.%d.%d.255\t%d\tUS\tA-%d\n", i >> 8, i & 255, i >> 8, i & 255, i + 1, i);
        if (i == 1500 && n > 0)
            assert_int_equal(fwrite(between, 1, n, f), n);
    }
    assert_int_equal(fclose(f), 0);
}

static int64_t number_of(const struct as_table *n, const char *address)
{
    struct network found;
    struct ip ip;

    assert_true(ip_parse(str_of(address), &ip));
    return as_table_find(n, &ip, &found) ? found.number : 0;
}

static void found(void **state)
{
    struct as_table *n;

    (void)state;
    write_table("", 0);
    assert_int_equal(as_table_open(path, &n, NULL), RC_OK);
    assert_int_equal(number_of(n, "10.0.0.0"), 1);
    assert_int_equal(number_of(n, "10.5.220.7"), 1501);
    assert_int_equal(number_of(n, "10.11.183.255"), 3000);
    assert_int_equal(number_of(n, "10.11.184.0"), 0);
    assert_int_equal(number_of(n, "2001:db8::1"), 0);
    as_table_close(n);
}

/* A line without end is none: it is not looked through from behind each time. */
static void a_line_without_end(void **state)
{
    static char zeros[1 << 20];
    struct err e = ERR_NONE;
    struct as_table *n;

    (void)state;
    write_table(zeros, sizeof zeros); /* most samples are in it */
    assert_int_equal(as_table_open(path, &n, &e), RC_BAD);
    assert_non_null(strstr(e.text, "in a line of more than 1000 bytes"));
    assert_null(n);
    write_table(zeros, AS_TABLE_LINE_MAX + 50);
    assert_int_equal(as_table_open(path, &n, &e), RC_BAD);
    assert_non_null(strstr(e.text, "in a line of more than 1000 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(found), cmocka_unit_test(a_line_without_end)};
    int fd = mkstemp(path), failed;

    if (fd < 0 || close(fd) != 0)
        return 1;
    failed = cmocka_run_group_tests_name("as_table", tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
