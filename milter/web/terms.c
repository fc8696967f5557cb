#include "web/terms.h"

#include "web/html.h"
#include "web/visit.h"

const struct term_words term_words[TERM_COUNT] = {
#define TERM_ROW(name, anchor, word, meaning) {anchor, word, meaning},
    TERMS(TERM_ROW)
};

void term_link_as(struct html *o, struct visit *v, enum term t, const char *words)
{
    const struct term_words *w = &term_words[t];

    v->terms |= 1ull << t;
    html_literal(o, "<a class=\"term\" href=\"#term-");
    html_literal(o, w->anchor);
    html_literal(o, "\" title=\"");
    html_text(o, w->word);
    html_literal(o, ": ");
    html_text(o, w->meaning);
    html_literal(o, "\">");
    html_text(o, words);
    html_literal(o, "</a>");
}

void term_link(struct html *o, struct visit *v, enum term t)
{
    term_link_as(o, v, t, term_words[t].word);
}

static void term_entry(struct html *o, const struct term_words *w)
{
    html_literal(o, "<div id=\"term-");
    html_literal(o, w->anchor);
    html_literal(o, "\"><dt>");
    html_text(o, w->word);
    html_literal(o, "</dt><dd>: ");
    html_text(o, w->meaning);
    html_literal(o, "</dd></div>");
}

void term_list(struct html *o, const struct visit *v)
{
    if (v->terms == 0)
        return;
    html_literal(o, "<section class=\"terms\" aria-labelledby=\"words\"><h2 id=\"words\">Words on this page</h2><dl>");
    for (int t = 0; t < TERM_COUNT; t++)
        if (v->terms & 1ull << t)
            term_entry(o, &term_words[t]);
    html_literal(o, "</dl></section>");
}

void term_list_all(struct html *o)
{
    html_literal(o, "<dl class=\"pairs wide\">");
    for (int t = 0; t < TERM_COUNT; t++)
        term_entry(o, &term_words[t]);
    html_literal(o, "</dl>");
}
