#include "incoming/repair.h"

#include <stddef.h>
#include <string.h>

#include "incoming/markup.h"

enum { BEFORE, INSIDE, AFTER, DONE };

/* What one step over the input answers. */
enum step { ON, MORE, FAILED };

const char *repair_words(enum repair_kind kind)
{
    static const char *const words[REPAIRS] = {
        "blanks before the beginning are left out",
        "what stands before the feedback element is left out",
        "what stands behind the feedback element is left out",
        "a bare \"&\" is taken as text",
        "an entity that XML does not know is taken as text",
        "a reference to a character that XML does not allow is replaced",
        "a \"<\" that begins no known element is taken as text",
        "control characters are left out",
        "an element without end tag is closed",
        "an end tag without element is left out",
        "an end tag that lacks its \"<\" is mended",
    };

    return words[kind];
}

void repair_open(struct repair *r, size_t skip, archive_sink *sink, void *arg)
{
    memset(r, 0, offsetof(struct repair, ahead));
    r->sink = sink;
    r->arg = arg;
    r->skip = skip;
    r->state = BEFORE;
    r->at_line = 1;
}

static void mend(struct repair *r, enum repair_kind kind)
{
    if (r->muted)
        return;
    if (r->count[kind]++ == 0)
        r->line[kind] = r->at_line;
    if (kind == REPAIR_AROUND || kind == REPAIR_BEHIND)
        r->count[kind] = 1; /* one thing, however many pieces it is met in */
}

/* ---- out ---- */

static enum rc flush(struct repair *r, struct err *e)
{
    size_t n = r->out_n;

    r->out_n = 0;
    if (n > 0 && r->rc == RC_OK)
        r->rc = r->sink(r->arg, (struct str){r->out, n}, e);
    return r->rc;
}

/* At most a few KiB at once. */
static enum rc repair_put(struct repair *r, struct str s, struct err *e)
{
    enum rc rc = RC_OK;

    if (r->muted)
        return RC_OK;
    while (rc == RC_OK && s.n > 0) {
        size_t room = sizeof r->out - r->out_n, n = s.n < room ? s.n : room;

        memcpy(r->out + r->out_n, s.p, n);
        r->out_n += n;
        s = str_slice(s, n, s.n);
        if (r->out_n == sizeof r->out)
            rc = flush(r, e);
    }
    return rc;
}

static enum rc puts3(struct repair *r, const char *a, const char *b, const char *c, struct err *e)
{
    enum rc rc = repair_put(r, str_of(a), e);

    rc = rc == RC_OK ? repair_put(r, str_of(b), e) : rc;
    return rc == RC_OK ? repair_put(r, str_of(c), e) : rc;
}

/* ---- in ---- */

static struct str ahead(const struct repair *r)
{
    return (struct str){r->ahead + r->from, r->have - r->from};
}

static void advance(struct repair *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->at_line += r->ahead[r->from + i] == '\n';
    r->from += n;
}

/* ---- tags ---- */

static enum element top(const struct repair *r)
{
    return r->depth == 0 ? EL_UNKNOWN : r->open[r->depth - 1];
}

static bool is_open(const struct repair *r, enum element el)
{
    for (size_t i = 0; i < r->depth; i++)
        if (r->open[i] == el)
            return true;
    return false;
}

static enum rc close_top(struct repair *r, struct err *e)
{
    return puts3(r, "</", element_name(r->open[--r->depth]), ">", e);
}

/* Closes what must have ended before `el` can begin. */
static enum rc close_for(struct repair *r, enum element el, struct err *e)
{
    bool section = el == EL_RECORD || el == EL_REPORT_METADATA || el == EL_POLICY_PUBLISHED;
    bool of_record = el == EL_ROW || el == EL_IDENTIFIERS || el == EL_IDENTITIES || el == EL_AUTH_RESULTS;
    enum rc rc = RC_OK;

    while (rc == RC_OK && r->depth > 1) {
        enum element parent = r->open[r->depth - 2];

        bool apart = (section && top(r) != EL_RECORDS) || (of_record && top(r) != EL_RECORD && is_open(r, EL_RECORD));

        if (!element_is_leaf(top(r), parent) && !apart)
            break;
        mend(r, REPAIR_UNCLOSED);
        rc = close_top(r, e);
    }
    return rc;
}

static enum rc begin_element(struct repair *r, const struct markup_tag *t, struct str text, struct err *e)
{
    bool of_9990 = t->element == EL_FEEDBACK && markup_find(text, "urn:ietf:params:xml:ns:dmarc-2.0") < text.n;
    enum rc rc = close_for(r, t->element, e);

    if (rc != RC_OK || r->depth == REPAIR_DEPTH)
        return rc;
    r->open[r->depth++] = t->element;
    rc = puts3(r, "<", element_name(t->element), of_9990 ? " xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">" : ">", e);
    return rc == RC_OK && t->alone ? close_top(r, e) : rc;
}

static enum rc end_element(struct repair *r, enum element el, struct err *e)
{
    enum rc rc = RC_OK;

    if (!is_open(r, el)) {
        mend(r, REPAIR_END);
        return RC_OK;
    }
    while (rc == RC_OK && top(r) != el) {
        mend(r, REPAIR_UNCLOSED);
        rc = close_top(r, e);
    }
    return rc == RC_OK ? close_top(r, e) : rc;
}

static void root_ended(struct repair *r, bool whole)
{
    r->state = r->skip > 0 ? BEFORE : AFTER;
    r->depth = 0;
    if (r->skip > 0)
        r->skip--;
    else
        r->whole = whole;
    r->muted = false;
}

/* ---- what begins with "<" and is no element ---- */

/* Whether more of the input is needed to know what a "<" begins. */
static bool undecided(const struct repair *r, struct str s, const struct markup_tag *t, bool known)
{
    if (r->over || s.n > MARKUP_TAG_MAX)
        return false;
    if (s.n < MARKUP_NAME_AHEAD || (known && t->length == 0 && str_find(str_slice(s, 1, s.n), '<') + 1 == s.n))
        return true;
    return (markup_begins(s, "<!--") || markup_begins(s, "<?")) && s.n < MARKUP_ASIDE_MAX && markup_aside(s) == 0;
}

static enum step outside(struct repair *r, struct str s, struct err *e)
{
    enum repair_kind kind = r->state == BEFORE ? REPAIR_AROUND : REPAIR_BEHIND;
    struct markup_tag t;
    bool known;
    size_t n;

    if (s.p[0] != '<') {
        n = str_find(s, '<');
        if (str_trim(str_slice(s, 0, n)).n > 0)
            mend(r, kind);
        else if (r->state == BEFORE && r->at_line == 1 && r->from == 0)
            mend(r, REPAIR_BLANKS);
        advance(r, n);
        return ON;
    }
    known = markup_tag(s, &t);
    if (undecided(r, s, &t, known))
        return MORE;
    if (markup_begins(s, "<!DOCTYPE") && r->state == BEFORE) {
        r->doctype = true;
        (void)err_set(e, RC_BAD, "line %llu: has a DOCTYPE, which no report needs", (unsigned long long)r->at_line);
        return FAILED;
    }
    n = markup_aside(s);
    if (n > 0) {
        advance(r, n);
        return ON;
    }
    if (!known || t.element != EL_FEEDBACK || t.end || t.length == 0) {
        if (known && t.element == EL_RECORD && !t.end && r->state == AFTER && r->stray++ == 0)
            r->stray_line = r->at_line;
        mend(r, kind);
        advance(r, 1);
        return ON;
    }
    if (r->state == AFTER) {
        r->next = true;
        r->state = DONE;
        return ON;
    }
    r->muted = r->skip > 0;
    r->state = INSIDE;
    n = t.length;
    if (begin_element(r, &t, str_slice(s, 0, n), e) != RC_OK)
        return FAILED;
    advance(r, n);
    if (r->depth == 0)
        root_ended(r, true);
    return ON;
}

static enum step inside_tag(struct repair *r, struct str s, struct err *e)
{
    struct markup_tag t;
    bool known = markup_tag(s, &t);
    size_t n;

    if (undecided(r, s, &t, known))
        return MORE;
    n = markup_aside(s);
    if (n > 0 || markup_begins(s, "<![CDATA[")) {
        r->cdata = n == 0;
        advance(r, n > 0 ? n : strlen("<![CDATA["));
        return ON;
    }
    if (t.length == 0 && r->over && str_find(str_slice(s, 1, s.n), '<') + 1 == s.n) {
        advance(r, s.n); /* cut off inside a tag */
        return ON;
    }
    if (!known || t.length == 0) {
        mend(r, REPAIR_LESS);
        advance(r, 1);
        return repair_put(r, STR("&lt;"), e) == RC_OK ? ON : FAILED;
    }
    if (t.element == EL_FEEDBACK && !t.end) { /* the one before has no end */
        root_ended(r, false);
        return ON;
    }
    if ((t.end ? end_element(r, t.element, e) : begin_element(r, &t, STR_NONE, e)) != RC_OK)
        return FAILED;
    advance(r, t.length);
    if (r->depth == 0)
        root_ended(r, true);
    return ON;
}

/* ---- text ---- */

static enum rc ampersand(struct repair *r, struct str s, struct err *e)
{
    enum { LONGEST = 32 };
    struct str near = str_slice(s, 1, LONGEST);
    size_t n = str_find(near, ';');
    struct str name = str_slice(near, 0, n);
    bool known = str_eq(name, STR("amp")) || str_eq(name, STR("lt")) || str_eq(name, STR("gt")) ||
                 str_eq(name, STR("quot")) || str_eq(name, STR("apos"));
    bool word = n < near.n && name.n > 0 && char_is_alpha(name.p[0]);

    for (size_t i = 0; i < name.n; i++)
        word = word && char_is_alnum(name.p[i]);
    if (n < near.n && name.n > 1 && name.p[0] == '#' && markup_is_number(str_slice(name, 1, name.n))) {
        known = markup_is_allowed(str_slice(name, 1, name.n));
        if (!known) {
            mend(r, REPAIR_CHARACTER);
            advance(r, n + 2);
            return repair_put(r, STR("\xef\xbf\xbd"), e);
        }
    }
    if (known) {
        advance(r, n + 2);
        return repair_put(r, str_slice(s, 0, n + 2), e);
    }
    if (word && str_eq_nocase(name, STR("nbsp"))) {
        mend(r, REPAIR_ENTITY);
        advance(r, n + 2);
        return repair_put(r, STR(" "), e);
    }
    mend(r, word ? REPAIR_ENTITY : REPAIR_AMPERSAND);
    advance(r, 1);
    return repair_put(r, STR("&amp;"), e);
}

/* "/report_id>" where "</report_id>" is meant: how many bytes; 0 it is none. */
static size_t bare_end(const struct repair *r, struct str s)
{
    enum element el = top(r);
    const char *name;
    size_t n;

    if (r->depth < 2 || !element_is_leaf(el, r->open[r->depth - 2]))
        return 0;
    name = element_name(el);
    n = strlen(name);
    return s.n > n + 1 && markup_begins(str_slice(s, 1, s.n), name) && s.p[n + 1] == '>' ? n + 2 : 0;
}

/* Bytes at the front that are text as it is. */
static size_t plain_run(struct str s)
{
    size_t i = 0;

    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == '<' || c == '&' || c == '>' || c == '/' ||
            c == 0xef)
            break;
    }
    return i;
}

static enum step special(struct repair *r, struct str s, struct err *e)
{
    unsigned char c = (unsigned char)s.p[0];
    size_t n = c == '/' && !r->cdata ? bare_end(r, s) : 0;
    enum rc rc = RC_OK;

    if (c == '&' && !r->cdata)
        return ampersand(r, s, e) == RC_OK ? ON : FAILED;
    if (n > 0) {
        mend(r, REPAIR_BRACKET);
        rc = close_top(r, e);
    } else if (c < 0x20 || (c == 0xef && s.n >= 3 && (unsigned char)s.p[1] == 0xbf && (unsigned char)s.p[2] >= 0xbe)) {
        mend(r, REPAIR_CONTROL);
        n = c < 0x20 ? 1 : 3;
    } else {
        n = 1;
        rc = repair_put(r, c == '>' ? STR("&gt;") : c == '<' ? STR("&lt;") : c == '&' ? STR("&amp;")
                                                                                    : str_slice(s, 0, 1), e);
    }
    advance(r, n);
    return rc == RC_OK ? ON : FAILED;
}

static enum step in_text(struct repair *r, struct str s, struct err *e)
{
    size_t n = plain_run(s);

    if (n > 0) {
        if (repair_put(r, str_slice(s, 0, n), e) != RC_OK)
            return FAILED;
        advance(r, n);
        return ON;
    }
    if (s.n < MARKUP_NAME_AHEAD && !r->over)
        return MORE;
    return s.p[0] == '<' ? inside_tag(r, s, e) : special(r, s, e);
}

static enum step in_cdata(struct repair *r, struct str s, struct err *e)
{
    size_t n = plain_run(str_slice(s, 0, str_find(s, ']')));

    if (n == 0 && s.n < 3 && !r->over)
        return MORE;
    if (n == 0 && markup_begins(s, "]]>")) {
        r->cdata = false;
        advance(r, 3);
        return ON;
    }
    if (n == 0 && s.p[0] != ']')
        return special(r, s, e);
    n = n == 0 ? 1 : n;
    if (repair_put(r, str_slice(s, 0, n), e) != RC_OK)
        return FAILED;
    advance(r, n);
    return ON;
}

/* ---- the stream ---- */

static enum step repair_run(struct repair *r, struct err *e)
{
    enum step step = ON;

    while (step == ON && r->from < r->have && r->state != DONE) {
        struct str s = ahead(r);

        if (r->state != INSIDE)
            step = outside(r, s, e);
        else
            step = r->cdata ? in_cdata(r, s, e) : in_text(r, s, e);
    }
    return step;
}

enum rc repair_push(void *arg, struct str bytes, struct err *e)
{
    struct repair *r = arg;

    while (bytes.n > 0 && r->state != DONE) {
        size_t n;

        memmove(r->ahead, r->ahead + r->from, r->have - r->from);
        r->have -= r->from;
        r->from = 0;
        n = sizeof r->ahead - r->have < bytes.n ? sizeof r->ahead - r->have : bytes.n;
        memcpy(r->ahead + r->have, bytes.p, n);
        r->have += n;
        bytes = str_slice(bytes, n, bytes.n);
        if (repair_run(r, e) == FAILED)
            return r->rc != RC_OK ? r->rc : RC_BAD;
    }
    return RC_OK;
}

enum rc repair_close(struct repair *r, struct err *e)
{
    r->over = true;
    if (repair_run(r, e) == FAILED)
        return r->rc != RC_OK ? r->rc : RC_BAD;
    if (flush(r, e) != RC_OK)
        return r->rc;
    return r->state == BEFORE ? err_set(e, RC_NOTFOUND, "holds no feedback element") : RC_OK;
}
