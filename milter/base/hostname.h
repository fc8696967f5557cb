/*
 * hostname.h - under which name this host is known.
 */
#ifndef ASSAY_BASE_HOSTNAME_H
#define ASSAY_BASE_HOSTNAME_H

enum { HOSTNAME_SIZE = 256 };

/* Writes the configured name, or where that is "" the system's; "" when the system has none either.  Answers `to`. */
const char *hostname_of(const char *configured, char to[static HOSTNAME_SIZE]);

#endif
