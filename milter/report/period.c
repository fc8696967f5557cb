#include "report/period.h"

#include <time.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };

static bool period_part(struct str text, size_t from, size_t to, uint32_t *out)
{
    return str_to_u32(str_slice(text, from, to), out);
}

bool period_parse(struct str text, int64_t *begin_s)
{
    uint32_t year, month, day;
    struct tm tm = {.tm_sec = 0}, back;
    time_t t;

    if (text.n != sizeof "YYYY-MM-DD" - 1 || text.p[4] != '-' || text.p[7] != '-' || !period_part(text, 0, 4, &year) ||
        !period_part(text, 5, 7, &month) || !period_part(text, 8, 10, &day) || year < YEAR_MIN || month < 1 || day < 1)
        return false;
    tm.tm_year = (int)year - 1900;
    tm.tm_mon = (int)month - 1;
    tm.tm_mday = (int)day;
    t = timegm(&tm);
    *begin_s = t;
    /* timegm makes the 31st of April the 1st of May */
    return gmtime_r(&t, &back) != NULL && back.tm_mon == (int)month - 1 && back.tm_mday == (int)day;
}

int64_t period_day(int64_t at_s)
{
    int64_t into = at_s % PERIOD_DAY_S;

    return at_s - (into < 0 ? into + PERIOD_DAY_S : into);
}

const char *period_text(int64_t at_s, char buf[static PERIOD_TEXT_MAX])
{
    time_t t = (time_t)at_s;
    struct tm tm = {.tm_sec = 0};

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year + 1900 < YEAR_MIN || tm.tm_year + 1900 > YEAR_MAX)
        tm = (struct tm){.tm_year = YEAR_MIN - 1900, .tm_mday = 1};
    (void)strftime(buf, PERIOD_TEXT_MAX, "%Y-%m-%d", &tm);
    return buf;
}
