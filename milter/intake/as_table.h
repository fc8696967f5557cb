/*
 * as_table.h - which network (autonomous system) an address belongs to, by a file that the site gives.
 *
 * The file is a table of ranges, one a line, fields parted by tabs: first and
 * last address, AS number, country, name.  Such tables are given away by
 * iptoasn.com (ip2asn-combined.tsv).  IPv4 stands before IPv6, the ranges in
 * order; number 0 belongs to nobody.  It is looked into where it lies, and
 * never read whole.
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_AS_TABLE_H
#define ASSAY_INTAKE_AS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

enum { AS_TABLE_SAMPLES = 1000, AS_TABLE_LINE_MAX = 1000 };

struct as_table;

struct network {
    int64_t number;           /* 1 to 2^32 - 1 */
    struct str country, name; /* as they stand, until as_table_close */
};

/*
 * RC_NOTFOUND, RC_IO when it cannot be had; RC_BAD, with the byte where, when
 * some of AS_TABLE_SAMPLES lines all over it are no range or are not in order.
 */
enum rc as_table_open(const char *path, struct as_table **out, struct err *e);
void as_table_close(struct as_table *n); /* NULL allowed */

/* Whose the address is; false: nobody's. */
bool as_table_find(const struct as_table *n, const struct ip *ip, struct network *out);

#endif
