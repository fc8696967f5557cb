/* The table of options as a sample file, a manual page and the values in force. */
#include <string.h>

#include "config/config.h"
#include "config/option.h"
#include "config/value.h"

enum { LINE_WIDTH = 76 };

void config_print(const struct config *c, FILE *to)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        (void)fprintf(to, "%s = ", option_table[i].name);
        value_print(c, &option_table[i], to);
        (void)fputc('\n', to);
    }
}

static bool new_group(size_t i)
{
    return i == 0 || strcmp(option_table[i].group, option_table[i - 1].group) != 0;
}

/* The default as it would be written in the file. */
static void print_preset(const struct option *o, FILE *to)
{
    struct str rest = str_of(o->preset);

    if (!option_is_list(o)) {
        (void)fprintf(to, o->type == OPTION_TEXT ? "\"%s\"" : "%s", o->preset);
        return;
    }
    (void)fputc('{', to);
    while (rest.n > 0) {
        size_t comma = str_find(rest, ',');
        struct str item = str_trim(str_slice(rest, 0, comma));

        rest = str_slice(rest, comma + 1, rest.n);
        (void)fprintf(to, "\"%.*s\"%s", STR_FMT(item), rest.n > 0 ? ", " : "");
    }
    (void)fputc('}', to);
}

/* Breaks `text` between words into lines that begin with `prefix`. */
static void print_wrapped(const char *prefix, struct str text, FILE *to)
{
    size_t column = 0;

    while (text.n > 0) {
        size_t blank = str_find(text, ' ');
        struct str word = str_slice(text, 0, blank);

        if (column > 0 && column + 1 + word.n > LINE_WIDTH) {
            (void)fputc('\n', to);
            column = 0;
        }
        (void)fprintf(to, "%s%.*s", column == 0 ? prefix : " ", STR_FMT(word));
        column += (column == 0 ? strlen(prefix) : 1) + word.n;
        text = str_slice(text, blank + 1, text.n);
    }
    (void)fputc('\n', to);
}

/* ---- the sample file ---- */

void config_print_sample(FILE *to)
{
    (void)fputs("# assay.conf - configuration of assay-milter(8) and assay(1); see assay.conf(5).\n"
                "#\n"
                "# One option a line: NAME = VALUE; lists in braces: NAME = {\"ONE\", \"TWO\"}.\n"
                "# What is commented out shows the default.  \"assay-milter -n\" checks this file.\n",
                to);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &option_table[i];

        if (new_group(i))
            (void)fprintf(to, "\n# ---- %s ----\n", o->group);
        (void)fputc('\n', to);
        print_wrapped("# ", str_of(o->help), to);
        (void)fprintf(to, "#%s = ", o->name);
        print_preset(o, to);
        (void)fputc('\n', to);
    }
}

/* ---- the manual page ---- */

/* mdoc text: a sentence a line.  The helps hold no backslash, and no word begins with "." or "'". */
static void print_sentences(struct str text, FILE *to)
{
    while (text.n > 0) {
        size_t end = 0;

        while (end < text.n && !(end > 0 && text.p[end] == ' ' && text.p[end - 1] == '.'))
            end++;
        print_wrapped("", str_slice(text, 0, end), to);
        text = str_slice(text, end + 1, text.n);
    }
}

static void print_range(const struct option *o, FILE *to)
{
    switch (o->type) {
    case OPTION_NUMBER: (void)fprintf(to, "A number from %u to %u.\n", o->min, o->max); break;
    case OPTION_SECONDS:
        (void)fprintf(to, "Seconds, or minutes with suffix m; %u to %u.\n", o->min, o->max);
        break;
    case OPTION_SIZE: (void)fprintf(to, "Bytes, or with suffix K or M; %u to %u.\n", o->min, o->max); break;
    case OPTION_BOOL: (void)fputs("yes or no.\n", to); break;
    case OPTION_OCTAL:
    case OPTION_WORD:
    case OPTION_TEXT: break;
    case OPTION_TEXTS:
    case OPTION_NETWORKS: (void)fputs("A list.\n", to); break;
    }
}

void config_print_manual(FILE *to)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &option_table[i];

        if (new_group(i))
            (void)fprintf(to, "%s.Ss %s\n.Bl -tag -width Ds\n", i == 0 ? "" : ".El\n", o->group);
        (void)fprintf(to, ".It Ic %s\n", o->name);
        print_sentences(str_of(o->help), to);
        print_range(o, to);
        (void)fputs("Default: ", to);
        print_preset(o, to);
        (void)fputs(o->fixed ? ".\nA reload cannot change it.\n" : ".\n", to);
    }
    (void)fputs(".El\n", to);
}
