#include "clientreport/words.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "syntax/textfile.h"

#define WORDS_DOMAIN "assay-report"

const char *const words_languages[] = {"en", "de", NULL};

/*
 * Where a system's only locales are C and C.UTF-8, as on a minimal Debian, gettext() of glibc 2.39 and later knows no
 * language.  So what msgfmt made is read here: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
 */
enum { MO_MAX = 1 << 20, MO_MAGIC = (int)0x950412deU, MO_COUNT = 8, MO_ENGLISH = 12, MO_OTHER = 16 };

static struct {
    struct arena *a; /* of the catalogue; NULL: English */
    struct str mo;
} words;

static uint32_t mo_number(size_t at)
{
    uint32_t n = 0;

    if (words.mo.n >= sizeof n && at <= words.mo.n - sizeof n)
        memcpy(&n, words.mo.p + at, sizeof n);
    return n;
}

/* The text of that number in a table, of two for a plural with the NUL between; "" where the file is not whole. */
static struct str mo_text(size_t table, uint32_t number)
{
    size_t at = mo_number(table) + (size_t)number * 8, n = mo_number(at), from = mo_number(at + 4);

    return from < words.mo.n && n < words.mo.n - from && words.mo.p[from + n] == '\0'
               ? (struct str){words.mo.p + from, n} : STR("");
}

/* What stands for this text; "" when nothing does. */
static struct str mo_find(const char *english)
{
    for (uint32_t i = 0, n = words.a == NULL ? 0 : mo_number(MO_COUNT); i < n && i < MO_MAX / 8; i++)
        if (strcmp(mo_text(MO_ENGLISH, i).p, english) == 0)
            return mo_text(MO_OTHER, i);
    return STR("");
}

static void words_forget(void)
{
    arena_free(words.a);
    words.a = NULL;
    words.mo = STR_NONE;
}

enum rc words_speak(const char *dir, const char *language, struct err *e)
{
    char path[PATH_MAX];
    /* TRANSLATORS: the two letters of the language of this catalogue. */
    const char *mark = N_("en");
    enum rc rc;

    words_forget();
    if (strcmp(language, mark) == 0)
        return RC_OK;
    words.a = arena_new(2 * MO_MAX);
    if (words.a == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    (void)snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/" WORDS_DOMAIN ".mo", dir, language);
    rc = textfile_read(words.a, path, MO_MAX, &words.mo, e);
    if (rc == RC_OK && mo_number(0) == (uint32_t)MO_MAGIC && strcmp(words_say(mark), language) == 0 &&
        strstr(mo_find("").p, "nplurals=2; plural=(n != 1);") != NULL)
        return RC_OK;
    words_forget();
    return err_set(e, RC_NOTFOUND, "%s/%s/LC_MESSAGES has no catalogue of reports in \"%s\"", dir, language, language);
}

const char *words_say(const char *english)
{
    struct str other = mo_find(english);

    return other.n == 0 ? english : other.p;
}

const char *words_say_n(const char *one, const char *many, int64_t n)
{
    struct str other = mo_find(one);
    size_t first = strlen(other.p);

    if (other.n == 0 || first >= other.n)
        return n == 1 ? one : many;
    return n == 1 ? other.p : other.p + first + 1;
}

const char *words_put(struct arena *a, const char *fmt, ...)
{
    const char *text;
    va_list ap;

    va_start(ap, fmt);
    text = str_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}

const char *words_number(struct arena *a, int64_t n)
{
    /* TRANSLATORS: what stands between groups of three digits. */
    const char *group = _(",");
    char digits[24];
    struct strbuf b = strbuf_new(a, 60);
    int size = snprintf(digits, sizeof digits, "%" PRId64, n < 0 ? -n : n);

    if (n < 0)
        strbuf_puts(&b, "-");
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            strbuf_puts(&b, group);
        strbuf_putc(&b, digits[i]);
    }
    return b.over ? "" : b.p;
}

const char *words_share(struct arena *a, int64_t part, int64_t whole)
{
    int64_t tenths;

    if (whole <= 0)
        return _("no mail");
    tenths = part * 1000 / whole; /* never 100.0 where one is missing */
    /* TRANSLATORS: a share, "93.8 %": whole per cents, then tenths. */
    return words_put(a, _("%1$d.%2$d %%"), (int)(tenths / 10), (int)(tenths % 10));
}

/* ---- dates ---- */

static const char *const words_months[] = {
    N_("January"), N_("February"), N_("March"),     N_("April"),   N_("May"),      N_("June"),
    N_("July"),    N_("August"),   N_("September"), N_("October"), N_("November"), N_("December"),
};
static const char *const words_months_short[] = {
    /* TRANSLATORS: months as short as a chart wants them. */
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
};

static struct tm words_tm(int64_t day)
{
    time_t t = (time_t)day * 86400;
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    return tm;
}

const char *words_date(struct arena *a, int64_t day)
{
    struct tm t = words_tm(day);

    /* TRANSLATORS: "3 December 2026": day, month, year. */
    return words_put(a, _("%1$d %2$s %3$d"), t.tm_mday, _(words_months[t.tm_mon]), t.tm_year + 1900);
}

const char *words_day(struct arena *a, int64_t day)
{
    struct tm t = words_tm(day);

    /* TRANSLATORS: "3 December", and "3 Dec" in charts. */
    return words_put(a, _("%1$d %2$s"), t.tm_mday, _(words_months[t.tm_mon]));
}

const char *words_day_short(struct arena *a, int64_t day)
{
    struct tm t = words_tm(day);

    return words_put(a, _("%1$d %2$s"), t.tm_mday, _(words_months_short[t.tm_mon]));
}

const char *words_month(struct arena *a, int64_t day)
{
    struct tm t = words_tm(day);

    /* TRANSLATORS: "November 2026". */
    return words_put(a, _("%1$s %2$d"), _(words_months[t.tm_mon]), t.tm_year + 1900);
}

const char *words_month_alone(int64_t day)
{
    return _(words_months[words_tm(day).tm_mon]);
}
