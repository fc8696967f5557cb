/*
 * day - makes a day's messages of a centre out of another's, in the files of a server that is stopped (tests/fleet/large).
 *
 *     day DAYS < FROM > TO
 *
 * FROM is a file of a table of PostgreSQL, without checksums, whose rows begin
 * with day (date), store (int), id (bigint) and time_ms (bigint), none of them
 * NULL.  In TO the days are later by DAYS, and the times; all else is the same, so that indexes that know neither are, too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 8192, HEADER = 24, LOWER_AT = 12, HOFF_AT = 22, NORMAL = 1, DAY_MS = 86400000 };

static void add4(unsigned char *p, int32_t n)
{
    int32_t value;

    memcpy(&value, p, sizeof value);
    value += n;
    memcpy(p, &value, sizeof value);
}

static void add8(unsigned char *p, int64_t n)
{
    int64_t value;

    memcpy(&value, p, sizeof value);
    value += n;
    memcpy(p, &value, sizeof value);
}

static void change(unsigned char *page, int32_t days)
{
    uint16_t lower;

    memcpy(&lower, page + LOWER_AT, sizeof lower);
    for (unsigned at = HEADER; at + 4 <= lower; at += 4) {
        uint32_t pointer;
        unsigned char *row;

        memcpy(&pointer, page + at, sizeof pointer);
        if ((pointer >> 15 & 3) != NORMAL)
            continue;
        row = page + (pointer & 0x7fff);
        row += row[HOFF_AT];
        add4(row, days);
        add8(row + 16, (int64_t)days * DAY_MS);
    }
}

int main(int argc, char **argv)
{
    static unsigned char page[PAGE];
    int32_t days;

    if (argc != 2)
        return 64;
    days = (int32_t)strtol(argv[1], NULL, 10);
    while (fread(page, sizeof page, 1, stdin) == 1) {
        change(page, days);
        if (fwrite(page, sizeof page, 1, stdout) != 1)
            return 1;
    }
    return ferror(stdin) != 0 || fflush(stdout) != 0;
}
