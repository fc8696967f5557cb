/* Letters whose header tries to cost more than it may. */
#include "cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { KB = 1024, MB = 1024 * 1024 };

void letter_usual(struct letter *l)
{
    letter_raw(l, "From", " A <a@example.com>");
    letter_raw(l, "Subject", " hello");
    letter_raw(l, "Date", " Sun, 22 Nov 2026 01:26:13 +0000");
    letter_raw(l, "Message-ID", " <1@example.com>");
    letter_zone(l, "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"");
    letter_zone(l, "example.com. TXT \"v=spf1 -all\"");
    letter_zone(l, "1.2.0.192.in-addr.arpa. PTR mail.example.com.");
    letter_zone(l, "mail.example.com. A 192.0.2.1");
    letter_key(l, "example.com");
}

void letter_plain(struct letter *l)
{
    letter_usual(l);
    letter_sign(l, &(struct signing){.header = DKIM_CANON_RELAXED, .body = DKIM_CANON_RELAXED});
}

static const struct signing relaxed = {.header = DKIM_CANON_RELAXED, .body = DKIM_CANON_RELAXED};

char *letter_names(const char *name, size_t n)
{
    char *unit = NULL, *many, *all = NULL;

    MUST(asprintf(&unit, ":%s", name) >= 0);
    many = letter_many(unit, n);
    MUST(asprintf(&all, "from%s", many) >= 0);
    free(unit);
    free(many);
    return all;
}

/* ---- the header ---- */

static void many_fields(struct letter *l)
{
    letter_plain(l);
    letter_repeat(l, 10000, "X-Filler", " x");
}

/* Just under MaxHeaderBytes, all of it signed `times` times. */
static void large_header_signed(struct letter *l, const char *unit, size_t fields, size_t times, enum dkim_canon how)
{
    char *names = letter_names("x", fields < 255 ? fields : 255);

    letter_usual(l);
    for (size_t i = 0; i < fields; i++)
        letter_long(l, "X", "", unit, (1000 * KB / fields - 10) / strlen(unit), "x");
    for (size_t i = 0; i < times; i++)
        letter_sign(l, &(struct signing){.names = names, .header = how, .body = how});
    free(names);
}

static void header_of_1m(struct letter *l) { large_header_signed(l, "lorem ", 20, 1, DKIM_CANON_RELAXED); }
static void header_of_1m_ten_times(struct letter *l) { large_header_signed(l, "lorem ", 20, 10, DKIM_CANON_RELAXED); }
static void header_of_1m_simple(struct letter *l) { large_header_signed(l, "lorem ", 20, 10, DKIM_CANON_SIMPLE); }
static void header_of_blanks(struct letter *l) { large_header_signed(l, " ", 1, 10, DKIM_CANON_RELAXED); }
static void header_of_folds(struct letter *l) { large_header_signed(l, "\n\t", 1, 10, DKIM_CANON_RELAXED); }
static void header_of_letters(struct letter *l) { large_header_signed(l, "x", 250, 10, DKIM_CANON_RELAXED); }

static void header_over_1m(struct letter *l)
{
    letter_plain(l);
    for (int i = 0; i < 30; i++)
        letter_long(l, "X", "", "x", 40 * KB, "");
}

static void names_thousands(struct letter *l)
{
    char *names = letter_names("x", 5000);

    letter_usual(l);
    letter_repeat(l, 900, "X", " x");
    for (int i = 0; i < 10; i++)
        letter_sign(l, &(struct signing){.names = names});
    free(names);
}

static void names_256(struct letter *l)
{
    char *names = letter_names("x", 255);

    letter_usual(l);
    letter_repeat(l, 980, "X", " x");
    for (int i = 0; i < 10; i++)
        letter_sign(l, &(struct signing){.names = names, .header = DKIM_CANON_RELAXED});
    free(names);
}

/* None of what h= names is there. */
static void names_absent(struct letter *l)
{
    char *names = letter_names("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxy", 255);

    letter_usual(l);
    letter_repeat(l, 980, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxz", " x");
    for (int i = 0; i < 10; i++)
        letter_sign(l, &(struct signing){.names = names, .header = DKIM_CANON_RELAXED});
    free(names);
}

static void odd_names(struct letter *l)
{
    char *name = letter_many("x", 300 * KB);

    letter_plain(l);
    letter_raw(l, name, " x");
    letter_raw(l, "X", "");
    letter_raw(l, "From\t ", " <b@example.com>");
    free(name);
}

static void header_of_octets(struct letter *l)
{
    letter_plain(l);
    letter_long(l, "Subject", "", "\xff\xfe\x80\x01\x7f\"\\", 100 * KB, "");
    letter_long(l, "Message-ID", "<", "\xff\"\\", 10 * KB, ">");
}

static void recipients(struct letter *l)
{
    letter_plain(l);
    l->rcpts = 50000;
}

/* ---- From ---- */

static void from_of(struct letter *l, const char *unit, size_t n)
{
    letter_usual(l);
    free(l->field[0].value);
    MUST(asprintf(&l->field[0].value, " %s", "") >= 0);
    free(l->field[0].value);
    l->field[0].value = letter_many(unit, n);
    letter_sign(l, &relaxed);
}

static void from_1000(struct letter *l) { from_of(l, " a@example.com,\n", 1000); }
static void from_1001(struct letter *l) { from_of(l, " a@example.com,\n", 1001); }
static void from_64k(struct letter *l) { from_of(l, " \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" <a@example.com>,\n", 1200); }
static void from_comments(struct letter *l) { from_of(l, "((((((((((((((((((x))))))))))))))))))", 1700); }
static void from_deep(struct letter *l) { from_of(l, "(", 65000); }
static void from_quotes(struct letter *l) { from_of(l, "\"\\\"", 21000); }
static void from_groups(struct letter *l) { from_of(l, " a:;,", 13000); }
static void from_words(struct letter *l) { from_of(l, " a", 32000); }
static void from_routes(struct letter *l) { from_of(l, "<@a,", 16000); }
static void from_idn(struct letter *l) { from_of(l, " a@\xc3\xa4\xe4\xb8\xad.\xc3\xb6\xc3\xa4.example,", 2300); }

static void from_domains(struct letter *l)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);

    MUST(f != NULL);
    for (int i = 0; i < 1000; i++)
        (void)fprintf(f, " a@d%d.example,\n", i);
    (void)fclose(f);
    letter_plain(l);
    free(l->field[0].value);
    l->field[0].value = text;
}

static void from_fields(struct letter *l)
{
    letter_plain(l);
    for (int i = 0; i < 2000; i++)
        letter_long(l, "From", "", "a@example.com, ", 60, "a@example.com");
}

/* ---- Authentication-Results ---- */

static void claims(struct letter *l, size_t n, const char *value)
{
    letter_plain(l);
    letter_repeat(l, n, "Authentication-Results", value);
}

static void claims_forged(struct letter *l) { claims(l, 5000, " mx.receiver.example; dmarc=pass"); }
static void claims_foreign(struct letter *l) { claims(l, 5000, " mx.example.net; dmarc=pass header.from=example.com"); }
static void claims_octets(struct letter *l) { claims(l, 5000, " \xc3\xa4\xc3\xb6\xe4\xb8\xad\xd7\x90.\xc3\xa4.example; spf=pass"); }
static void claims_short(struct letter *l) { claims(l, 120000, " a;"); }

static void claims_long(struct letter *l, const char *head, const char *unit, size_t n, size_t fields)
{
    letter_plain(l);
    for (size_t i = 0; i < fields; i++)
        letter_long(l, "Authentication-Results", head, unit, n, "; dmarc=pass");
}

static void claims_comments(struct letter *l) { claims_long(l, "", "((x)y)", 10900, 80); }
static void claims_words(struct letter *l) { claims_long(l, "a ", "b ", 32000, 80); }
static void claims_blanks(struct letter *l) { claims_long(l, "a", " ", 65000, 80); }
static void claims_too_long(struct letter *l) { claims_long(l, "a", " ", 70000, 80); }
static void claims_pairs(struct letter *l) { claims_long(l, "\"", "\\x", 32000, 80); }
static void claims_long_octets(struct letter *l) { claims_long(l, "", "\xc3\xa4", 500, 900); }
static void claims_joiners(struct letter *l) { claims_long(l, "", "\xe2\x80\x8d", 330, 4000); }
/* Words that IDNA makes longer (U+3316 is six characters), and that differ by what a reader makes of comments. */
#define U "\xe3\x8c\x96"
static void claims_swell(struct letter *l)
{
    letter_plain(l);
    for (int i = 0; i < 990; i++)
        letter_put(l, "Authentication-Results", " a" U "(b)" U "%d." U "((c)d)" U ".(\\)e)" U "." U U U "." U U U ".example",
                   i);
}
static void claims_swell_long(struct letter *l)
{
    char *labels = letter_many(U U U ".", 60);

    letter_plain(l);
    for (int i = 0; i < 900; i++)
        letter_put(l, "Authentication-Results", " %s(a%d)b(c(d))e", labels, i);
    free(labels);
}
static void claims_dots(struct letter *l) { claims_long(l, "", ".", 60000, 80); }
static void claims_subnames(struct letter *l) { claims_long(l, "(", "mx.receiver.example ", 3200, 80); }

static void claims_trusted(struct letter *l) { claims_long(l, "mx.receiver.example", "; spf=pass smtp.mailfrom=a", 2000, 80); }

#define ROW(function, want) {#function, function, want, NULL}

static const struct hostile cases[] = {
    {"plain", letter_plain, "dmarc=pass dkim=pass spf=fail", "dkim=pass"},
    ROW(many_fields, "limits=headers dkim=neutral dmarc=fail"),
    ROW(header_of_1m, "dmarc=pass"),
    ROW(header_of_1m_ten_times, "dmarc=pass"),
    ROW(header_of_1m_simple, "dmarc=pass"),
    ROW(header_of_blanks, "dmarc=pass"),
    ROW(header_of_folds, "limits=header-bytes dkim=neutral"),
    ROW(header_of_letters, "dmarc=pass"),
    ROW(header_over_1m, "limits=header-bytes dkim=neutral dmarc=fail"),
    ROW(names_thousands, "limits=signatures dkim=neutral dmarc=fail"),
    ROW(names_256, "dmarc=pass"),
    ROW(names_absent, "dmarc=pass"),
    ROW(odd_names, "dmarc=permerror"),
    ROW(header_of_octets, "dkim=fail"),
    ROW(recipients, "limits=recipients dmarc=pass rcpts=50000"),
    ROW(from_1000, "dmarc=pass"),
    ROW(from_1001, "limits=from dmarc=permerror"),
    ROW(from_64k, "limits=from dmarc=permerror"),
    ROW(from_comments, "dmarc=permerror"),
    ROW(from_deep, "dmarc=permerror"),
    ROW(from_quotes, "dmarc=permerror"),
    ROW(from_groups, "dmarc=permerror"),
    ROW(from_words, "dmarc=permerror"),
    ROW(from_routes, "dmarc=permerror"),
    ROW(from_idn, "limits=from dmarc=permerror"),
    ROW(from_domains, "limits=from dmarc=permerror"),
    ROW(from_fields, "limits=headers dmarc=permerror"),
    ROW(claims_forged, "limits=headers dmarc=fail rule=forged-fields"),
    ROW(claims_foreign, "limits=headers dmarc=fail"),
    ROW(claims_octets, "limits=headers dmarc=fail"),
    ROW(claims_short, "limits=headers dmarc=fail"),
    ROW(claims_comments, "limits=header-bytes dmarc=fail"),
    ROW(claims_words, "limits=header-bytes dmarc=fail"),
    ROW(claims_blanks, "limits=header-bytes dmarc=fail"),
    ROW(claims_too_long, "limits=header-bytes dmarc=fail"),
    ROW(claims_pairs, "limits=header-bytes dmarc=fail"),
    ROW(claims_long_octets, "dmarc=pass rule=forged-fields"),
    ROW(claims_joiners, "limits=headers dmarc=fail"),
    ROW(claims_swell, "dmarc=pass rule=forged-fields"),
    ROW(claims_swell_long, "dmarc=pass rule=forged-fields"),
    ROW(claims_dots, "limits=header-bytes dmarc=fail"),
    ROW(claims_subnames, "limits=header-bytes dmarc=fail"),
    ROW(claims_trusted, "limits=header-bytes dmarc=fail"),
};
const struct hostile_group hostile_header = {cases, sizeof cases / sizeof cases[0]};
