/*
 * eml.h - a message out of a file, as an MTA would hand it over.
 */
#ifndef ASSAY_MAIL_EML_H
#define ASSAY_MAIL_EML_H

#include "base/err.h"
#include "mail/message.h"

enum { EML_LINE_MAX = 1024 * 1024, EML_LOOK_MAX = 64 * 1024 };

/*
 * Splits `text` into header fields, which are added to `m` byte for byte
 * (folds as CRLF), and the body, told as a slice of `text`.  LF and CRLF line
 * ends are both taken; a byte order mark and an mbox "From " or ">From " line
 * at the top are skipped.  A line that is no field ends the header and begins
 * the body, and there may be no header at all, as an MTA takes it.
 * RC_BAD: nothing, or binary data (NUL in the header; without a header,
 * control characters in the first EML_LOOK_MAX bytes).  Limits of `max` are noted in `m`, not errors.
 */
enum rc eml_read(struct str text, struct message *m, const struct message_bounds *max, struct str *body,
                 struct err *e);

/*
 * Feeds `body` to `sink` in pieces with CRLF line ends: bare LF becomes CRLF,
 * bare CR a space (as Postfix does), and a missing last line end is added.
 */
void eml_body(struct str body, void (*sink)(void *ctx, struct str piece), void *ctx);

#endif
