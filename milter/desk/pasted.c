#include "desk/pasted_names.h"

#include <string.h>

#include "mail/domain.h"
#include "output/ref.h"

enum { QUEUE_ID_MIN = 6, QUEUE_ID_MAX = 30, FIELD_MAX = 16 * 1024, FIELDS_MAX = 200 };

/* ---- keys ---- */

/* A Message-ID with and without its angle brackets is one. */
static struct str bare(struct str text)
{
    return text.n > 1 && text.p[0] == '<' && text.p[text.n - 1] == '>' ? str_slice(text, 1, text.n - 1) : text;
}

void pasted_key_add(struct arena *a, struct pasted *p, enum store_key kind, struct str text)
{
    const char *copy;

    if (p->key_count == PASTED_KEYS_MAX || text.n == 0)
        return;
    for (size_t i = 0; i < p->key_count; i++)
        if (p->key[i].kind == kind && str_eq(bare(str_of(p->key[i].text)), bare(text)))
            return;
    copy = str_dup(a, text);
    if (copy != NULL)
        p->key[p->key_count++] = (struct pasted_key){kind, copy};
}

static enum rc add_key(struct arena *a, struct pasted *p, enum store_key kind, struct str text)
{
    pasted_key_add(a, p, kind, text);
    return arena_ran_out(a) ? RC_NOMEM : RC_OK;
}

/* The word that begins at `at`: letters and digits. */
static struct str word_at(struct str text, size_t at)
{
    size_t end = at;

    while (end < text.n && char_is_alnum(text.p[end]))
        end++;
    return str_slice(text, at, end);
}

/* Whether what stands before `at` ends in `mark`, blanks, "=", ":" and quotes aside. */
static bool follows(struct str text, size_t at, const char *mark)
{
    while (at > 0 && strchr(" \t\r\n=:\"'<>*", text.p[at - 1]) != NULL)
        at--;
    return str_ends_nocase(str_slice(text, 0, at), str_of(mark));
}

static bool has_small_letter(struct str word)
{
    for (size_t i = 0; i < word.n; i++)
        if (word.p[i] >= 'a' && word.p[i] <= 'z')
            return true;
    return false;
}

static bool is_queue_id(struct str text, size_t at, struct str word)
{
    bool digit = false;

    for (size_t i = 0; i < word.n; i++)
        digit = digit || char_is_digit(word.p[i]);
    if (!digit || word.n < QUEUE_ID_MIN || word.n > QUEUE_ID_MAX)
        return false;
    return follows(text, at, "queued as") || follows(text, at, "queue-id") || follows(text, at, "queue id") ||
           (at >= 3 && str_eq(str_slice(text, at - 3, at), STR("]: ")) && at + word.n < text.n &&
            text.p[at + word.n] == ':');
}

/* Those of one kind; with `sure`, references only where the text calls them so. */
static enum rc find_keys(struct arena *a, struct str text, enum store_key kind, bool sure, struct pasted *p)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < text.n;) {
        struct str word = word_at(text, i);

        if (word.n == 0) {
            i++;
            continue;
        }
        if (kind == STORE_KEY_REF && ref_is(word) &&
            (follows(text, i, "reference") || follows(text, i, "ref") || (!sure && !has_small_letter(word))))
            rc = add_key(a, p, kind, word);
        if (kind == STORE_KEY_QUEUE_ID && is_queue_id(text, i, word))
            rc = add_key(a, p, kind, word);
        i += word.n;
    }
    return rc;
}

/* ---- lines ---- */

/* Takes a line off the front, without its end. */
static struct str next_line(struct str *rest)
{
    size_t n = str_find(*rest, '\n');
    struct str line = str_slice(*rest, 0, n);

    *rest = str_slice(*rest, n + 1, rest->n);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

/* "> " of a quoted mail is no part of a line. */
static struct str unquoted(struct str line)
{
    size_t i = 0;

    while (i < line.n && line.p[i] == '>')
        i++;
    return i == 0 ? line : str_slice(line, i < line.n && line.p[i] == ' ' ? i + 1 : i, line.n);
}

static bool begins_field(struct str line)
{
    size_t n = 0;

    while (n < line.n && (char_is_alnum(line.p[n]) || line.p[n] == '-'))
        n++;
    return n > 0 && n < line.n && line.p[n] == ':';
}

/* The value of a field that begins with `line`, its folds with it; those of what a mail program broke anew, too. */
static enum rc field_value(struct arena *a, struct str line, struct str *rest, struct str *value)
{
    struct strbuf b = strbuf_new(a, FIELD_MAX);

    strbuf_put(&b, str_slice(line, str_find(line, ':') + 1, line.n));
    while (rest->n > 0 && b.n < FIELD_MAX) {
        struct str after = *rest, next = unquoted(next_line(&after));

        if (str_trim(next).n == 0 || (!char_is_wsp(next.p[0]) && begins_field(next)))
            break;
        strbuf_putc(&b, ' ');
        strbuf_put(&b, str_trim(next));
        *rest = after;
    }
    *value = str_trim(strbuf_str(&b));
    return b.max == 0 ? RC_NOMEM : RC_OK;
}

static enum rc add_said(struct arena *a, struct pasted *p, struct str value, bool arc)
{
    struct pasted_said *s = &p->said[p->said_count];
    struct err e = ERR_NONE;
    enum rc rc;

    if (p->said_count == PASTED_SAID_MAX)
        return RC_OK;
    if (arc && str_starts_nocase(value, STR("i=")))
        value = str_trim(str_slice(value, str_find(value, ';') + 1, value.n));
    rc = authres_parse_readable(a, value, &s->res, &e);
    if (rc == RC_OK && s->res.version == 1 && s->res.n > 0) {
        s->arc = arc;
        p->said_count++;
    }
    return rc == RC_NOMEM ? rc : RC_OK;
}

/* "Ann <ann@example.com>": the domain behind the last @. */
static enum rc pasted_author_of(struct arena *a, struct str value, struct pasted *p)
{
    size_t at = value.n, end;
    enum rc rc = RC_OK;

    while (at > 0 && value.p[at - 1] != '@')
        at--;
    for (end = at; end < value.n && (char_is_alnum(value.p[end]) || strchr(".-_", value.p[end]) != NULL); end++)
        ;
    if (at > 0 && p->author[0] == '\0')
        rc = domain_normalize(a, str_slice(value, at, end), &p->author);
    if (rc != RC_OK)
        p->author = "";
    return rc == RC_NOMEM ? rc : RC_OK;
}

/* A field that tells something: Authentication-Results, Message-ID, From. */
static bool pasted_is_wanted(struct str line)
{
    static const char *const names[] = {"ARC-Authentication-Results:", "Authentication-Results:", "Message-ID:",
                                        "From:"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_starts_nocase(line, str_of(names[i])))
            return true;
    return false;
}

static enum rc read_lines(struct arena *a, struct str text, struct pasted *p)
{
    enum rc rc = RC_OK;
    int fields = 0;

    while (rc == RC_OK && text.n > 0 && fields < FIELDS_MAX) {
        struct str line = str_trim(unquoted(next_line(&text))), value = STR_NONE;

        if (!pasted_is_wanted(line))
            continue;
        fields++;
        rc = field_value(a, line, &text, &value);
        if (rc != RC_OK)
            break;
        if (str_starts_nocase(line, STR("From:")))
            rc = pasted_author_of(a, value, p);
        else if (str_starts_nocase(line, STR("Message-ID:")))
            rc = add_key(a, p, STORE_KEY_MESSAGE_ID, value);
        else
            rc = add_said(a, p, value, str_starts_nocase(line, STR("ARC-")));
    }
    return rc;
}

/* ---- what a field amounts to ---- */

struct str pasted_prop(const struct authres_result *r, const char *ptype, const char *property)
{
    for (size_t i = 0; i < r->prop_count; i++)
        if (str_eq(r->prop[i].ptype, str_of(ptype)) && str_eq(r->prop[i].property, str_of(property)))
            return r->prop[i].value;
    return STR_NONE;
}

static bool pasted_is_of(struct str domain, const char *author)
{
    char name[DOMAIN_MAX + 1];
    struct strbuf b = STRBUF_ON(name);

    if (domain.n > 0 && domain.p[0] == '@')
        domain = str_slice(domain, 1, domain.n);
    for (size_t i = 0; i < domain.n; i++)
        strbuf_putc(&b, char_lower(domain.p[i]));
    return !b.over && author[0] != '\0' && domain.n > 0 &&
           (domain_is_within(name, author) || domain_is_within(author, name));
}

struct results {
    bool dmarc_passed, dmarc_failed, spf_passed, spf_said, dkim_passed, own_failed, own_no_key;
};

static void take_result(const struct authres_result *r, struct pasted *p, struct results *out)
{
    bool pass = str_eq(r->result, STR("pass"));
    struct str d = pasted_prop(r, "header", "d");

    if (d.n == 0)
        d = pasted_prop(r, "header", "i");
    if (str_eq(r->method, STR("dmarc"))) {
        out->dmarc_passed = pass;
        out->dmarc_failed = str_eq(r->result, STR("fail"));
    } else if (str_eq(r->method, STR("spf"))) {
        out->spf_said = true;
        out->spf_passed = pass;
    } else if (str_eq(r->method, STR("dkim"))) {
        out->dkim_passed = out->dkim_passed || pass;
        if (!pass && pasted_is_of(d, p->author)) {
            out->own_no_key = out->own_no_key || str_eq(r->result, STR("permerror")) ||
                              str_eq(r->result, STR("neutral"));
            out->own_failed = out->own_failed || str_eq(r->result, STR("fail"));
        }
    }
}

static enum cause amounts_to(const struct results *r)
{
    if (r->dmarc_passed || !r->dmarc_failed)
        return CAUSE_NONE;
    if (r->own_failed)
        return CAUSE_DKIM_BROKEN;
    if (r->own_no_key)
        return CAUSE_DKIM_NO_KEY;
    if (r->dkim_passed)
        return CAUSE_DKIM_UNALIGNED;
    return r->spf_passed ? CAUSE_SPF_UNALIGNED : CAUSE_UNAUTHORIZED;
}

static enum rc conclude(struct arena *a, struct pasted *p)
{
    const struct authres *newest = p->said_count == 0 ? NULL : &p->said[0].res;
    struct results all = {.dmarc_passed = false};
    enum rc rc = RC_OK;

    for (size_t i = 0; newest != NULL && rc == RC_OK && i < newest->n && p->author[0] == '\0'; i++)
        if (str_eq(newest->result[i].method, STR("dmarc")))
            rc = domain_normalize(a, pasted_prop(&newest->result[i], "header", "from"), &p->author);
    if (rc == RC_NOMEM)
        return rc;
    if (p->author == NULL)
        p->author = "";
    for (size_t i = 0; newest != NULL && i < newest->n; i++)
        take_result(&newest->result[i], p, &all);
    p->cause = amounts_to(&all);
    return RC_OK;
}

/* ---- the whole ---- */

/* A copy without the soft line breaks of quoted-printable, which tear words apart (RFC 2045 section 6.7). */
static enum rc without_breaks(struct arena *a, struct str text, struct str *out)
{
    struct strbuf b = strbuf_new(a, text.n);

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '=' && i + 1 < text.n && text.p[i + 1] == '\n')
            i++;
        else if (text.p[i] == '=' && i + 2 < text.n && text.p[i + 1] == '\r' && text.p[i + 2] == '\n')
            i += 2;
        else
            strbuf_putc(&b, text.p[i] == '\0' ? ' ' : text.p[i]);
    }
    *out = strbuf_str(&b);
    return b.over ? RC_NOMEM : RC_OK;
}

enum rc pasted_read(struct arena *a, struct str text, struct pasted *out)
{
    enum rc rc;

    *out = (struct pasted){.author = ""};
    rc = without_breaks(a, str_slice(text, 0, text.n < PASTED_MAX ? text.n : PASTED_MAX), &text);
    if (rc == RC_OK)
        rc = find_keys(a, text, STORE_KEY_REF, true, out);
    if (rc == RC_OK)
        rc = find_keys(a, text, STORE_KEY_REF, false, out);
    if (rc == RC_OK)
        rc = find_keys(a, text, STORE_KEY_QUEUE_ID, true, out);
    if (rc == RC_OK)
        rc = read_lines(a, text, out);
    if (rc == RC_OK)
        rc = pasted_names_find(a, text, out);
    if (rc == RC_OK)
        rc = bounce_text_read(a, text, &out->bounce);
    return rc == RC_OK ? conclude(a, out) : rc;
}
