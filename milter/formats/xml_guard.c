#include "formats/xml_guard.h"

#include <string.h>

/* What the bytes are in; MARK: after "<!", not yet known to be a comment or CDATA. */
enum { TEXT, BEGIN, TAG, QUOTED, MARK, COMMENT, CDATA, INSTRUCTION };

static int after_begin(char c)
{
    return c == '!' ? MARK : c == '?' ? INSTRUCTION : TAG;
}

static bool ends(const struct xml_guard *g, char c)
{
    switch (g->state) {
    case TAG:
        return c == '>';
    case MARK:
        return c == '>';
    case COMMENT:
        return c == '>' && g->last[0] == '-' && g->last[1] == '-';
    case CDATA:
        return c == '>' && g->last[0] == ']' && g->last[1] == ']';
    case INSTRUCTION:
        return c == '>' && g->last[1] == '?';
    default:
        return false;
    }
}

static void in_tag(struct xml_guard *g, char c)
{
    if (g->state == QUOTED) {
        if (c == g->quote)
            g->state = TAG;
    } else if (c == '"' || c == '\'') {
        g->quote = c;
        g->state = QUOTED;
    } else if (c == '=') {
        g->equals++;
    }
}

static void xml_guard_step(struct xml_guard *g, char c)
{
    g->length++;
    if (g->state == BEGIN)
        g->state = after_begin(c);
    else if (g->state == MARK && g->length == 4 && c == '-' && g->last[1] == '-')
        g->state = COMMENT;
    else if (g->state == MARK && g->length == 3 && c == '[')
        g->state = CDATA;
    else if (ends(g, c))
        g->state = TEXT;
    else if (g->state == TAG || g->state == QUOTED)
        in_tag(g, c);
    g->last[0] = g->last[1];
    g->last[1] = c;
}

/* How many of the bytes at `p` a tag goes on with that mean nothing here. */
static size_t rest_of_tag(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && p[i] != '>' && p[i] != '"' && p[i] != '\'' && p[i] != '=')
        i++;
    return i;
}

enum rc xml_guard_look(struct xml_guard *g, struct str bytes, struct err *e)
{
    for (size_t i = 0; i < bytes.n; i++) {
        if (g->state == TEXT) {
            const char *next = memchr(bytes.p + i, '<', bytes.n - i);

            if (next == NULL)
                return RC_OK;
            i = (size_t)(next - bytes.p);
            *g = (struct xml_guard){.state = BEGIN, .length = 1};
            continue;
        }
        if (g->state == TAG) {
            size_t skip = rest_of_tag(bytes.p + i, bytes.n - i);

            g->length += skip;
            i += skip;
        }
        if (i < bytes.n)
            xml_guard_step(g, bytes.p[i]);
        if (g->length > XML_TAG_MAX)
            return err_set(e, RC_LIMIT, "a tag, comment or section is longer than %d bytes", XML_TAG_MAX);
        if (g->equals > XML_ATTRIBUTES_MAX)
            return err_set(e, RC_LIMIT, "a tag has more than %d attributes", XML_ATTRIBUTES_MAX);
    }
    return RC_OK;
}
