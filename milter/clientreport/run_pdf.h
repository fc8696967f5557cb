/*
 * run_pdf.h - has assay-pdf, which stands beside this program, draw a report.
 */
#ifndef ASSAY_CLIENTREPORT_RUN_PDF_H
#define ASSAY_CLIENTREPORT_RUN_PDF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { RUN_PDF_BYTES_MAX = 8 * 1024 * 1024, RUN_PDF_SECONDS = 60 };

/*
 * The PDF of encoded blocks (blocks.h), in the arena.  The program has bounds of
 * memory, time and files, and of the environment a locale.  RC_NOTFOUND: it is not installed;
 * RC_INTERNAL when it fails, RC_IO, RC_NOMEM.
 */
enum rc run_pdf(struct arena *a, struct str blocks, struct str *out, struct err *e);

#endif
