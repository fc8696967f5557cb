/*
 * sockets.h - how many sockets the resolver may ask through, which limits what it carries at once.
 */
#ifndef ASSAY_DNS_SOCKETS_H
#define ASSAY_DNS_SOCKETS_H

#include <stddef.h>

enum { SOCKETS_SPARE = 32 }; /* of these, for what it asks beside, as the addresses of name servers */

/*
 * Many, since a dead name holds one for seconds; few where a process may have
 * few descriptors (mta/libmilter.h leaves them to us).  Any thread.
 */
size_t sockets_wanted(void);

#endif
