#include "incoming/charset.h"

#include <string.h>

/* ---- characters ---- */

size_t charset_put(uint32_t c, char out[static 4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

uint32_t charset_1252(unsigned char byte)
{
    static const uint16_t high[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd,
        0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0xfffd, 0x017e, 0x0178,
    };

    return byte >= 0x80 && byte < 0xa0 ? high[byte - 0x80] : byte;
}

/* ---- which ---- */

static bool charset_begins(struct str s, const char *bytes, size_t n)
{
    return s.n >= n && memcmp(s.p, bytes, n) == 0;
}

/* What stands in quotes behind "encoding" in the declaration, if there is one. */
static struct str declared(struct str head)
{
    struct str s = str_slice(head, 0, str_find(head, '>'));
    char quote;

    if (!charset_begins(s, "<?xml", 5))
        return STR_NONE;
    while (s.n > 0 && !str_starts_nocase(s, STR("encoding")))
        s = str_slice(s, 1, s.n);
    s = str_slice(s, 8, s.n);
    while (s.n > 0 && (char_is_fws(s.p[0]) || s.p[0] == '='))
        s = str_slice(s, 1, s.n);
    if (s.n == 0 || (s.p[0] != '"' && s.p[0] != '\''))
        return STR_NONE;
    quote = s.p[0];
    s = str_slice(s, 1, s.n);
    return str_slice(s, 0, str_find(s, quote));
}

static bool one_of(struct str name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (str_eq_nocase(name, str_of(*list)))
            return true;
    return false;
}

struct charset charset_of(struct str head)
{
    static const char *const utf8[] = {"", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", NULL};
    static const char *const utf16[] = {"utf-16", "utf-16le", "utf-16be", NULL};
    static const char *const latin[] = {"iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252",
                                        "iso_8859-1",  NULL};
    struct charset c = {.kind = CHARSET_UTF8};
    struct strbuf b = STRBUF_ON(c.declared);
    struct str name;

    if (charset_begins(head, "\xff\xfe", 2))
        return (struct charset){.kind = CHARSET_UTF16LE, .mark = 2};
    if (charset_begins(head, "\xfe\xff", 2))
        return (struct charset){.kind = CHARSET_UTF16BE, .mark = 2};
    if (charset_begins(head, "<\0", 2))
        return (struct charset){.kind = CHARSET_UTF16LE};
    if (charset_begins(head, "\0<", 2))
        return (struct charset){.kind = CHARSET_UTF16BE};
    if (charset_begins(head, "\xef\xbb\xbf", 3))
        c.mark = 3;
    name = str_trim(declared(str_trim(str_slice(head, c.mark, head.n))));
    strbuf_put_clean(&b, name, 32);
    if (one_of(name, latin))
        c.kind = CHARSET_1252;
    else
        c.unknown = !one_of(name, utf8) && !one_of(name, utf16);
    return c;
}

/* ---- the stream ---- */

void charset_open(struct charset_in *c, const struct charset *charset, bool lenient, archive_sink *sink, void *arg)
{
    *c = (struct charset_in){.charset = *charset, .lenient = lenient, .sink = sink, .arg = arg, .skip = charset->mark};
}

static enum rc charset_put_code(struct charset_in *c, uint32_t code, struct err *e)
{
    char mem[4];

    return c->sink(c->arg, (struct str){mem, charset_put(code, mem)}, e);
}

static enum rc put_byte(struct charset_in *c, unsigned char byte, struct err *e)
{
    if (c->charset.kind == CHARSET_UTF8)
        c->replaced++;
    if (c->charset.kind == CHARSET_UTF8 && !c->lenient)
        return err_set(e, RC_BAD, "bytes are not UTF-8");
    return charset_put_code(c, charset_1252(byte), e);
}

/* How long the sequence is that this byte begins. */
static size_t announced(unsigned char c)
{
    return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;
}

/* Whether `s`, which is shorter than its first byte announces, may become a whole sequence. */
static bool may_grow(struct str s)
{
    for (size_t i = 1; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* How many bytes at the front are ASCII, or whole sequences of UTF-8. */
static size_t good_run(struct str s, bool utf8)
{
    size_t i = 0;

    while (i < s.n) {
        size_t n = 1;

        if ((unsigned char)s.p[i] >= 0x80)
            n = utf8 ? str_utf8_length(str_slice(s, i, s.n)) : 0;
        if (n == 0)
            break;
        i += n;
    }
    return i;
}

static enum rc bytes_push(struct charset_in *c, struct str s, struct err *e)
{
    bool utf8 = c->charset.kind == CHARSET_UTF8;
    enum rc rc = RC_OK;

    while (rc == RC_OK && s.n > 0) {
        size_t n = good_run(s, utf8);

        if (n > 0)
            rc = c->sink(c->arg, str_slice(s, 0, n), e);
        s = str_slice(s, n, s.n);
        if (rc != RC_OK || s.n == 0)
            break;
        if (utf8 && s.n < announced((unsigned char)s.p[0]) && may_grow(s)) {
            memcpy(c->rest, s.p, s.n);
            c->rest_n = s.n;
            break;
        }
        rc = put_byte(c, (unsigned char)s.p[0], e);
        s = str_slice(s, 1, s.n);
    }
    return rc;
}

/* Completes what the piece before left over, out of the front of `s`. */
static enum rc rest_push(struct charset_in *c, struct str *s, struct err *e)
{
    char mem[8];
    size_t had = c->rest_n, need = announced(c->rest[0]);
    size_t more = need - had < s->n ? need - had : s->n;

    memcpy(mem, c->rest, had);
    memcpy(mem + had, s->p, more);
    *s = str_slice(*s, more, s->n);
    c->rest_n = 0;
    return bytes_push(c, (struct str){mem, had + more}, e);
}

static enum rc unit_push(struct charset_in *c, uint32_t unit, struct err *e)
{
    uint32_t high = c->high;

    c->high = 0;
    if (unit >= 0xd800 && unit < 0xdc00) {
        c->high = unit;
        return RC_OK;
    }
    if (unit >= 0xdc00 && unit < 0xe000)
        return charset_put_code(c, high == 0 ? 0xfffd : 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00), e);
    return charset_put_code(c, unit, e);
}

static enum rc utf16_push(struct charset_in *c, struct str s, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < s.n && rc == RC_OK; i++) {
        c->rest[c->rest_n++] = (unsigned char)s.p[i];
        if (c->rest_n < 2)
            continue;
        c->rest_n = 0;
        rc = unit_push(c, c->charset.kind == CHARSET_UTF16LE ? (uint32_t)(c->rest[1] << 8 | c->rest[0])
                                                             : (uint32_t)(c->rest[0] << 8 | c->rest[1]), e);
    }
    return rc;
}

enum rc charset_push(void *arg, struct str bytes, struct err *e)
{
    struct charset_in *c = arg;
    size_t skipped = c->skip < bytes.n ? c->skip : bytes.n;
    enum rc rc = RC_OK;

    c->skip -= skipped;
    bytes = str_slice(bytes, skipped, bytes.n);
    if (c->charset.kind == CHARSET_UTF16LE || c->charset.kind == CHARSET_UTF16BE)
        return utf16_push(c, bytes, e);
    while (rc == RC_OK && c->rest_n > 0 && bytes.n > 0)
        rc = rest_push(c, &bytes, e);
    return rc == RC_OK ? bytes_push(c, bytes, e) : rc;
}

enum rc charset_close(struct charset_in *c, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < c->rest_n && rc == RC_OK && c->charset.kind == CHARSET_UTF8; i++)
        rc = put_byte(c, c->rest[i], e);
    c->rest_n = 0;
    return rc;
}
