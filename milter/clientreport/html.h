/*
 * html.h - a client's report as one HTML file: style inside, no script, nothing fetched.
 */
#ifndef ASSAY_CLIENTREPORT_HTML_H
#define ASSAY_CLIENTREPORT_HTML_H

#include <stdio.h>

#include "clientreport/blocks.h"

/* The value of Content-Security-Policy under which it shows whole; the file says it, too. */
extern const char report_html_policy[];

/* Writes it; what goes wrong stays in `to` (ferror). */
void report_html(const struct document *d, FILE *to);

#endif
