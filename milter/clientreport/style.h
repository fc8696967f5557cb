/*
 * style.h - the style of a client's report as HTML, and what a browser is told of it; for html.c.
 */
#ifndef ASSAY_CLIENTREPORT_STYLE_H
#define ASSAY_CLIENTREPORT_STYLE_H

/* The sheet, and its SHA-256 in base64, under which alone it is heeded (CSP level 2). */
extern const char report_style[];
#define REPORT_STYLE_SHA256 "5e8ZbKDBsSuteiuVoXhSNlhMEjVW+9nLZqME+eNOF4A="

#endif
