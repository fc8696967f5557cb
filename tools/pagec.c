/*
 * pagec - compiles templates of pages into C at build time.
 *
 *   pagec FILE.page          HTML with holes to C, on standard output
 *   pagec -t NAME FILE       a file's bytes as the array NAME
 *
 * A template:
 *
 *   %% … %%                          C, passed through
 *   {{page NAME(ARGS)}} … {{end}}    void NAME(struct html *o, ARGS)
 *   {{EXPR}}                         a value, escaped by its place and C type
 *   {{if C}} {{else}} {{end}}
 *   {{each TYPE *x in ARRAY..COUNT}} {{end}}
 *   {{call NAME(ARGS)}}              another function that writes HTML; in text only
 *
 * What would let foreign text become markup is an error here: holes elsewhere
 * than in text or in a double-quoted value; an address that is no struct url
 * (C's types see to that); script, style, frames; on…=, style=, srcdoc=;
 * unclosed tags; branches that end in another context than they began;
 * an img without alt.  tests/pagec has a file for each.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, NAME_MAX_ = 32, DEPTH_MAX = 64, BLOCKS_MAX = 32, HOLE_MAX = 2000, LITERAL_MAX = 1 << 16 };

enum place { IN_TEXT, IN_TAG, IN_NAME, BEFORE_VALUE, IN_VALUE, IN_ADDRESS, IN_DECLARATION };
static const char *const place_words[] = {"text", "a tag's name", "an attribute's name", "an unquoted value", "a value",
                                          "an address", "a comment or declaration"};

/* Where in the HTML we are. */
struct at {
    enum place place;
    char tag[NAME_MAX_], attribute[NAME_MAX_];
    bool closing, has_alt;
    bool branched; /* a branch ended here, among attributes: no name may go on */
    int depth;
    char open[DEPTH_MAX][NAME_MAX_];
};

struct block {
    char kind; /* p, i or e */
    struct at began, other; /* other: how the branch before {{else}} ended */
    bool has_else;
};

static struct {
    const char *file;
    int line;
    struct at at;
    struct block block[BLOCKS_MAX];
    int blocks;
    char literal[LITERAL_MAX];
    size_t literal_n;
    char text[FILE_MAX];
} c = {.line = 1};

static _Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void die(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)fprintf(stderr, "%s:%d: ", c.file, c.line);
    (void)vfprintf(stderr, fmt, ap);
    (void)fputc('\n', stderr);
    va_end(ap);
    exit(65);
}

static bool among(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static void append(char *name, char ch)
{
    size_t n = strlen(name);

    if (n + 1 >= NAME_MAX_)
        die("\"%s…\" is too long a name", name);
    name[n] = (char)tolower((unsigned char)ch);
    name[n + 1] = '\0';
}

/* ---- following the HTML ---- */

static void end_tag(bool closes_itself)
{
    static const char *const banned[] = {"script", "iframe", "object", "embed", "base", "frame", "frameset", "applet",
                                         "style", "foreignobject", "animate", "set", "template", "noscript", NULL};
    static const char *const empty[] = {"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr", NULL};
    struct at *a = &c.at;

    if (a->tag[0] == '\0')
        die("a < that begins no tag; write &lt;");
    if (among(a->tag, banned))
        die("<%s> is not for pages", a->tag);
    if (strcmp(a->tag, "img") == 0 && !a->has_alt)
        die("img without alt");
    if (a->closing) {
        if (a->depth == 0 || strcmp(a->open[a->depth - 1], a->tag) != 0)
            die("</%s> closes <%s>", a->tag, a->depth > 0 ? a->open[a->depth - 1] : "nothing");
        a->depth--;
    } else if (!closes_itself && !among(a->tag, empty)) {
        if (a->depth == DEPTH_MAX)
            die("tags are nested too deeply");
        (void)snprintf(a->open[a->depth++], NAME_MAX_, "%s", a->tag);
    }
    a->place = IN_TEXT;
}

static void begin_value(char ch)
{
    static const char *const addresses[] = {"href", "src", "action", "formaction", "xlink:href", "poster", "data", NULL};
    struct at *a = &c.at;

    if (strncmp(a->attribute, "on", 2) == 0 || strcmp(a->attribute, "style") == 0 || strcmp(a->attribute, "srcdoc") == 0)
        die("attribute %s is not for pages", a->attribute);
    if (ch != '"')
        die("the value of %s must stand in double quotes", a->attribute);
    a->has_alt = a->has_alt || strcmp(a->attribute, "alt") == 0;
    a->place = among(a->attribute, addresses) ? IN_ADDRESS : IN_VALUE;
}

static void in_tag(char ch, char next)
{
    struct at *a = &c.at;

    if (ch == '>')
        end_tag(false);
    else if (ch == '/' && a->tag[0] == '\0')
        a->closing = true;
    else if (ch == '/' && next == '>')
        return;
    else if (isspace((unsigned char)ch))
        a->place = IN_NAME, a->attribute[0] = '\0';
    else
        append(a->tag, ch);
}

static void in_name(char ch, char before)
{
    struct at *a = &c.at;

    if (a->branched && !isspace((unsigned char)ch) && ch != '>' && ch != '/')
        die("an attribute goes on after {{end}}; put a blank between them");
    a->branched = false;
    if (ch == '>')
        end_tag(before == '/');
    else if (ch == '=')
        a->place = BEFORE_VALUE;
    else if (isspace((unsigned char)ch) || ch == '/')
        a->attribute[0] = '\0';
    else
        append(a->attribute, ch);
}

static void follow(char before, char ch, char next)
{
    struct at *a = &c.at;

    switch (a->place) {
    case IN_TEXT:
        if (ch == '<') {
            a->place = next == '!' ? IN_DECLARATION : IN_TAG;
            a->tag[0] = a->attribute[0] = '\0';
            a->closing = a->has_alt = false;
        }
        break;
    case IN_DECLARATION:
        if (ch == '>')
            a->place = IN_TEXT;
        break;
    case IN_TAG: in_tag(ch, next); break;
    case IN_NAME: in_name(ch, before); break;
    case BEFORE_VALUE: begin_value(ch); break;
    case IN_VALUE:
    case IN_ADDRESS:
        if (ch == '"')
            a->place = IN_NAME, a->attribute[0] = '\0';
        break;
    }
}

/* ---- writing C ---- */

static void put_quoted(const char *p, size_t n)
{
    (void)putchar('"');
    for (size_t i = 0; i < n; i++) {
        unsigned char ch = (unsigned char)p[i];

        if (ch == '\n')
            (void)printf("\\n\"\n        \"");
        else if (ch == '"' || ch == '\\')
            (void)printf("\\%c", ch);
        else if (ch < 0x20 || ch >= 0x7f)
            (void)printf("\\%03o", ch);
        else
            (void)putchar(ch);
    }
    (void)putchar('"');
}

static void flush_literal(void)
{
    if (c.literal_n == 0)
        return;
    (void)printf("    html_raw(o, ");
    put_quoted(c.literal, c.literal_n);
    (void)printf(", %zu);\n", c.literal_n);
    c.literal_n = 0;
}

static bool same_place(const struct at *x, const struct at *y)
{
    if (x->place != y->place || x->depth != y->depth)
        return false;
    for (int i = 0; i < x->depth; i++)
        if (strcmp(x->open[i], y->open[i]) != 0)
            return false;
    return x->place == IN_TEXT || x->place == IN_NAME || strcmp(x->attribute, y->attribute) == 0;
}

static struct block *push(char kind)
{
    struct block *b = &c.block[c.blocks];

    if (c.blocks == BLOCKS_MAX)
        die("blocks are nested too deeply");
    c.blocks++;
    *b = (struct block){.kind = kind, .began = c.at};
    return b;
}

static void hole_page(const char *s)
{
    const char *open = strchr(s, '(');

    if (c.blocks > 0)
        die("a page within a page");
    if (open == NULL)
        die("write {{page NAME(ARGUMENTS)}}");
    c.literal_n = 0;
    (void)printf("void %.*s(struct html *o%s%s\n{\n", (int)(open - s), s, open[1] == ')' ? "" : ", ", open + 1);
    (void)push('p');
}

static void hole_each(char *s)
{
    char *in = strstr(s, " in "), *dots = in == NULL ? NULL : strstr(in, "..");
    int n = c.blocks;

    if (dots == NULL)
        die("write {{each TYPE *x in ARRAY..COUNT}}");
    *in = *dots = '\0';
    (void)printf("    for (size_t i_%d = 0; i_%d < (size_t)(%s); i_%d++) {\n    %s = &(%s)[i_%d];\n", n, n, dots + 2, n, s,
                 in + 4, n);
    (void)push('e');
}

static void hole_else(void)
{
    struct block *b = &c.block[c.blocks - 1];

    if (b->kind != 'i' || b->has_else)
        die("{{else}} without {{if}}");
    b->has_else = true;
    b->other = c.at;
    c.at = b->began;
    (void)puts("    } else {");
}

static void hole_end(void)
{
    struct block *b = &c.block[--c.blocks];
    const struct at *other = b->has_else ? &b->other : &b->began;

    if (!same_place(other, &c.at))
        die("this branch ends in %s within %d tags, the other way leads to %s within %d", place_words[c.at.place],
            c.at.depth, place_words[other->place], other->depth);
    c.at.branched = c.at.place == IN_NAME;
    if (c.at.branched)
        c.at.attribute[0] = '\0';
    (void)puts(b->kind == 'p' ? "}\n" : "    }");
}

static void hole_value(const char *s)
{
    switch (c.at.place) {
    case IN_TEXT:
    case IN_VALUE: (void)printf("    HTML_PUT(o, (%s));\n", s); break;
    case IN_ADDRESS: (void)printf("    html_url(o, %s);\n", s); break;
    default: die("a value in %s", place_words[c.at.place]);
    }
}

static void hole(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]);)
        s[--n] = '\0';
    if (strncmp(s, "page ", 5) == 0) {
        hole_page(s + 5);
        return;
    }
    if (c.blocks == 0)
        die("{{%s}} outside a page", s);
    flush_literal();
    if (strncmp(s, "if ", 3) == 0) {
        if (c.at.place != IN_TEXT && c.at.place != IN_NAME && c.at.place != IN_VALUE)
            die("{{if}} in %s", place_words[c.at.place]);
        (void)printf("    if (%s) {\n", s + 3);
        (void)push('i');
    } else if (strncmp(s, "each ", 5) == 0) {
        hole_each(s + 5);
    } else if (strcmp(s, "else") == 0) {
        hole_else();
    } else if (strcmp(s, "end") == 0) {
        hole_end();
    } else if (strncmp(s, "call ", 5) == 0) {
        const char *open = strchr(s, '(');

        if (c.at.place != IN_TEXT || open == NULL)
            die("{{call NAME(ARGUMENTS)}} stands in text alone");
        (void)printf("    %.*s(o%s%s;\n", (int)(open - s - 5), s + 5, open[1] == ')' ? "" : ", ", open + 1);
    } else {
        hole_value(s);
    }
}

/* ---- files ---- */

static size_t slurp(const char *file)
{
    FILE *f = fopen(file, "r");
    size_t n;

    c.file = file;
    if (f == NULL)
        die("cannot be read");
    n = fread(c.text, 1, sizeof c.text - 1, f);
    (void)fclose(f);
    if (n == sizeof c.text - 1)
        die("is larger than %d bytes", FILE_MAX);
    return n;
}

/* From "{{" or "%%" at `i` to its end, of which the index is answered. */
static size_t span_end(size_t i, const char *end)
{
    const char *e = strstr(c.text + i + 2, end);

    if (e == NULL)
        die("%.2s without %s", c.text + i, end);
    while (end[0] == '}' && e[2] == '}') /* {{(struct when){ms}}}: the value's own brace is not the end */
        e++;
    return (size_t)(e - c.text);
}

static void count_lines(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        c.line += c.text[i] == '\n';
}

static void compile(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool is_hole = strncmp(c.text + i, "{{", 2) == 0, is_c = c.blocks == 0 && strncmp(c.text + i, "%%", 2) == 0;

        if (is_hole || is_c) {
            size_t end = span_end(i, is_hole ? "}}" : "%%");
            char copy[HOLE_MAX];

            if (is_hole && end - i >= sizeof copy)
                die("this hole is too long");
            if (is_hole) {
                (void)snprintf(copy, sizeof copy, "%.*s", (int)(end - i - 2), c.text + i + 2);
                hole(copy);
            } else {
                (void)fwrite(c.text + i + 2, 1, end - i - 2, stdout);
            }
            count_lines(i, end);
            i = end + 1;
            continue;
        }
        if (c.blocks > 0) {
            follow(i > 0 ? c.text[i - 1] : ' ', c.text[i], c.text[i + 1]);
            if (c.literal_n == sizeof c.literal)
                flush_literal();
            c.literal[c.literal_n++] = c.text[i];
        }
        c.line += c.text[i] == '\n';
    }
    if (c.blocks > 0)
        die("a page without {{end}}");
    if (c.at.depth > 0)
        die("<%s> is not closed", c.at.open[c.at.depth - 1]);
}

int main(int argc, char **argv)
{
    size_t n;

    if (argc == 4 && strcmp(argv[1], "-t") == 0) {
        n = slurp(argv[3]);
        (void)printf("/* made by pagec */\n#include <stddef.h>\n#include \"web/files.h\"\nconst size_t %s_size = %zu;\n"
                     "const char %s[] =\n        ", argv[2], n, argv[2]);
        put_quoted(c.text, n);
        (void)puts(";");
    } else if (argc == 2) {
        n = slurp(argv[1]);
        (void)puts("/* made by pagec */");
        compile(n);
    } else {
        (void)fputs("usage: pagec FILE.page | pagec -t NAME FILE\n", stderr);
        return 64;
    }
    return fflush(stdout) == 0 ? 0 : 74;
}
