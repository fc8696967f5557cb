/*
 * certificate.h - what a certificate in PEM says of itself.
 *
 * Hides OpenSSL.  No chain is followed and nothing is trusted by it.
 */
#ifndef ASSAY_NET_CERTIFICATE_H
#define ASSAY_NET_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Looks at the first certificate of `pem`: whether it is one, whether `now`
 * (seconds since the epoch) lies in its time, and whether it names `host` or
 * `other` (NULL none).  "" when all is well; else why not, a literal.
 */
const char *certificate_trouble(struct str pem, const char *host, const char *other, int64_t now);

#endif
