/*
 * Whether an Authentication-Results field passes itself off as ours.
 *
 * Who reads such fields behind us may know less of the grammar than we do.
 * So the authserv-id is read as RFC 8601 has it, and then again as laxer
 * readers would: without comments, without nesting, without quoted-pairs,
 * without quotes, with blanks taken out.  The field is claimed when any of
 * them arrives at one of our names.
 */
#include "mail/authres.h"

#include "mail/domain.h"
#include "mail/lex.h"

enum { NAME_MAX_BYTES = 4 * DOMAIN_MAX };

/* Our names in the form in which they are compared. */
struct names {
    struct arena *a;
    const char *const *ours; /* normal, or as given when they are no domain names; none is empty */
    size_t count;
    size_t *octets; /* that may still be read as IDNA; NULL: any number */
};

/* How a lax reader finds the first word. */
struct habit {
    enum { COMMENTS_UNKNOWN, COMMENTS_FLAT, COMMENTS_NESTED } comments;
    bool pairs;  /* knows quoted-pairs in comments */
    bool blanks; /* takes out blanks and comments inside a word instead of ending it there */
};

static bool has_8bit(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return true;
    return false;
}

static struct str without_outer_dots(struct str s)
{
    while (s.n > 0 && s.p[0] == '.')
        s = str_slice(s, 1, s.n);
    while (s.n > 0 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static bool is_within(struct str name, struct str parent)
{
    return str_ends_nocase(name, parent) && (name.n == parent.n || name.p[name.n - parent.n - 1] == '.');
}

/* The name that 8-bit text stands for; false when it cannot be told, or has cost enough. */
static bool read_octets(const struct names *names, struct str *word)
{
    const char *normal;

    if (names->octets != NULL) {
        if (*names->octets < word->n)
            return false;
        *names->octets -= word->n;
    }
    if (domain_normalize(names->a, *word, &normal) != RC_OK)
        return false;
    *word = str_of(normal);
    return true;
}

/* Ours, a sub-name of ours, or 8-bit text that could be anything. */
static bool is_ours(const struct names *names, struct str word)
{
    word = without_outer_dots(str_trim(word));
    if (has_8bit(word) && !read_octets(names, &word))
        return true;
    for (size_t i = 0; i < names->count; i++)
        if (is_within(word, str_of(names->ours[i])))
            return true;
    return false;
}

/* Passes a comment the way `habit` would; false when it never ends. */
static bool skip_comment(struct lex *l, const struct habit *habit)
{
    size_t depth = 0;

    while (!lex_end(l)) {
        char c = l->s.p[l->at++];

        if (c == '\\' && habit->pairs)
            l->at++;
        else if (c == '(' && (depth == 0 || habit->comments == COMMENTS_NESTED))
            depth++;
        else if (c == ')' && --depth == 0)
            return true;
    }
    l->at = l->s.n;
    return false;
}

/*
 * The first word as a reader of this habit finds it: a run of what names are
 * made of, without the quotes, backslashes and control characters among it.
 */
static struct str authres_claims_first_word(struct str value, const struct habit *habit, struct strbuf *word)
{
    struct lex l = lex_on(value);

    while (!lex_end(&l) && !word->over) {
        char c = l.s.p[l.at];

        if (c == '(' && habit->comments != COMMENTS_UNKNOWN) {
            if ((word->n > 0 && !habit->blanks) || !skip_comment(&l, habit))
                break;
            continue;
        }
        l.at++;
        if (c == ';' || (c == '(' && habit->comments == COMMENTS_UNKNOWN))
            break;
        if (lex_is_domain(c))
            strbuf_putc(word, c);
        else if (char_is_fws(c) && word->n > 0 && !habit->blanks)
            break;
        else if (c > ' ' && c != 0x7f && c != '"' && c != '\\' && word->n > 0)
            break;
    }
    return strbuf_str(word);
}

/*
 * A word too long to be a name is nobody's, unless what makes it long may be
 * characters that IDNA takes out.  `id`, which was looked at, is most often
 * what they all see.
 */
static bool lax_reader_sees_ours(const struct names *names, struct str value, struct str id)
{
    static const struct habit habits[] = {
        {COMMENTS_UNKNOWN, false, false}, {COMMENTS_UNKNOWN, false, true},
        {COMMENTS_FLAT, false, false},    {COMMENTS_FLAT, false, true},
        {COMMENTS_FLAT, true, false},     {COMMENTS_FLAT, true, true},
        {COMMENTS_NESTED, false, false},  {COMMENTS_NESTED, false, true},
        {COMMENTS_NESTED, true, false},   {COMMENTS_NESTED, true, true},
    };

    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++) {
        char mem[NAME_MAX_BYTES + 1];
        struct strbuf b = STRBUF_ON(mem);
        struct str word = authres_claims_first_word(value, &habits[i], &b);

        if (b.over ? has_8bit(word) : !str_eq(word, id) && is_ours(names, word))
            return true;
    }
    return false;
}

/* [CFWS] and, after a "=", the word that is its value: nobody takes that for an id. */
static bool pass_value(struct lex *l)
{
    struct str inner;

    if (!lex_cfws(l))
        return false;
    if (lex_sees(l, '"'))
        return lex_quoted(l, &inner);
    (void)lex_span(l, lex_is_domain);
    return true;
}

/*
 * What stands between the id and the first ";", where nothing should: none of
 * its words may be ours, all comments must end, and 8-bit words are not weighed.
 */
static bool tail_names_ours(struct lex *l, const struct names *names)
{
    while (lex_cfws(l)) {
        struct str word = lex_span(l, lex_is_domain);

        if (word.n > 0 && (has_8bit(word) || is_ours(names, word)))
            return true;
        if (word.n > 0)
            continue;
        if (lex_end(l) || lex_sees(l, ';'))
            return false;
        if (!lex_take(l, '='))
            l->at++;
        else if (!pass_value(l))
            return true;
    }
    return true;
}

/* Whether what stands where a version may stand is one, and another than 1. */
static bool version_is_foreign(struct lex *l)
{
    struct str number = lex_span(l, char_is_digit);
    uint32_t version;

    if (number.n == 0)
        return false;
    if (!lex_end(l) && !lex_sees(l, ';') && !lex_sees(l, '(') && !char_is_fws(l->s.p[l->at]))
        return true;
    return !str_to_u32(number, &version) || version != 1;
}

/* [CFWS] authserv-id [ CFWS authres-version ], read as RFC 8601 section 2.2 has it; false when it cannot be. */
static bool read_id(struct lex *l, struct arena *a, struct str *id)
{
    struct str inner;

    if (!lex_cfws(l))
        return false;
    if (!lex_sees(l, '"')) {
        *id = lex_span(l, lex_is_authserv_id);
        return id->n > 0 && (lex_end(l) || lex_sees(l, ';') || lex_sees(l, '(') || char_is_fws(l->s.p[l->at]));
    }
    if (!lex_quoted(l, &inner))
        return false;
    *id = lex_unquote(a, inner);
    return id->p != NULL && str_trim(*id).n > 0;
}

static bool names_make(struct arena *a, const char *const *ours, size_t count, struct names *out)
{
    const char **normal = arena_array(a, count, sizeof *normal);

    if (normal == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (domain_normalize(a, str_of(ours[i]), &normal[i]) != RC_OK)
            normal[i] = ours[i];
    *out = (struct names){a, normal, count, NULL};
    return true;
}

static bool claims(struct arena *a, struct str value, const struct names *names)
{
    struct lex l = lex_on(value);
    struct str id;

    if (!read_id(&l, a, &id) || is_ours(names, id) || lax_reader_sees_ours(names, value, id))
        return true;
    if (!lex_cfws(&l) || lex_sees(&l, '=') || version_is_foreign(&l))
        return true;
    return tail_names_ours(&l, names);
}

bool authres_claims(struct arena *a, struct str value, const char *const *ours, size_t count, size_t *octets)
{
    struct arena_mark mark = arena_mark(a);
    struct names names;
    bool claimed = true;

    if (value.n <= AUTHRES_BYTES_MAX && names_make(a, ours, count, &names)) {
        names.octets = octets;
        claimed = claims(a, value, &names);
    }
    arena_rewind(a, mark);
    return claimed;
}
