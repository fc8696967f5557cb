/*
 * text.h - a client's report as plain text, as a mail has it: 72 columns, UTF-8.
 */
#ifndef ASSAY_CLIENTREPORT_TEXT_H
#define ASSAY_CLIENTREPORT_TEXT_H

#include <stdio.h>

#include "clientreport/blocks.h"

/* Writes it; what goes wrong stays in `to` (ferror). */
void report_text(const struct document *d, FILE *to);

#endif
