#include "unit.h"

#include <string.h>

#include "config/option.h"

static void rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &option_table[i];

        assert_true(o->name != NULL && o->group != NULL && o->preset != NULL && o->help != NULL);
        assert_ptr_equal(option_find(str_of(o->name)), o); /* and no name stands twice */
        assert_true(o->help[strlen(o->help) - 1] == '.');
        assert_null(strchr(o->help, '\\')); /* the manual page shows it as it is */
        assert_true(strstr(o->help, " .") == NULL && strstr(o->help, " '") == NULL);
        assert_true((o->type == OPTION_WORD) == (o->words != NULL));
    }
}

static void finding(void **state)
{
    static const struct { const char *name, *found, *nearest; } rows[] = {
        {"umask", "UMask", "UMask"}, {"UMASK", "UMask", "UMask"}, {"UMas", NULL, "UMask"},
        {"Nameserver", NULL, "Nameservers"}, {"Namservers", NULL, "Nameservers"},
        {"AuthServId", "AuthservID", "AuthservID"}, {"TrustedAuthserv", NULL, "TrustedAuthservIDs"},
        {"ExternalIgnoreList", NULL, NULL}, {"", NULL, NULL}, {"=", NULL, NULL},
        {"IgnoreAuthenticatedClientsIgnoreAuthenticatedClients", NULL, NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        const struct option *o = option_find(str_of(row->name));
        const char *nearest = option_nearest(str_of(row->name));

        ASSERT_ROW((o == NULL) == (row->found == NULL), row);
        ASSERT_ROW(o == NULL || strcmp(o->name, row->found) == 0, row);
        ASSERT_ROW((nearest == NULL) == (row->nearest == NULL), row);
        ASSERT_ROW(nearest == NULL || strcmp(nearest, row->nearest) == 0, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_whole), cmocka_unit_test(finding)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
