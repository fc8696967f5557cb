/* Points of time and days as people say them, in local time. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"

enum { CLOCK_MAX = 5 };

static bool is_age(struct str t, int64_t now_ms, int64_t *out)
{
    static const struct { char letter; int64_t ms; } unit[] = {
        {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', INT64_C(604800000)},
    };
    uint32_t n;

    for (size_t i = 0; t.n > 1 && i < sizeof unit / sizeof unit[0]; i++)
        if (t.p[t.n - 1] == unit[i].letter && str_to_u32(str_slice(t, 0, t.n - 1), &n)) {
            *out = now_ms - (int64_t)n * unit[i].ms;
            return true;
        }
    return false;
}

static bool today(int64_t now_ms, struct tm *day)
{
    time_t now = (time_t)(now_ms / 1000);

    if (localtime_r(&now, day) == NULL)
        return false;
    day->tm_hour = day->tm_min = day->tm_sec = 0;
    day->tm_isdst = -1;
    return true;
}

/* "today", "yesterday", "monday", "mon": how many days ago; -1 for no such word. */
static int days_ago(struct str word, const struct tm *now)
{
    static const char *const names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

    if (str_eq_nocase(word, STR("today")))
        return 0;
    if (str_eq_nocase(word, STR("yesterday")))
        return 1;
    for (int i = 0; i < 7; i++)
        if (str_eq_nocase(word, str_of(names[i])) || str_eq_nocase(word, str_slice(str_of(names[i]), 0, 3)))
            return (now->tm_wday - i + 7) % 7;
    return -1;
}

/* "2026-11-25", "today", "monday" */
static bool is_day(struct str t, int64_t now_ms, struct tm *day)
{
    uint32_t y, m, d;
    int ago;

    if (!today(now_ms, day))
        return false;
    ago = days_ago(t, day);
    if (ago >= 0) {
        day->tm_mday -= ago;
        return true;
    }
    if (t.n != 10 || t.p[4] != '-' || t.p[7] != '-' || !str_to_u32(str_slice(t, 0, 4), &y) ||
        !str_to_u32(str_slice(t, 5, 7), &m) || !str_to_u32(str_slice(t, 8, 10), &d))
        return false;
    if (y < 1970 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    *day = (struct tm){.tm_year = (int)y - 1900, .tm_mon = (int)m - 1, .tm_mday = (int)d, .tm_isdst = -1};
    (void)mktime(day); /* a day that there is not becomes another */
    if (day->tm_mday != (int)d)
        return false;
    *day = (struct tm){.tm_year = (int)y - 1900, .tm_mon = (int)m - 1, .tm_mday = (int)d, .tm_isdst = -1};
    return true;
}

/* "14:30", "14:30:59" */
static bool is_clock(struct str t, struct tm *day)
{
    uint32_t hour, minute, second = 0;
    size_t colon = str_find(t, ':');

    if (t.n == colon + 6 && t.p[colon + 3] == ':') {
        if (!str_to_u32(str_slice(t, colon + 4, t.n), &second) || second > 59)
            return false;
        t.n = colon + 3;
    }
    if (t.n > CLOCK_MAX || colon == t.n || !str_to_u32(str_slice(t, 0, colon), &hour) || t.n != colon + 3 ||
        !str_to_u32(str_slice(t, colon + 1, t.n), &minute) || hour > 23 || minute > 59)
        return false;
    day->tm_hour = (int)hour;
    day->tm_min = (int)minute;
    day->tm_sec = (int)second;
    return true;
}

/* "2026-11-25T14:30:00Z", as JSON output has it: UTC. */
static bool is_utc(struct str t, int64_t now_ms, int64_t *out)
{
    struct tm at;

    if (t.n < 17 || t.p[10] != 'T' || char_lower(t.p[t.n - 1]) != 'z' || !is_day(str_slice(t, 0, 10), now_ms, &at) ||
        !is_clock(str_slice(t, 11, t.n - 1), &at))
        return false;
    *out = (int64_t)timegm(&at) * 1000;
    return true;
}

static bool made(struct tm *day, int64_t *out)
{
    time_t at = mktime(day);

    *out = (int64_t)at * 1000;
    return at != (time_t)-1;
}

bool cli_since(const char *text, int64_t now_ms, int64_t *out)
{
    struct str t = str_trim(str_of(text));
    size_t gap = 0;
    struct tm day;

    if (is_age(t, now_ms, out) || is_utc(t, now_ms, out))
        return true;
    if (is_day(t, now_ms, &day))
        return made(&day, out);
    if (today(now_ms, &day) && is_clock(t, &day))
        return made(&day, out);
    while (gap < t.n && t.p[gap] != ' ' && t.p[gap] != 'T')
        gap++;
    if (gap < t.n && t.p[gap] == 'T' && gap != 10)
        return false;
    return gap < t.n && is_day(str_slice(t, 0, gap), now_ms, &day) &&
           is_clock(str_trim(str_slice(t, gap + 1, t.n)), &day) && made(&day, out);
}

bool cli_day(const char *text, int64_t now_ms, int64_t *begin, int64_t *end)
{
    struct tm day, next;

    if (!is_day(str_trim(str_of(text)), now_ms, &day))
        return false;
    next = day;
    next.tm_mday++;
    return made(&day, begin) && made(&next, end);
}
