#include "syntax/place.h"

#include <string.h>

struct word {
    struct str text;
    struct place place;
    bool quoted;
};

static bool punctuation(char c)
{
    return c != '\0' && strchr("{}=,+()", c) != NULL;
}

static void place_step(struct place_reader *r)
{
    if (r->text.p[r->at++] == '\n')
        r->here = (struct place){r->here.line + 1, 1};
    else
        r->here.column++;
}

/* Takes the next word, string or punctuation; false at the end. */
static bool place_next(struct place_reader *r, struct word *out)
{
    size_t from;
    char first;

    while (r->at < r->text.n && char_is_fws(r->text.p[r->at]))
        place_step(r);
    if (r->at == r->text.n)
        return false;
    from = r->at;
    first = r->text.p[from];
    *out = (struct word){.place = r->here, .quoted = first == '"' || first == '\''};
    place_step(r);
    if (out->quoted) {
        while (r->at < r->text.n && r->text.p[r->at] != first)
            place_step(r);
        out->text = str_slice(r->text, from + 1, r->at);
        if (r->at < r->text.n)
            place_step(r);
        return true;
    }
    while (!punctuation(first) && r->at < r->text.n && !char_is_fws(r->text.p[r->at]) &&
           !punctuation(r->text.p[r->at]) && r->text.p[r->at] != '"' && r->text.p[r->at] != '\'')
        place_step(r);
    out->text = str_slice(r->text, from, r->at);
    return true;
}

enum role { ROLE_NONE, ROLE_VALUE, ROLE_NAME, ROLE_TITLE, ROLE_END };

/* What a word that is no punctuation is, by what follows it and what came before. */
static enum role word_role(const struct place_reader *r)
{
    struct place_reader ahead = *r;
    struct word after;
    char c = place_next(&ahead, &after) && !after.quoted ? after.text.p[0] : '\0';

    if (c == '{')
        return ROLE_TITLE;
    if (c == '=' || c == '+')
        return ROLE_NAME;
    return r->before == '=' || r->in_list ? ROLE_VALUE : ROLE_NAME;
}

/* Takes the next word and says what it is; false at the end. */
static bool place_advance(struct place_reader *r, struct word *w, enum role *role)
{
    char c;

    if (!place_next(r, w))
        return false;
    c = !w->quoted && punctuation(w->text.p[0]) ? w->text.p[0] : '\0';
    *role = c == '\0' ? word_role(r) : c == '}' && !r->in_list ? ROLE_END : ROLE_NONE;
    if (*role == ROLE_TITLE)
        r->heading = w->place;
    if (c == '{' && r->before == '=')
        r->in_list = true;
    else if (c == '}')
        r->in_list = false;
    r->before = c;
    return true;
}

/* The next `word` in that role.  When there is none, the reader is lost and stays where it was. */
static struct place place_find(struct place_reader *r, struct str word, enum role role)
{
    struct place_reader ahead = *r;
    struct word w;
    enum role is;

    while (!r->lost && place_advance(&ahead, &w, &is)) {
        if (is != role || !str_eq(w.text, word))
            continue;
        *r = ahead;
        return w.place;
    }
    r->heading = ahead.heading;
    r->lost = true;
    return (struct place){0, 0};
}

struct place_reader place_begin(struct str text)
{
    return (struct place_reader){.text = text, .here = {1, 1}};
}

struct place place_value(struct place_reader *r, struct str word)
{
    return place_find(r, word, ROLE_VALUE);
}

struct place place_name(struct place_reader *r, struct str word)
{
    return place_find(r, word, ROLE_NAME);
}

struct place place_title(struct place_reader *r, struct str word)
{
    return place_find(r, word, ROLE_TITLE);
}

struct place place_section_end(struct place_reader *r)
{
    (void)place_find(r, STR("}"), ROLE_END);
    return r->lost ? (struct place){0, 0} : r->heading;
}
