#include "unit.h"

#include <string.h>

#include "report/period.h"

static void days(void **state)
{
    static const struct {
        const char *name;
        int64_t want; /* -1: no day */
    } rows[] = {
        {"1970-01-01", 0}, {"2026-06-01", 1780272000}, {"2024-02-29", 1709164800}, {"2023-02-29", -1},
        {"2026-04-31", -1}, {"2026-13-01", -1}, {"2026-00-10", -1}, {"2026-1-01", -1}, {"1969-12-31", -1},
        {"2026-06-01x", -1}, {"", -1}, {"yesterday!", -1}, {"2026/06/01", -1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        int64_t got = -1;
        char text[PERIOD_TEXT_MAX];

        ASSERT_ROW(period_parse(str_of(row->name), &got) == (row->want >= 0), row);
        if (row->want < 0)
            continue;
        ASSERT_ROW(got == row->want, row);
        ASSERT_ROW(strcmp(period_text(got + 86399, text), row->name) == 0, row);
        ASSERT_ROW(period_day(got + 86399) == got && period_day(got) == got, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(days)};

    return cmocka_run_group_tests_name("period", tests, NULL, NULL);
}
