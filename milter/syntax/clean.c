#include "syntax/clean.h"

#include <stdbool.h>
#include <string.h>

struct scan {
    char *p, *end;
    unsigned line;
    const char *path;
};

static enum rc clean_bad(const struct scan *s, unsigned line, const char *what, struct err *e)
{
    return err_set(e, RC_BAD, "%s:%u: %s", s->path, line, what);
}

static bool at(const struct scan *s, const char *prefix)
{
    size_t n = strlen(prefix);

    return (size_t)(s->end - s->p) >= n && memcmp(s->p, prefix, n) == 0;
}

/* Blanks to the end of the line; the newline stays. */
static void line_comment(struct scan *s)
{
    while (s->p < s->end && *s->p != '\n')
        *s->p++ = ' ';
}

static enum rc block_comment(struct scan *s, struct err *e)
{
    unsigned opened = s->line;

    memset(s->p, ' ', 2);
    s->p += 2;
    for (; s->p < s->end && !at(s, "*/"); s->p++) {
        if (*s->p == '\n')
            s->line++;
        else
            *s->p = ' ';
    }
    if (s->p == s->end)
        return clean_bad(s, opened, "this comment is never closed; end it with */", e);
    memset(s->p, ' ', 2);
    s->p += 2;
    return RC_OK;
}

/* A byte that counts wherever it stands, in strings too. */
static enum rc plain_byte(const struct scan *s, struct err *e)
{
    if ((unsigned char)*s->p < ' ' && *s->p != '\t')
        return clean_bad(s, s->line, "control character; is this a text file?", e);
    if (*s->p == '\\')
        return clean_bad(s, s->line, "backslashes mean nothing here; leave them out", e);
    if (at(s, "${"))
        return clean_bad(s, s->line, "variables are not expanded; write the value itself", e);
    return RC_OK;
}

static enum rc string(struct scan *s, struct err *e)
{
    char quote = *s->p++;

    for (; s->p < s->end && *s->p != quote; s->p++) {
        enum rc rc;

        if (*s->p == '\n')
            break;
        rc = plain_byte(s, e);
        if (rc != RC_OK)
            return rc;
    }
    if (s->p == s->end || *s->p == '\n')
        return clean_bad(s, s->line, "the string is not closed on its line; add the missing quote", e);
    s->p++;
    return RC_OK;
}

static enum rc clean_step(struct scan *s, struct err *e)
{
    enum rc rc;

    if (at(s, "#") || at(s, "//")) {
        line_comment(s);
        return RC_OK;
    }
    if (at(s, "/*"))
        return block_comment(s, e);
    if (*s->p == '"' || *s->p == '\'')
        return string(s, e);
    if (*s->p == '\n') {
        s->line++;
        s->p++;
        return RC_OK;
    }
    if (*s->p == '*' || (*s->p == '+' && !at(s, "+=")))
        return clean_bad(s, s->line, "\"*\" and \"+\" may stand in quotes only; put the value between quotes", e);
    if (*s->p == '\r')
        *s->p = ' ';
    rc = plain_byte(s, e);
    s->p++;
    return rc;
}

enum rc clean_text(char *text, size_t n, const char *path, struct err *e)
{
    struct scan s = {.p = text, .end = text + n, .line = 1, .path = path};
    enum rc rc = RC_OK;

    while (rc == RC_OK && s.p < s.end)
        rc = clean_step(&s, e);
    return rc;
}
