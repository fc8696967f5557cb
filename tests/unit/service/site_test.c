/* The configuration and the rules, as one snapshot. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/site.h"

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* A mistake in the rules is one in the whole; without the file there are none. */
static void as_a_whole(void **state)
{
    static const struct { const char *name, *rules, *want; } rows[] = {
        {"no file", NULL, ""},
        {"no rules", "# none\n", ""},
        {"rules", "rule a { Action = none }\nrule b { Action = reject }\n", ""},
        {"a mistake", "rule a { Action = none }\nrule b {\n  Action = refuse\n}\n", "policy.conf:3:12: Action: \"refuse\""},
    };
    char folder[] = "/tmp/assay-site-XXXXXX", conf[64], rules[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(conf, sizeof conf, "%s/assay.conf", folder);
    (void)snprintf(rules, sizeof rules, "%s/policy.conf", folder);
    write_file(conf, "Enforce = yes\n");
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;
        struct site *s;
        enum rc rc;

        if (row->rules != NULL)
            write_file(rules, row->rules);
        rc = site_load(conf, NULL, 0, &s, &e);
        ASSERT_ROW((rc == RC_OK) == (row->want[0] == '\0') && (s != NULL) == (rc == RC_OK), row);
        ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
        ASSERT_ROW(s == NULL || (s->config->enforce == 2 && s->policy->n == (strcmp(row->name, "rules") == 0 ? 2 : 0)), row);
        site_release(s);
    }
    assert_int_equal(unlink(rules), 0);
    assert_int_equal(unlink(conf), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* Readers take and release while a writer publishes: the sanitizers watch. */
static void *reader(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2000; i++) {
        struct site *s = site_current();

        if (s != NULL && s->config->max_files < 256)
            return (void *)1;
        site_release(s);
    }
    return NULL;
}

static void publish(void **state)
{
    pthread_t threads[4];
    struct err e = ERR_NONE;

    (void)state;
    assert_null(site_current());
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
    for (int i = 0; i < 50; i++) {
        struct site *s;

        assert_int_equal(site_load(NULL, NULL, 0, &s, &e), RC_OK);
        site_publish(s);
    }
    for (int i = 0; i < 4; i++) {
        void *bad;

        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
    site_publish(NULL);
    assert_null(site_current());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_a_whole), cmocka_unit_test(publish)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
