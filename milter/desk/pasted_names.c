/* Names in a pasted text: queue ids and Message-IDs by their looks, addresses, hosts, domains. */
#include <string.h>

#include "base/ip.h"
#include "desk/pasted_names.h"
#include "mail/domain.h"

enum { DOMAIN_BYTES_MAX = 253, BRACKETED_MAX = 500 };

struct names {
    struct arena *a;
    struct pasted *p;
};

static bool names_is_word(char c)
{
    return char_is_alnum(c) || strchr(".-_@+=:/!#$%&*?^`{|}~", c) != NULL || (unsigned char)c >= 0x80;
}

/* In lower case, each once. */
static void names_add(struct names *r, enum store_key kind, struct str text)
{
    struct pasted *p = r->p;
    char *copy = str_dup_lower(r->a, text);

    for (size_t i = 0; copy != NULL && i < p->name_count; i++)
        if (p->name[i].kind == kind && strcmp(p->name[i].text, copy) == 0)
            return;
    if (copy != NULL && p->name_count < PASTED_NAMES_MAX)
        p->name[p->name_count++] = (struct pasted_key){kind, copy};
}

/* ---- what a word may be ---- */

static bool names_all(struct str s, const char *of)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr(of, s.p[i]) == NULL)
            return false;
    return true;
}

/* Postfix's: short ones are hexadecimal in upper case, long ones have digits and letters of both cases; Sendmail's. */
static bool names_is_queue_id(struct str s)
{
    bool digit = false, upper = false, lower = false;

    for (size_t i = 0; i < s.n; i++) {
        if (!char_is_alnum(s.p[i]))
            return false;
        digit = digit || char_is_digit(s.p[i]);
        lower = lower || (s.p[i] >= 'a' && s.p[i] <= 'z');
        upper = upper || (s.p[i] >= 'A' && s.p[i] <= 'Z');
    }
    if (s.n >= 9 && s.n <= 12 && digit && !lower && names_all(s, "0123456789ABCDEF"))
        return true;
    return digit && lower && upper && s.n >= 11 && s.n <= 20;
}

static bool names_is_domain(struct str s)
{
    const char *normal;
    size_t last = s.n;
    struct arena *scratch;
    bool good;

    while (last > 0 && s.p[last - 1] != '.')
        last--;
    if (last == 0 || s.n - last < 2 || names_all(str_slice(s, last, s.n), "0123456789") || s.n > DOMAIN_BYTES_MAX)
        return false;
    scratch = arena_new(16 * 1024);
    good = scratch != NULL && domain_normalize(scratch, s, &normal) == RC_OK;
    arena_free(scratch);
    return good;
}

/* ---- words ---- */

static struct str names_strip(struct str s)
{
    while (s.n > 0 && strchr(".:,;=/[]{}|!?*`", s.p[0]) != NULL)
        s = str_slice(s, 1, s.n);
    while (s.n > 0 && strchr(".:,;=/[]{}|!?*`", s.p[s.n - 1]) != NULL)
        s.n--;
    return s;
}

static void names_word(struct names *r, struct str raw)
{
    struct str s = names_strip(raw), after;
    size_t equals, at;
    struct ip ip;

    while ((equals = str_find(s, '=')) < s.n) /* ref=K7Q2M4ZD, rip=192.0.2.1 */
        s = names_strip(str_slice(s, equals + 1, s.n));
    if (s.n > 4 && s.p[3] == '-' && names_all(str_slice(s, 0, 3), "0123456789")) /* 550-5.7.1, of several lines */
        s = str_slice(s, 4, s.n);
    at = str_find(s, '@');
    after = str_slice(s, at + 1, s.n);
    if (s.n < 4)
        return;
    if (at < s.n && at > 0 && names_is_domain(after))
        names_add(r, STORE_KEY_ADDRESS, s);
    else if (ip_parse(s, &ip))
        names_add(r, STORE_KEY_IP, s);
    else if (names_is_queue_id(s))
        pasted_key_add(r->a, r->p, STORE_KEY_QUEUE_ID, s);
    else if (names_is_domain(s))
        names_add(r, STORE_KEY_DOMAIN, s);
}

/* Between angle brackets: an address, or a Message-ID, which looks alike; then it is both. */
static void names_bracketed(struct names *r, struct str s)
{
    size_t at = str_find(s, '@');

    if (at == 0 || at == s.n || s.n > BRACKETED_MAX)
        return;
    pasted_key_add(r->a, r->p, STORE_KEY_MESSAGE_ID, s);
    if (names_is_domain(str_slice(s, at + 1, s.n)))
        names_add(r, STORE_KEY_ADDRESS, s);
}

static void names_scan(struct names *r, struct str text)
{
    size_t i = 0;

    while (i < text.n) {
        size_t from = i, close;

        if (text.p[i] == '<' && (close = i + str_find(str_slice(text, i, text.n), '>')) < text.n &&
            close - i < BRACKETED_MAX && str_find(str_slice(text, i, close), ' ') == close - i) {
            names_bracketed(r, str_slice(text, i + 1, close));
            i = close + 1;
            continue;
        }
        while (i < text.n && names_is_word(text.p[i]))
            i++;
        if (i > from)
            names_word(r, str_slice(text, from, i));
        else
            i++;
    }
}

enum rc pasted_names_find(struct arena *a, struct str text, struct pasted *p)
{
    static const enum store_key order[] = {STORE_KEY_ADDRESS, STORE_KEY_IP, STORE_KEY_DOMAIN};
    struct names r = {a, p};
    struct pasted_key sorted[PASTED_NAMES_MAX];
    size_t n = 0;

    names_scan(&r, str_slice(text, 0, text.n < PASTED_NAMES_BYTES ? text.n : PASTED_NAMES_BYTES));
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        for (size_t i = 0; i < p->name_count; i++)
            if (p->name[i].kind == order[k])
                sorted[n++] = p->name[i];
    for (size_t i = 0; i < n; i++)
        p->name[i] = sorted[i];
    return arena_ran_out(a) ? RC_NOMEM : RC_OK;
}
