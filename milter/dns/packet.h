/*
 * packet.h - from a DNS message (RFC 1035 section 4) to an answer.
 */
#ifndef ASSAY_DNS_PACKET_H
#define ASSAY_DNS_PACKET_H

#include "dns/answer.h"

/*
 * What the response in `size` bytes says to a question for `type`.  The
 * resolver has matched it with the question and followed aliases already:
 * every record of the type in the answer section counts.  RFC 2308 section 5
 * gives negative answers their time to live; without a SOA it is 0.  Anything
 * but NOERROR and NXDOMAIN is DNS_TEMPFAIL, and so is a malformed message.
 * NULL without memory.
 */
struct answer *packet_answer(const uint8_t *packet, size_t size, enum dns_type type, bool secure);

/* "SERVFAIL" and so on. */
const char *packet_rcode_name(int rcode);

#endif
