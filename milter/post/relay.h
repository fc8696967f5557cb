/*
 * relay.h - what assay.conf says of how mail leaves here: the relay, the login, the key.
 */
#ifndef ASSAY_POST_RELAY_H
#define ASSAY_POST_RELAY_H

#include "config/config.h"
#include "dkim/dkim_sign.h"
#include "post/submit.h"

/* A connection to ReportRelay, made at the first mail.  RC_BAD names the option that is wrong. */
enum rc relay_open(const struct config *c, struct submit **out, struct err *e);

/* The signer of ReportKey; *out NULL without one.  RC_BAD as above. */
enum rc relay_signer(const struct config *c, struct dkim_signer **out, struct err *e);

#endif
