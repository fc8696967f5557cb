#include "incoming/words.h"

#include <string.h>

#include "mail/domain.h"

enum { DIGITS_MAX = 18 };

/* ---- numbers and times ---- */

/* Digits off the front of `s`; false when there are none or too many. */
static bool take_digits(struct str *s, size_t most, int64_t *out)
{
    size_t n = 0;

    for (*out = 0; n < s->n && char_is_digit(s->p[n]); n++) {
        if (n == most)
            return false;
        *out = *out * 10 + (s->p[n] - '0');
    }
    *s = str_slice(*s, n, s->n);
    return n > 0;
}

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_slice(*s, 1, s->n);
    return true;
}

static void skip_digits(struct str *s)
{
    while (s->n > 0 && char_is_digit(s->p[0]))
        *s = str_slice(*s, 1, s->n);
}

bool words_count(struct str text, int64_t max, int64_t *out)
{
    struct str s = str_trim(text);
    int64_t n;

    (void)take_char(&s, '+');
    if (!take_digits(&s, DIGITS_MAX, &n) || n > max)
        return false;
    if (take_char(&s, '.'))
        while (s.n > 0 && s.p[0] == '0')
            s = str_slice(s, 1, s.n);
    if (s.n != 0)
        return false;
    *out = n;
    return true;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = year - (month <= 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool in_range(int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute, int64_t second)
{
    return year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 &&
           minute <= 59 && second <= 60;
}

/* "+01:00", "+0100", "Z" or nothing (UTC); what follows is left. */
static bool take_zone(struct str *s, int64_t *seconds)
{
    int64_t hours, minutes = 0, sign;

    *seconds = 0;
    if (s->n == 0 || take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    if (s->p[0] != '+' && s->p[0] != '-')
        return false;
    sign = s->p[0] == '-' ? -1 : 1;
    *s = str_slice(*s, 1, s->n);
    if (!take_digits(s, 4, &hours))
        return false;
    if (hours > 99) {
        minutes = hours % 100;
        hours /= 100;
    } else if (take_char(s, ':') && !take_digits(s, 2, &minutes)) {
        return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

/* "10:20:30.5", seconds and fraction may be missing. */
static bool take_clock(struct str *s, int64_t *hour, int64_t *minute, int64_t *second)
{
    *second = 0;
    if (!take_digits(s, 2, hour) || !take_char(s, ':') || !take_digits(s, 2, minute))
        return false;
    if (take_char(s, ':') && !take_digits(s, 2, second))
        return false;
    if (take_char(s, '.'))
        skip_digits(s);
    return true;
}

static bool rfc3339(struct str s, int64_t *out)
{
    int64_t year, month, day, hour = 0, minute = 0, second = 0, zone = 0;

    if (!take_digits(&s, 4, &year) || !take_char(&s, '-') || !take_digits(&s, 2, &month) || !take_char(&s, '-') ||
        !take_digits(&s, 2, &day))
        return false;
    if (take_char(&s, 'T') || take_char(&s, 't') || take_char(&s, ' ')) {
        if (!take_clock(&s, &hour, &minute, &second))
            return false;
        s = str_trim(s);
        if (str_eq(s, STR("UTC")) || str_eq(s, STR("GMT")))
            s = STR_NONE;
        if (!take_zone(&s, &zone))
            return false;
    }
    if (s.n != 0 || !in_range(year, month, day, hour, minute, second))
        return false;
    *out = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;
    return true;
}

bool words_time(struct str text, int64_t *out)
{
    enum { MILLISECONDS_DIGITS = 13 };
    struct str s = str_trim(text), rest = s;
    int64_t n;

    if (rfc3339(s, out))
        return true;
    if (!take_digits(&rest, DIGITS_MAX, &n))
        return false;
    if (s.n - rest.n == MILLISECONDS_DIGITS)
        n /= 1000;
    if (take_char(&rest, '.'))
        skip_digits(&rest);
    if (rest.n != 0)
        return false;
    *out = n;
    return true;
}

static int64_t month_of(struct str s)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (size_t i = 0; i < 12; i++)
        if (s.n >= 3 && str_eq_nocase(str_slice(s, 0, 3), (struct str){names + 3 * i, 3}))
            return (int64_t)i + 1;
    return 0;
}

static struct str take_word(struct str *s)
{
    struct str word;
    size_t n = 0;

    while (s->n > 0 && (char_is_fws(s->p[0]) || s->p[0] == ','))
        *s = str_slice(*s, 1, s->n);
    while (n < s->n && !char_is_fws(s->p[n]) && s->p[n] != ',')
        n++;
    word = str_slice(*s, 0, n);
    *s = str_slice(*s, n, s->n);
    return word;
}

bool words_mail_date(struct str text, int64_t *out)
{
    struct str rest = text, word = take_word(&rest), clock;
    int64_t day, month, year, hour, minute, second, zone = 0;

    if (word.n > 0 && !char_is_digit(word.p[0]))
        word = take_word(&rest);
    if (!take_digits(&word, 2, &day) || word.n != 0)
        return false;
    month = month_of(take_word(&rest));
    word = take_word(&rest);
    if (month == 0 || !take_digits(&word, 4, &year))
        return false;
    if (year < 100)
        year += year < 50 ? 2000 : 1900;
    clock = take_word(&rest);
    if (!take_clock(&clock, &hour, &minute, &second))
        return false;
    word = take_word(&rest);
    if (word.n > 0 && (word.p[0] == '+' || word.p[0] == '-') && !take_zone(&word, &zone))
        return false;
    if (!in_range(year, month, day, hour, minute, second))
        return false;
    *out = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone;
    return true;
}

/* ---- addresses and domains ---- */

/* "192.000.002.001": what four numbers with leading zeros mean to those who write them. */
static bool dotted_quad(struct str s, struct ip *out)
{
    out->family = IP_V4;
    memset(out->b, 0, sizeof out->b);
    for (int i = 0; i < 4; i++) {
        int64_t n;

        if ((i > 0 && !take_char(&s, '.')) || !take_digits(&s, 3, &n) || n > 255)
            return false;
        out->b[i] = (uint8_t)n;
    }
    return s.n == 0;
}

static bool bare_ip(struct str s, struct ip *out)
{
    if (str_starts_nocase(s, STR("IPv6:")))
        s = str_slice(s, 5, s.n);
    s = str_slice(s, 0, str_find(s, '%'));
    return ip_parse(s, out) || dotted_quad(s, out);
}

bool words_ip(struct str text, struct ip *out)
{
    struct str s = str_trim(text), before;
    size_t close, colon;

    *out = (struct ip){.family = IP_NONE};
    if (take_char(&s, '[')) {
        close = str_find(s, ']');
        if (close == s.n)
            return false;
        s = str_slice(s, 0, close);
    }
    if (bare_ip(str_trim(s), out))
        return true;
    colon = str_find(s, ':'); /* a port, which only IPv4 can have without brackets */
    before = str_slice(s, 0, colon);
    if (colon < s.n && dotted_quad(before, out))
        return true;
    *out = (struct ip){.family = IP_NONE};
    return false;
}

const char *words_domain(struct arena *a, struct str text)
{
    struct str s = str_trim(text);
    const char *name = NULL;

    for (size_t i = s.n; i > 0; i--) {
        if (s.p[i - 1] == '@') {
            s = str_slice(s, i, s.n);
            break;
        }
    }
    s = str_trim(str_slice(s, 0, str_find(s, '>')));
    while (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    return domain_normalize(a, s, &name) == RC_OK ? name : NULL;
}

/* ---- closed lists ---- */

struct word {
    const char *is, *means;
};

static const char *look_up(const struct word *table, size_t n, struct str text)
{
    char mem[40];
    struct strbuf b = STRBUF_ON(mem);

    text = str_trim(text);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '_' && text.p[i] != '-' && text.p[i] != ' ')
            strbuf_putc(&b, char_lower(text.p[i]));
    for (size_t i = 0; i < n && !b.over; i++)
        if (strcmp(table[i].is, b.p) == 0)
            return table[i].means;
    return NULL;
}
#define LOOK_UP(table, text) look_up(table, sizeof(table) / sizeof(table)[0], text)

const char *words_disposition(struct str text)
{
    static const struct word table[] = {
        {"none", "none"}, {"quarantine", "quarantine"}, {"reject", "reject"}, {"pass", "pass"},
        {"softfail", "quarantine"}, /* rspamd before 2.0 */
    };

    return LOOK_UP(table, text);
}

/* RFC 8601 section 2.7.2; "unknown" and "error" of RFC 7489 appendix C. */
const char *words_spf(struct str text)
{
    static const struct word table[] = {
        {"none", "none"}, {"neutral", "neutral"}, {"pass", "pass"}, {"fail", "fail"}, {"softfail", "softfail"},
        {"temperror", "temperror"}, {"permerror", "permerror"}, {"policy", "policy"}, {"hardfail", "fail"},
        {"unknown", "temperror"}, {"error", "permerror"},
    };

    return LOOK_UP(table, text);
}

/* RFC 8601 section 2.7.1. */
const char *words_dkim(struct str text)
{
    static const struct word table[] = {
        {"none", "none"}, {"pass", "pass"}, {"fail", "fail"}, {"policy", "policy"}, {"neutral", "neutral"},
        {"temperror", "temperror"}, {"permerror", "permerror"}, {"invalid", "permerror"}, {"error", "permerror"},
        {"unknown", "temperror"}, {"hardfail", "fail"},
    };

    return LOOK_UP(table, text);
}

const char *words_reason(struct str text)
{
    static const struct word table[] = {
        {"forwarded", "forwarded"}, {"sampledout", "sampled_out"}, {"trustedforwarder", "trusted_forwarder"},
        {"mailinglist", "mailing_list"}, {"localpolicy", "local_policy"}, {"policytestmode", "policy_test_mode"},
        {"other", "other"}, {"", "other"},
    };

    return LOOK_UP(table, text);
}

int words_pass(struct str text)
{
    text = str_trim(text);
    if (str_eq_nocase(text, STR("pass")))
        return 1;
    return str_eq_nocase(text, STR("fail")) ? 0 : -1;
}

/* ---- texts ---- */

static uint32_t code_point(struct str s, size_t n)
{
    uint32_t c = (unsigned char)s.p[0] & (n == 1 ? 0x7fU : 0xffU >> (n + 1));

    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)s.p[i] & 0x3fU);
    return c;
}

static bool may_stand(uint32_t c)
{
    return c >= 0x20 && (c < 0x7f || c > 0x9f) && c != 0x2028 && c != 0x2029 && !(c >= 0x202a && c <= 0x202e) &&
           !(c >= 0x2060 && c <= 0x2069) && !(c >= 0x200b && c <= 0x200f) && c != 0xfeff && c != 0xad &&
           (c & 0xfffe) != 0xfffe;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return true;
}

const char *words_clean(struct arena *a, struct str text, size_t max, bool *dropped)
{
    struct str s = str_trim(text);
    struct strbuf b;

    if (s.n <= max && is_plain(s))
        return s.n == 0 ? "" : str_dup(a, s);
    b = strbuf_new(a, s.n < max ? s.n : max);
    if (b.over)
        return NULL;
    while (s.n > 0 && !b.over) {
        size_t n = str_utf8_length(s);

        if (n == 1 && char_is_fws(s.p[0]))
            strbuf_putc(&b, ' ');
        else if (n == 0 || !may_stand(code_point(s, n)))
            *dropped = true;
        else if (b.n + n > b.max)
            break;
        else
            strbuf_put(&b, str_slice(s, 0, n));
        s = str_slice(s, n == 0 ? 1 : n, s.n);
    }
    return b.p;
}

bool words_is_clean(struct str s)
{
    if (is_plain(s))
        return true;
    while (s.n > 0) {
        size_t n = str_utf8_length(s);

        if (n == 0 || !may_stand(code_point(s, n)))
            return false;
        s = str_slice(s, n, s.n);
    }
    return true;
}

/* ---- names of files ---- */

void words_file_name(struct arena *a, struct str name, struct words_name *out)
{
    struct str part[4] = {STR_NONE, STR_NONE, STR_NONE, STR_NONE};
    const char *receiver, *domain;

    *out = (struct words_name){"", "", 0, 0};
    for (size_t i = name.n; i > 0; i--) {
        if (name.p[i - 1] == '/' || name.p[i - 1] == '\\') {
            name = str_slice(name, i, name.n);
            break;
        }
    }
    for (int i = 0; i < 4; i++) {
        size_t n = str_find(name, '!');

        part[i] = str_slice(name, 0, n);
        if (n == name.n && i < 3)
            return;
        name = str_slice(name, n + 1, name.n);
    }
    receiver = words_domain(a, part[0]);
    domain = words_domain(a, part[1]);
    if (receiver == NULL || domain == NULL)
        return;
    out->receiver = receiver;
    out->domain = domain;
    if (!take_digits(&part[2], DIGITS_MAX, &out->begin_s) || !take_digits(&part[3], DIGITS_MAX, &out->end_s))
        out->begin_s = out->end_s = 0;
}
