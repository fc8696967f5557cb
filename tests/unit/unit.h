/* What every unit test includes: cmocka in the order it wants. */
#ifndef ASSAY_TESTS_UNIT_H
#define ASSAY_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Runs `body` for each row of a table; a failing row is named. */
#define FOR_ROWS(row, table) \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof(table)[0]; i_++) \
        for (const __typeof__((table)[0]) *row = &(table)[i_]; row != NULL; row = NULL)

#define ASSERT_ROW(cond, row) \
    do { \
        if (!(cond)) { \
            print_error("row \"%s\": %s\n", (row)->name != NULL ? (row)->name : "", #cond); \
            fail(); \
        } \
    } while (0)

#endif
