/*
 * peer.h - name servers on loopback for the resolver's tests: a real NSD, and
 * one that answers late or never.
 */
#ifndef ASSAY_TESTS_DNS_PEER_H
#define ASSAY_TESTS_DNS_PEER_H

#include <stdbool.h>

enum { PEER_ADDRESS_MAX = 32 }; /* "127.0.0.1@65535" */

struct nsd;

/* Starts NSD with `zone` as the zone "example"; NULL when it is not installed or does not answer. */
struct nsd *nsd_start(const char *zone, char address[PEER_ADDRESS_MAX]);
void nsd_stop(struct nsd *n);

struct late;

/* Says NXDOMAIN to everything `delay_ms` after it was asked; with -1, nothing at all. */
struct late *late_start(int delay_ms, char address[PEER_ADDRESS_MAX]);

/* Queries received so far. */
unsigned late_queries(struct late *l);
void late_stop(struct late *l);

#endif
