#include "clientreport/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum { COLUMNS = 72, TEXT_CELL_MAX = 2000 };

/* ---- words and widths ---- */

/* Columns that UTF-8 text takes: one a character, however wide or narrow. */
static size_t text_width(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* The longest beginning of at most `width` columns that ends before a blank; a longer word is cut. */
static struct str text_line(struct str *rest, size_t width)
{
    size_t at = 0, blank = 0, end;
    struct str line;

    for (size_t column = 0; at < rest->n && column < width; column++) {
        if (rest->p[at] == ' ')
            blank = at;
        do
            at++;
        while (at < rest->n && ((unsigned char)rest->p[at] & 0xc0) == 0x80);
    }
    end = at == rest->n || rest->p[at] == ' ' || blank == 0 ? at : blank;
    line = str_slice(*rest, 0, end);
    *rest = str_trim(str_slice(*rest, end, rest->n));
    return str_trim(line);
}

static void text_pad(FILE *to, size_t n)
{
    while (n-- > 0)
        (void)fputc(' ', to);
}

/* Control characters and those that turn text are written as \xHH. */
static struct str text_clean(char mem[static TEXT_CELL_MAX * 4 + 8], const char *text)
{
    struct strbuf b = strbuf_on(mem, TEXT_CELL_MAX * 4 + 8);

    strbuf_put_clean(&b, str_of(text), TEXT_CELL_MAX);
    return strbuf_str(&b);
}

/* A paragraph within the columns, each line indented; `lead` stands before the first. */
static void text_para(FILE *to, const char *lead, size_t indent, const char *text)
{
    char mem[TEXT_CELL_MAX * 4 + 8];
    struct str rest = text_clean(mem, text);
    bool first = true;

    while (rest.n > 0 || first) {
        struct str line = text_line(&rest, COLUMNS - indent);

        if (first)
            (void)fputs(lead, to);
        text_pad(to, first ? indent - text_width(str_of(lead)) : indent);
        (void)fprintf(to, "%.*s\n", STR_FMT(line));
        first = false;
    }
}

static void text_rule(FILE *to, const char *text, char line)
{
    size_t n = text_width(str_of(text));

    (void)fputs("\n", to);
    text_para(to, "", 0, text);
    for (size_t i = 0; i < n && i < COLUMNS; i++)
        (void)fputc(line, to);
    (void)fputs("\n", to);
}

/* ---- tables: a row is its first cell on a line of its own, then the others, each under its heading ---- */

static void text_row(FILE *to, const struct block_row *head, const struct block_row *r)
{
    char mem[TEXT_CELL_MAX * 4 + 8], line[TEXT_CELL_MAX * 8];
    struct strbuf b = STRBUF_ON(line);

    for (size_t i = 1; i < r->cells; i++) {
        if (r->cell[i].text[0] == '\0')
            continue;
        if (b.n > 0)
            strbuf_puts(&b, "; ");
        if (head != NULL && i < head->cells)
            strbuf_putf(&b, "%s: ", head->cell[i].text);
        strbuf_put(&b, text_clean(mem, r->cell[i].text));
        if (r->cell[i].small[0] != '\0') {
            strbuf_puts(&b, ", ");
            strbuf_put(&b, text_clean(mem, r->cell[i].small));
        }
    }
    text_para(to, r->kind == BLOCK_ROW_SUM ? "= " : "* ", 2, r->cell[0].text);
    if (r->cell[0].small[0] != '\0')
        text_para(to, "", 4, r->cell[0].small);
    text_para(to, "", 4, line);
}

static void text_table(FILE *to, const struct block *b)
{
    const struct block_row *head = NULL;

    for (size_t i = 0; i < b->rows; i++) {
        if (b->row[i].kind == BLOCK_ROW_HEAD) {
            head = &b->row[i];
        } else if (b->row[i].kind == BLOCK_ROW_PART) {
            (void)fputs("\n", to);
            text_para(to, "", 0, b->row[i].cell[0].text);
        } else {
            text_row(to, head, &b->row[i]);
        }
    }
}

/* ---- a chart: a bar a week, or a day where there are few, of all series together ---- */

static int64_t text_sum(const struct block *b, size_t first, size_t before)
{
    int64_t sum = 0;

    for (size_t k = 0; k < b->series; k++)
        for (size_t i = first; i < before && i < b->points; i++)
            sum += b->value[k * b->points + i];
    return sum;
}

static void text_chart(FILE *to, const struct block *b)
{
    enum { BAR = 44 };
    size_t from[BLOCK_POINTS_MAX], n = 0;
    const struct block_cell *at[BLOCK_POINTS_MAX];
    char mem[TEXT_CELL_MAX * 4 + 8];
    struct str label;
    int64_t most = 1;

    for (size_t i = 0; i < b->rows && n < BLOCK_POINTS_MAX; i++)
        if (b->row[i].kind == BLOCK_ROW_PART && b->row[i].cell[0].number >= 0) {
            at[n] = &b->row[i].cell[0];
            from[n++] = (size_t)b->row[i].cell[0].number;
        }
    for (size_t i = 0; i < n; i++) {
        int64_t sum = text_sum(b, from[i], i + 1 < n ? from[i + 1] : b->points);

        most = sum > most ? sum : most;
    }
    text_para(to, "", 0, b->text);
    for (size_t i = 0; i < n; i++) {
        int64_t sum = text_sum(b, from[i], i + 1 < n ? from[i + 1] : b->points);
        char bar[BAR + 1] = "";

        memset(bar, '#', (size_t)((double)sum * (double)BAR / (double)most));
        label = text_clean(mem, at[i]->text);
        (void)fwrite(label.p, 1, label.n, to);
        text_pad(to, text_width(label) < 9 ? 9 - text_width(label) : 1);
        (void)fprintf(to, "%s %lld\n", bar, (long long)sum);
    }
}

/* ---- the rest ---- */

static void text_pairs(FILE *to, const struct block *b, const char *between)
{
    for (size_t i = 0; i < b->rows; i++) {
        char line[TEXT_CELL_MAX * 2];
        struct strbuf s = STRBUF_ON(line);

        strbuf_puts(&s, b->row[i].cell[0].text);
        for (size_t k = 1; k < b->row[i].cells; k++)
            if (b->row[i].cell[k].text[0] != '\0')
                strbuf_putf(&s, "%s%s", k == 1 ? between : "; ", b->row[i].cell[k].text);
        text_para(to, "", 0, line);
    }
}

static void text_items(FILE *to, const struct block *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        const struct block_row *r = &b->row[i];

        text_para(to, "* ", 2, r->cell[0].text);
        for (size_t k = 1; k < r->cells; k++)
            if (r->cell[k].text[0] != '\0')
                text_para(to, "", 4, r->cell[k].text);
    }
}

static void text_decision(FILE *to, const struct block *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        (void)fputs("\n", to);
        text_para(to, "", 0, b->row[i].cell[0].text);
        for (size_t k = 1; k < b->row[i].cells; k++)
            text_para(to, "   [ ] ", 7, b->row[i].cell[k].text);
    }
}

static void text_block(FILE *to, const struct block *b)
{
    switch (b->kind) {
    case BLOCK_HEADING: text_rule(to, b->text, '-'); return;
    case BLOCK_TEXT:
    case BLOCK_SMALL: text_para(to, "", 0, b->text); return;
    case BLOCK_CHART: text_chart(to, b); return;
    case BLOCK_TABLE: text_table(to, b); return;
    case BLOCK_ITEMS:
    case BLOCK_ACCEPTED: text_items(to, b); return;
    case BLOCK_DECISION: text_decision(to, b); return;
    case BLOCK_SIGN: return; /* nobody signs a mail */
    case BLOCK_TILES: (void)fputs("\n", to); text_pairs(to, b, ": "); return;
    case BLOCK_WORDS: text_pairs(to, b, ": "); return;
    case BLOCK_SHORT: (void)fputs("\n", to); text_pairs(to, b, " "); return;
    case BLOCK_NOTE: (void)fputs("\n", to); text_pairs(to, b, " "); return;
    }
}

void report_text(const struct document *d, FILE *to)
{
    text_para(to, "", 0, d->by);
    text_para(to, "", 0, d->about);
    text_rule(to, d->title, '=');
    text_para(to, "", 0, d->sub);
    for (size_t i = 0; i < d->blocks; i++)
        text_block(to, &d->block[i]);
}
