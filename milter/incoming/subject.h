/*
 * subject.h - what the header of a mail says of the report in it.
 */
#ifndef ASSAY_INCOMING_SUBJECT_H
#define ASSAY_INCOMING_SUBJECT_H

#include "formats/mail_parts.h"
#include "incoming/incoming.h"

/* Texts in the arena, clean; the Subject as RFC 9990 section 3.5.2 has it, in any case. */
void subject_read(struct arena *a, const struct mail_head *head, struct incoming_mail *out);

#endif
