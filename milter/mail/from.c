#include "mail/from.h"

#include <string.h>

#include "mail/domain.h"
#include "mail/lex.h"

static const char *const problem_names[] = {
    "ok",
    "no From field",
    "more than one From field",
    "malformed From field",
    "no usable domain in From",
    "too many domains in From",
    "From field too large",
};
const struct enum_names from_problem_names = ENUM_NAMES(problem_names);

enum { WITHIN_MAX = 4, WITHIN_SUM_MAX = 64 /* looked at, of a mailbox and of all; more are misleading as such */ };

/*
 * What one field's reading needs.  Its functions answer false for MALFORMED,
 * which ends the reading, as TOO_LARGE does; after other problems it goes on.
 */
struct reader {
    struct lex lex;
    struct arena *a;
    struct from_domains *out;
    enum from_problem problem;
    size_t empty_groups;
    const char *author;               /* the last mailbox's domain; NULL: none that is usable */
    struct str within[WITHIN_MAX];    /* domains that a lax reader would find before it, as written */
    size_t within_count, within_sum;
    enum rc rc; /* RC_NOMEM when memory ran out */
};

static void from_note_problem(struct reader *r, enum from_problem problem)
{
    if (r->problem == FROM_OK)
        r->problem = problem;
}

/* One mailbox's domain, still as written: A-labels, lower case, once (RFC 9989 section 5.3.1). */
static void add_domain(struct reader *r, struct str text)
{
    struct from_domains *out = r->out;
    const char *name;
    enum rc rc = domain_normalize(r->a, text, &name);

    r->author = rc == RC_OK ? name : NULL;
    if (rc == RC_NOMEM)
        r->rc = rc;
    else if (rc != RC_OK)
        from_note_problem(r, FROM_NO_DOMAIN);
    if (rc != RC_OK)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->domain[i], name) == 0)
            return;
    if (out->n == FROM_DOMAINS_MAX)
        from_note_problem(r, FROM_TOO_MANY_DOMAINS);
    else
        out->domain[out->n++] = name;
}

/* domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS] ; the cursor stands on "[" */
static bool literal(struct lex *l)
{
    while (!lex_end(l)) {
        char c = l->s.p[l->at++];

        if (c == '\\')
            l->at++;
        else if (c == ']')
            return true;
        else if (c == '\0')
            return false;
    }
    l->at = l->s.n;
    return false;
}

/*
 * domain = dot-atom / domain-literal / obs-domain ; obs-domain = atom *("." atom)
 * with CFWS between, and a trailing dot, which occurs.
 */
static bool from_domain(struct reader *r)
{
    char mem[4 * DOMAIN_MAX + 1];
    struct strbuf text = STRBUF_ON(mem);
    bool dot = true;

    if (!lex_cfws(&r->lex))
        return false;
    if (lex_sees(&r->lex, '[')) {
        from_note_problem(r, FROM_NO_DOMAIN);
        return literal(&r->lex) && lex_cfws(&r->lex);
    }
    while (dot) {
        struct str atom = lex_span(&r->lex, lex_is_atext);

        if (atom.n == 0)
            break;
        strbuf_put(&text, atom);
        if (!lex_cfws(&r->lex))
            return false;
        dot = lex_take(&r->lex, '.');
        if (dot)
            strbuf_putc(&text, '.');
        if (!lex_cfws(&r->lex))
            return false;
    }
    if (text.n == 0)
        return false;
    if (text.over)
        from_note_problem(r, FROM_NO_DOMAIN);
    else
        add_domain(r, strbuf_str(&text));
    return true;
}

/* ---- what else a lax reader would see ---- */

static void note_within(struct reader *r, struct str text)
{
    struct lex l = lex_on(text);

    if (r->within_count == WITHIN_MAX || ++r->within_sum > WITHIN_SUM_MAX)
        r->out->misleading = true;
    else
        r->within[r->within_count++] = lex_span(&l, lex_is_domain);
}

/* RFC 2047 section 5 (3): an encoded-word has no place in an address; programs decode it there all the same. */
static bool holds_encoded_word(struct str word)
{
    bool begun = false;

    for (size_t i = 0; i + 1 < word.n; i++) {
        if (begun && word.p[i] == '?' && word.p[i + 1] == '=')
            return true;
        if (word.p[i] == '=' && word.p[i + 1] == '?') {
            begun = true;
            i++;
        }
    }
    return false;
}

/*
 * A word of a local part: "ceo@bank.example" in quotes, or with the full-width or small "@" that some programs map,
 * where the domain goes on in the words that follow.
 */
static void look_within(struct reader *r, struct str word)
{
    size_t from = (size_t)(word.p - r->lex.s.p);
    static const char *const at[] = {"@", "\xef\xbc\xa0", "\xef\xb9\xab"};

    for (size_t i = 0; i < word.n && !r->out->misleading; i++)
        for (size_t k = 0; k < sizeof at / sizeof at[0]; k++)
            if (str_starts_nocase(str_slice(word, i, word.n), str_of(at[k])))
                note_within(r, str_slice(r->lex.s, from + i + strlen(at[k]), r->lex.s.n));
}

/* The mailbox's domain is known: whether one before it is another. */
static void judge_within(struct reader *r)
{
    struct arena_mark mark = arena_mark(r->a);

    for (size_t i = 0; i < r->within_count && r->author != NULL; i++) {
        const char *name;

        if (domain_normalize(r->a, r->within[i], &name) == RC_OK && domain_labels(name) > 1 &&
            !domain_is_within(name, r->author))
            r->out->misleading = true;
    }
    r->within_count = 0;
    arena_rewind(r->a, mark);
}

/* ---- addresses ---- */

/*
 * local-part = dot-atom / quoted-string / obs-local-part ; obs-local-part = word *("." word)
 * Dots may also stand first, last and together: some providers gave out such
 * addresses, and the domain is no less certain for it.
 */
static bool local_part(struct reader *r)
{
    struct lex *l = &r->lex;
    bool word = false, dot = true;

    for (;;) {
        struct str text;

        if (!lex_cfws(l))
            return false;
        if (lex_take(l, '.')) {
            dot = true;
            continue;
        }
        if (lex_sees(l, '"')) {
            if (!dot || !lex_quoted(l, &text))
                return false;
        } else {
            text = lex_span(l, lex_is_atext);
            if (text.n == 0)
                return word;
            if (!dot)
                return false;
        }
        look_within(r, text);
        word = true;
        dot = false;
    }
}

/* addr-spec = local-part "@" domain */
static bool addr_spec(struct reader *r)
{
    size_t start;

    if (!lex_cfws(&r->lex))
        return false;
    start = r->lex.at;
    if (!local_part(r) || !lex_take(&r->lex, '@'))
        return false;
    if (holds_encoded_word(str_slice(r->lex.s, start, r->lex.at)))
        r->out->misleading = true;
    if (!from_domain(r))
        return false;
    judge_within(r);
    if (++r->out->mailboxes > FROM_MAILBOXES_MAX)
        r->problem = FROM_TOO_LARGE;
    return true;
}

/* obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":" ; its domains mean nothing, but may be shown */
static bool route(struct reader *r)
{
    struct lex *l = &r->lex;

    while (!lex_take(l, ':')) {
        if (!lex_cfws(l))
            return false;
        if (lex_sees(l, '[')) {
            if (!literal(l))
                return false;
        } else if (lex_take(l, '@')) {
            note_within(r, str_slice(l->s, l->at, l->s.n));
        } else if (!lex_take(l, ',') && !lex_take(l, '.') && !lex_sees(l, ':') && lex_span(l, lex_is_atext).n == 0) {
            return false;
        }
    }
    return true;
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr ; the cursor stands on "<" */
static bool angle_addr(struct reader *r)
{
    lex_take(&r->lex, '<');
    if (!lex_cfws(&r->lex))
        return false;
    if ((lex_sees(&r->lex, '@') || lex_sees(&r->lex, ',')) && !route(r))
        return false;
    return addr_spec(r) && lex_take(&r->lex, '>') && lex_cfws(&r->lex);
}

/* What the words before the next separator turned out to be. */
struct words {
    size_t count;  /* atoms and quoted-strings */
    bool specials; /* "@" or a literal was among them */
    char next;     /* the separator; NUL at the end */
};

/*
 * phrase = 1*word / obs-phrase, and with it "@" and "[…]", because programs
 * write an address or "[tag]" unquoted before the "<" that settles the matter.
 */
static bool words(struct lex *l, struct words *out)
{
    struct str inner;

    *out = (struct words){0};
    for (;;) {
        if (!lex_cfws(l))
            return false;
        if (lex_end(l))
            return true;
        out->next = l->s.p[l->at];
        switch (out->next) {
        case '<': case '>': case ':': case ',': case ';':
            return true;
        case '"':
            if (!lex_quoted(l, &inner))
                return false;
            out->count++;
            break;
        case '[':
            if (!literal(l))
                return false;
            out->specials = true;
            break;
        case '@':
            out->specials = true;
            l->at++;
            break;
        case '.':
            l->at++;
            break;
        default:
            if (lex_span(l, lex_is_atext).n == 0)
                return false;
            out->count++;
        }
        out->next = '\0';
    }
}

static bool group_members(struct reader *r);

/* address = mailbox / group ; mailbox = name-addr / addr-spec ; groups do not nest */
static bool from_address(struct reader *r, bool in_group)
{
    size_t start = r->lex.at;
    struct words seen;

    r->within_count = 0;
    if (!words(&r->lex, &seen))
        return false;
    if (seen.next == '<')
        return angle_addr(r);
    if (seen.next == ':')
        return !in_group && seen.count > 0 && !seen.specials && group_members(r);
    r->lex.at = start;
    return addr_spec(r);
}

/* list = [element] *("," [element]) : empty elements are obs-mbox-list, obs-addr-list, obs-group-list */
static bool from_list(struct reader *r, bool in_group)
{
    for (;;) {
        if (!lex_cfws(&r->lex))
            return false;
        if (lex_end(&r->lex) || (in_group && lex_sees(&r->lex, ';')))
            return true;
        if (lex_take(&r->lex, ','))
            continue;
        if (!from_address(r, in_group))
            return false;
        if (r->problem == FROM_TOO_LARGE)
            return true;
        if (!lex_end(&r->lex) && !lex_sees(&r->lex, ',') && !(in_group && lex_sees(&r->lex, ';')))
            return false;
    }
}

/* group = display-name ":" [group-list] ";" [CFWS] (RFC 6854 section 2.1 allows it in From) */
static bool group_members(struct reader *r)
{
    size_t before = r->out->mailboxes;

    lex_take(&r->lex, ':');
    if (!from_list(r, true))
        return false;
    if (r->problem == FROM_TOO_LARGE)
        return true;
    r->empty_groups += r->out->mailboxes == before;
    return lex_take(&r->lex, ';') && lex_cfws(&r->lex);
}

enum rc from_read(struct arena *a, const struct str *bodies, size_t count, struct from_domains *out)
{
    struct reader r = {.a = a, .out = out};

    *out = (struct from_domains){.problem = FROM_OK};
    if (count != 1) {
        out->problem = count == 0 ? FROM_MISSING : FROM_SEVERAL_FIELDS;
        return RC_OK;
    }
    if (bodies[0].n > FROM_BYTES_MAX) {
        out->problem = FROM_TOO_LARGE;
        return RC_OK;
    }
    r.lex = lex_on(bodies[0]);
    if (!from_list(&r, false))
        r.problem = FROM_MALFORMED;
    if (out->mailboxes == 0)
        from_note_problem(&r, r.empty_groups > 0 ? FROM_NO_DOMAIN : FROM_MALFORMED);
    out->problem = r.problem;
    if (r.problem != FROM_OK)
        out->n = 0;
    return r.rc;
}
