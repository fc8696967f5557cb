#include "clientreport/blocks.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_words[] = {"heading", "text",     "small",    "short", "tiles", "chart", "table",
                                         "items",   "accepted", "decision", "sign",  "words", "note"};
const struct enum_names block_kind_names = ENUM_NAMES(kind_words);
const unsigned block_ink[BLOCK_SERIES_MAX] = {0x2f7f6f, 0xc8401f, 0xb57a00, 0x6f6491};

/* Begins every encoded document; its number grows when what follows is ordered anew. */
static const char blocks_mark[] = "assay-blocks 1";

/* ---- encoding: each value is LENGTH:BYTES, ---- */

static void blocks_put(struct strbuf *b, struct str s)
{
    strbuf_putf(b, "%zu:", s.n);
    strbuf_put(b, s);
    strbuf_putc(b, ',');
}

/* The next character, or for a byte that is none U+FFFD: what is kept can be read again. */
static struct str blocks_take(struct str *rest)
{
    size_t n = str_utf8_length(*rest);
    struct str s = n == 0 ? STR("\xef\xbf\xbd") : str_slice(*rest, 0, n);

    *rest = str_slice(*rest, n == 0 ? 1 : n, rest->n);
    return s;
}

static void blocks_put_text(struct strbuf *b, const char *text)
{
    size_t n = 0;

    for (struct str rest = str_of(text); rest.n > 0;)
        n += blocks_take(&rest).n;
    strbuf_putf(b, "%zu:", n);
    for (struct str rest = str_of(text); rest.n > 0;)
        strbuf_put(b, blocks_take(&rest));
    strbuf_putc(b, ',');
}

static void blocks_put_int(struct strbuf *b, int64_t value)
{
    char text[24];
    struct strbuf t = STRBUF_ON(text);

    strbuf_putf(&t, "%" PRId64, value);
    blocks_put(b, strbuf_str(&t));
}

static void blocks_put_row(struct strbuf *b, const struct block_row *r)
{
    blocks_put_int(b, (int64_t)r->kind);
    blocks_put_int(b, (int64_t)r->cells);
    for (size_t i = 0; i < r->cells; i++) {
        blocks_put_text(b, r->cell[i].text);
        blocks_put_text(b, r->cell[i].small);
        blocks_put_int(b, r->cell[i].number);
    }
}

static void blocks_put_one(struct strbuf *b, const struct block *k)
{
    blocks_put(b, str_of(enum_name(&block_kind_names, (int)k->kind)));
    blocks_put_text(b, k->text);
    blocks_put_text(b, k->columns);
    blocks_put_int(b, (int64_t)k->rows);
    for (size_t i = 0; i < k->rows; i++)
        blocks_put_row(b, &k->row[i]);
    blocks_put_int(b, (int64_t)k->series);
    blocks_put_int(b, (int64_t)k->points);
    for (size_t i = 0; i < k->series * k->points; i++)
        blocks_put_int(b, k->value[i]);
}

enum rc blocks_encode(struct arena *a, const struct document *d, struct str *out, struct err *e)
{
    const char *const text[] = {d->title, d->sub, d->by, d->about, d->language, d->page, d->date};
    struct strbuf b = strbuf_new(a, BLOCKS_BYTES_MAX);

    if (b.max == 0)
        return err_set(e, RC_NOMEM, "no memory for a report");
    blocks_put(&b, str_of(blocks_mark));
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        blocks_put_text(&b, text[i]);
    blocks_put(&b, d->logo);
    blocks_put_int(&b, (int64_t)d->blocks);
    for (size_t i = 0; i < d->blocks; i++)
        blocks_put_one(&b, &d->block[i]);
    if (b.over)
        return err_set(e, RC_LIMIT, "the report is larger than %d bytes", BLOCKS_BYTES_MAX);
    *out = strbuf_str(&b);
    return RC_OK;
}

/* ---- decoding: a cursor that remembers that something was wrong ---- */

struct blocks_reader {
    struct arena *a;
    struct str rest;
    enum rc rc;
};

static struct str blocks_get(struct blocks_reader *r)
{
    size_t colon = str_find(str_slice(r->rest, 0, 12), ':');
    uint32_t n = 0;
    struct str value = STR_NONE;

    if (r->rc == RC_OK && (!str_to_u32(str_slice(r->rest, 0, colon), &n) || colon + 1 + n >= r->rest.n ||
                           r->rest.p[colon + 1 + n] != ','))
        r->rc = RC_BAD;
    if (r->rc == RC_OK) {
        value = str_slice(r->rest, colon + 1, colon + 1 + n);
        r->rest = str_slice(r->rest, colon + n + 2, r->rest.n);
    }
    return value;
}

static const char *blocks_get_text(struct blocks_reader *r)
{
    struct str s = blocks_get(r), left = s;
    const char *copy = r->rc == RC_OK ? str_dup(r->a, s) : NULL;

    while (r->rc == RC_OK && left.n > 0) {
        size_t n = str_utf8_length(left);

        if (n == 0 || left.p[0] == '\0')
            r->rc = RC_BAD;
        left = str_slice(left, n, left.n);
    }
    if (r->rc == RC_OK && copy == NULL)
        r->rc = RC_NOMEM;
    return r->rc == RC_OK ? copy : "";
}

static int64_t blocks_get_int(struct blocks_reader *r)
{
    struct str s = blocks_get(r);
    bool minus = s.n > 1 && s.p[0] == '-';
    int64_t value = 0;

    if (r->rc == RC_OK && (s.n == 0 || s.n > 15))
        r->rc = RC_BAD;
    for (size_t i = minus; r->rc == RC_OK && i < s.n; i++) {
        if (!char_is_digit(s.p[i]))
            r->rc = RC_BAD;
        value = value * 10 + (s.p[i] - '0');
    }
    return r->rc != RC_OK ? 0 : minus ? -value : value;
}

/* A number of things, at most `max`, and room for them; NULL when there are none or something is wrong. */
static void *blocks_get_list(struct blocks_reader *r, size_t max, size_t size, size_t *n)
{
    int64_t count = blocks_get_int(r);
    void *list = NULL;

    *n = 0;
    if (r->rc == RC_OK && (count < 0 || (size_t)count > max))
        r->rc = RC_LIMIT;
    if (r->rc == RC_OK && count > 0 && (list = arena_array(r->a, (size_t)count, size)) == NULL)
        r->rc = RC_NOMEM;
    if (list != NULL)
        *n = (size_t)count;
    return list;
}

static void blocks_get_row(struct blocks_reader *r, struct block_row *out)
{
    int64_t kind = blocks_get_int(r);

    if (kind < BLOCK_ROW || kind > BLOCK_ROW_SUM)
        r->rc = RC_BAD;
    out->kind = r->rc == RC_OK ? (enum block_row_kind)kind : BLOCK_ROW;
    out->cell = blocks_get_list(r, BLOCK_CELLS_MAX, sizeof *out->cell, &out->cells);
    for (size_t i = 0; i < out->cells; i++) {
        out->cell[i].text = blocks_get_text(r);
        out->cell[i].small = blocks_get_text(r);
        out->cell[i].number = blocks_get_int(r);
    }
}

static void blocks_get_values(struct blocks_reader *r, struct block *out)
{
    int64_t series = blocks_get_int(r), points = blocks_get_int(r);
    int64_t *value = NULL;

    if (series < 0 || points < 0 || series > BLOCK_SERIES_MAX || points > BLOCK_POINTS_MAX)
        r->rc = RC_LIMIT;
    if (r->rc == RC_OK && (value = arena_array(r->a, (size_t)(series * points) + 1, sizeof *value)) == NULL)
        r->rc = RC_NOMEM;
    for (int64_t i = 0; r->rc == RC_OK && i < series * points; i++)
        if ((value[i] = blocks_get_int(r)) < 0)
            r->rc = RC_BAD;
    if (r->rc != RC_OK)
        return;
    out->series = (size_t)series;
    out->points = (size_t)points;
    out->value = value;
}

/* What writers rely on: a table's cells are its columns, a chart's values are there. */
static bool blocks_is_sound(const struct block *k)
{
    size_t columns = strlen(k->columns);

    if (k->kind == BLOCK_CHART)
        return k->series > 0 && k->points > 0;
    if (k->kind != BLOCK_TABLE)
        return true;
    if (columns == 0 || columns > BLOCK_CELLS_MAX || strspn(k->columns, "lrspb") != columns)
        return false;
    for (size_t i = 0; i < k->rows; i++)
        if (k->row[i].cells != (k->row[i].kind == BLOCK_ROW_PART ? 1 : columns))
            return false;
    return true;
}

static void blocks_get_one(struct blocks_reader *r, struct block *out)
{
    int kind = BLOCK_TEXT;

    if (!enum_value(&block_kind_names, blocks_get(r), &kind) && r->rc == RC_OK)
        r->rc = RC_BAD;
    out->kind = (enum block_kind)kind;
    out->text = blocks_get_text(r);
    out->columns = blocks_get_text(r);
    out->row = blocks_get_list(r, BLOCK_ROWS_MAX, sizeof *out->row, &out->rows);
    for (size_t i = 0; i < out->rows; i++)
        blocks_get_row(r, &out->row[i]);
    blocks_get_values(r, out);
    for (size_t i = 0; r->rc == RC_OK && i < out->rows; i++)
        if (out->row[i].cells == 0)
            r->rc = RC_BAD;
    if (r->rc == RC_OK && !blocks_is_sound(out))
        r->rc = RC_BAD;
}

enum rc blocks_decode(struct arena *a, struct str bytes, struct document *out, struct err *e)
{
    const char **const text[] = {&out->title,    &out->sub,  &out->by,  &out->about,
                                 &out->language, &out->page, &out->date};
    struct blocks_reader r = {a, bytes, RC_OK};

    *out = (struct document){.blocks = 0};
    if (bytes.n > BLOCKS_BYTES_MAX)
        return err_set(e, RC_LIMIT, "the report is larger than %d bytes", BLOCKS_BYTES_MAX);
    if (!str_eq(blocks_get(&r), str_of(blocks_mark)))
        r.rc = RC_BAD;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        *text[i] = blocks_get_text(&r);
    out->logo = blocks_get(&r);
    if (out->logo.n > 0 && !blocks_is_png(out->logo))
        r.rc = RC_BAD;
    out->block = blocks_get_list(&r, BLOCKS_MAX, sizeof *out->block, &out->blocks);
    for (size_t i = 0; r.rc == RC_OK && i < out->blocks; i++)
        blocks_get_one(&r, &out->block[i]);
    if (r.rc == RC_OK && r.rest.n > 0)
        r.rc = RC_BAD;
    return r.rc == RC_OK ? RC_OK : err_set(e, r.rc, "these are not the blocks of a report");
}

/* ---- the logo ---- */

bool blocks_is_png(struct str bytes)
{
    enum { SIDE_MAX = 4000, HEAD = 24 };
    static const char head[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const unsigned char *p = (const unsigned char *)bytes.p;
    unsigned long side[2];

    if (bytes.n < HEAD || bytes.n > BLOCKS_LOGO_MAX || memcmp(p, head, sizeof head - 1) != 0)
        return false;
    for (int i = 0; i < 2; i++, p += 4)
        side[i] = (unsigned long)p[16] << 24 | (unsigned long)p[17] << 16 | (unsigned long)p[18] << 8 | p[19];
    return side[0] > 0 && side[0] <= SIDE_MAX && side[1] > 0 && side[1] <= SIDE_MAX;
}
