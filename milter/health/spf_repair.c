#include "health/spf_repair.h"

#include <string.h>

#include "base/ip.h"
#include "spf/spf_record.h"

enum { WORDS_MAX = 300 };

struct words {
    struct arena *arena;
    struct str w[WORDS_MAX];
    size_t n;
    bool over;
};

static const struct {
    const char *name;
    bool domain; /* takes one */
} mechanisms[] = {{"include", true}, {"a", true}, {"mx", true}, {"ptr", true}, {"ip4", false}, {"ip6", false},
                  {"exists", true}, {"all", false}};

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static bool is_qualifier(char c)
{
    return c == '+' || c == '-' || c == '~' || c == '?';
}

bool spf_repair_alike(struct str txt)
{
    while (txt.n > 0 && (char_is_fws(txt.p[0]) || is_quote(txt.p[0])))
        txt = str_slice(txt, 1, txt.n);
    return str_starts_nocase(txt, STR("v=spf1")) || str_starts_nocase(txt, STR("v=spf ")) ||
           str_starts_nocase(txt, STR("v= spf1")) || str_starts_nocase(txt, STR("v =spf1")) ||
           str_starts_nocase(txt, STR("v = spf1")) || str_starts_nocase(txt, STR("spf1 ")) ||
           str_starts_nocase(txt, STR("v:spf1"));
}

/* ---- the text as a whole ---- */

/* U+2013 and U+2014, as word processors write "-". */
static struct str mend_dashes(struct arena *a, struct str txt)
{
    struct strbuf b = strbuf_new(a, txt.n);

    for (size_t i = 0; i < txt.n; i++)
        if (txt.n - i >= 3 && memcmp(txt.p + i, "\xe2\x80", 2) == 0 &&
            (txt.p[i + 2] == '\x93' || txt.p[i + 2] == '\x94')) {
            strbuf_putc(&b, '-');
            i += 2;
        } else {
            strbuf_putc(&b, txt.p[i]);
        }
    return strbuf_str(&b);
}

/* Blanks and quotes around it; then the version, which is taken off; false when there is none. */
static bool take_version(struct str *txt)
{
    static const char *const versions[] = {"v=spf1", "v= spf1", "v =spf1", "v = spf1", "v:spf1", "spf1", "v=spf"};

    while (txt->n > 0 && (char_is_fws(txt->p[0]) || is_quote(txt->p[0])))
        *txt = str_slice(*txt, 1, txt->n);
    while (txt->n > 0 && (char_is_fws(txt->p[txt->n - 1]) || is_quote(txt->p[txt->n - 1])))
        *txt = str_slice(*txt, 0, txt->n - 1);
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (str_starts_nocase(*txt, str_of(versions[i]))) {
            *txt = str_slice(*txt, strlen(versions[i]), txt->n);
            return true;
        }
    return false;
}

static void word_push(struct words *words, struct str w)
{
    if (words->n == WORDS_MAX)
        words->over = true;
    else if (w.n > 0)
        words->w[words->n++] = w;
}

static void spf_repair_split(struct words *words, struct str txt)
{
    while (txt.n > 0) {
        size_t end = 0;

        while (end < txt.n && !char_is_fws(txt.p[end]))
            end++;
        word_push(words, str_slice(txt, 0, end));
        txt = str_slice(txt, end + 1, txt.n);
    }
}

/* ---- words ---- */

static bool parses(struct words *words, struct str w)
{
    struct strbuf b = strbuf_new(words->arena, w.n + 8);
    struct spf_record r;
    struct err e = ERR_NONE;

    strbuf_puts(&b, "v=spf1 ");
    strbuf_put(&b, w);
    return spf_record_parse(words->arena, strbuf_str(&b), &r, &e) == RC_OK;
}

static void mend_ends(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        while (words->w[i].n > 1 && (words->w[i].p[words->w[i].n - 1] == ';' ||
                                     words->w[i].p[words->w[i].n - 1] == ','))
            words->w[i].n--;
}

static struct str words_joined(struct words *words, struct str x, struct str y)
{
    struct strbuf b = strbuf_new(words->arena, x.n + y.n);

    strbuf_put(&b, x);
    strbuf_put(&b, y);
    return strbuf_str(&b);
}

/* "include: x", "- all": the word and the one behind it are one. */
static void mend_blanks(struct words *words)
{
    for (size_t i = 0; i + 1 < words->n; i++) {
        struct str w = words->w[i];
        char last = w.p[w.n - 1];

        if (!(last == ':' || last == '=') && !(w.n == 1 && is_qualifier(last)))
            continue;
        words->w[i] = words_joined(words, w, words->w[i + 1]);
        memmove(&words->w[i + 1], &words->w[i + 2], (words->n - i - 2) * sizeof words->w[0]);
        words->n--;
    }
}

/* "mx~all": two words. */
static void mend_all(struct words *words)
{
    struct words made = {.arena = words->arena};

    for (size_t i = 0; i < words->n; i++) {
        struct str w = words->w[i];
        size_t cut = w.n > 4 ? w.n - 4 : 0;

        if (cut > 0 && str_ends_nocase(w, STR("all")) && is_qualifier(w.p[cut]) && !parses(words, w)) {
            word_push(&made, str_slice(w, 0, cut));
            w = str_slice(w, cut, w.n);
        }
        word_push(&made, w);
    }
    *words = made;
}

/* Bytes of the mechanism's name at the beginning of `w`, behind a qualifier, when `mark` follows it; 0 none. */
static size_t named(struct str w, const char *name, char mark)
{
    size_t at = w.n > 0 && is_qualifier(w.p[0]) ? 1 : 0, n = strlen(name);

    return str_starts_nocase(str_slice(w, at, w.n), str_of(name)) && at + n < w.n && w.p[at + n] == mark ? at + n : 0;
}

static void mend_equals(struct words *words)
{
    for (size_t i = 0; i < words->n; i++)
        for (size_t k = 0; k < sizeof mechanisms / sizeof mechanisms[0]; k++) {
            size_t at = named(words->w[i], mechanisms[k].name, '=');

            if (at > 0)
                words->w[i] = words_joined(words, words_joined(words, str_slice(words->w[i], 0, at), STR(":")),
                                           str_slice(words->w[i], at + 1, words->w[i].n));
        }
}

/* The address or network `text` as a term of the right name. */
static struct str address_term(struct words *words, struct str qualifier, struct str text)
{
    struct ip_net net;

    if (!ip_net_parse(text, &net))
        return STR_NONE;
    return words_joined(words, words_joined(words, qualifier, net.addr.family == IP_V4 ? STR("ip4:") : STR("ip6:")),
                        text);
}

/* ip: ipv4: ipv6:, a family that is not the address's, several with commas between, an address where a name belongs. */
static void mend_addresses(struct words *words)
{
    static const char *const names[] = {"ip4", "ip6", "ip", "ipv4", "ipv6", "a", "mx"};
    struct words made = {.arena = words->arena};

    for (size_t i = 0; i < words->n; i++) {
        struct str w = words->w[i];
        size_t at = 0, count = made.n;

        for (size_t k = 0; k < sizeof names / sizeof names[0] && at == 0; k++)
            at = named(w, names[k], ':');
        for (struct str rest = str_slice(w, at + 1, w.n); at > 0 && rest.n > 0;) {
            size_t end = str_find(rest, ',');
            struct str term = address_term(words, is_qualifier(w.p[0]) ? str_slice(w, 0, 1) : STR_NONE,
                                           str_slice(rest, 0, end));

            if (term.n == 0) {
                at = 0;
                made.n = count; /* it stays as it is */
            } else {
                word_push(&made, term);
            }
            rest = str_slice(rest, end + 1, rest.n);
        }
        if (at == 0)
            word_push(&made, w);
    }
    *words = made;
}

/* https://, and "/" at its end, around the target of an include. */
static void mend_includes(struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        struct str w = words->w[i];
        size_t at = named(w, "include", ':');
        struct str target = str_slice(w, at + 1, w.n);

        if (at == 0 || parses(words, w))
            continue;
        if (str_starts_nocase(target, STR("https://")) || str_starts_nocase(target, STR("http://")))
            target = str_slice(target, str_find(target, '/') + 2, target.n);
        while (target.n > 0 && (target.p[target.n - 1] == '/' || target.p[target.n - 1] == '.'))
            target.n--;
        words->w[i] = words_joined(words, str_slice(w, 0, at + 1), target);
    }
}

struct str spf_repair(struct arena *a, struct str txt)
{
    struct words *words = arena_alloc(a, sizeof *words);
    struct strbuf b = strbuf_new(a, 2 * SPF_REPAIR_MAX);
    struct spf_record r;
    struct err e = ERR_NONE;

    if (words == NULL || txt.n > SPF_REPAIR_MAX)
        return STR_NONE;
    txt = mend_dashes(a, txt);
    if (!take_version(&txt))
        return STR_NONE;
    words->arena = a;
    while (txt.n > 0 && txt.p[0] == ';')
        txt = str_slice(txt, 1, txt.n);
    spf_repair_split(words, txt);
    mend_ends(words);
    mend_blanks(words);
    mend_all(words);
    mend_equals(words);
    mend_addresses(words);
    mend_includes(words);
    strbuf_puts(&b, "v=spf1");
    for (size_t i = 0; i < words->n; i++) {
        strbuf_putc(&b, ' ');
        strbuf_put(&b, words->w[i]);
    }
    if (words->over || b.over || !str_is_ascii(strbuf_str(&b)) ||
        spf_record_parse(a, strbuf_str(&b), &r, &e) != RC_OK)
        return STR_NONE;
    return strbuf_str(&b);
}
