/*
 * pdf.h - a client's report as PDF on A4; for the program assay-pdf alone.
 */
#ifndef ASSAY_CLIENTREPORT_PDF_H
#define ASSAY_CLIENTREPORT_PDF_H

#include <stdio.h>

#include "clientreport/blocks.h"

/*
 * Writes it: tagged, pictures told in words beside them, with the document's date for its own, so that it is the
 * same byte for byte whenever it is made with the same fonts.  RC_INTERNAL with
 * what cairo says, also where it cannot write; RC_IO when the last bytes cannot
 * be written.
 */
enum rc report_pdf(const struct document *d, FILE *to, struct err *e);

#endif
