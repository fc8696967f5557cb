/*
 * html.h - HTML into memory, escaped by where and what it is.
 *
 * Templates (pages/NAME.page) are compiled by tools/pagec.c into calls of these
 * functions: what stands in the template goes out by html_raw, a value by
 * HTML_PUT, which picks the function by its C type, and where an address
 * belongs nothing but a struct url compiles.
 *
 * Threads: a struct html belongs to one thread at a time.
 */
#ifndef ASSAY_WEB_HTML_H
#define ASSAY_WEB_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "web/url.h"

enum { HTML_MAX = 8 * 1024 * 1024 /* bytes of a page */ };

struct html {
    char *p;     /* malloc'd, not NUL-terminated; NULL when n is 0 */
    size_t n, max;
    size_t most; /* bytes it may become */
    bool over;   /* it did not fit, or there is no memory: nothing of it may be sent */
};

/* Values that are shown in a way of their own. */
struct share { int64_t part, whole; }; /* "93.8 %", or "no mail" */
struct when { int64_t ms; };           /* "Tue 24 Nov 2026, 09:12", UTC; "never" for 0 */
struct day { int64_t day; };           /* "Tue 24 Nov 2026"; days since the epoch */

/* Begins an empty one of at most `most` bytes; html_free gives up what it holds. */
void html_begin(struct html *o, size_t most);
void html_free(struct html *o);

/* As it stands: for literals of templates, and for what this folder has escaped. */
void html_raw(struct html *o, const char *s, size_t n);
void html_literal(struct html *o, const char *s);

/*
 * Text, in an element or in an attribute's double quotes: & < > " ' are
 * escaped; control characters, those that turn the direction of text or have
 * no width are shown as \u202E; what is no UTF-8 is U+FFFD.  NULL is nothing.
 */
void html_text(struct html *o, const char *s);

/* 1234567 as 1,234,567. */
void html_int(struct html *o, int64_t v);
void html_size(struct html *o, size_t v);
void html_share(struct html *o, struct share v);
void html_when(struct html *o, struct when v);
void html_day(struct html *o, struct day v);

/* An address in href, src or action. */
void html_url(struct html *o, struct url u);

/* Foreign text within a sentence: its direction stays its own (<bdi>), and it is cut at 200 characters. */
struct foreign { const char *text; };
void html_foreign(struct html *o, struct foreign v);

#define HTML_PUT(o, x) _Generic((x), char *: html_text, const char *: html_text, int: html_int, long: html_int, \
    unsigned: html_size, unsigned long: html_size, struct share: html_share, struct when: html_when, \
    struct day: html_day, struct foreign: html_foreign)((o), (x))

/* The texts that are shown as they are in HTML, for tables of other forms; returns `buf`. */
enum { HTML_VALUE_MAX = 48 };
const char *html_share_text(struct share v, char buf[static HTML_VALUE_MAX]);
const char *html_when_text(struct when v, char buf[static HTML_VALUE_MAX]);
const char *html_day_text(struct day v, char buf[static HTML_VALUE_MAX]);
const char *html_int_text(int64_t v, char buf[static HTML_VALUE_MAX]);

#endif
