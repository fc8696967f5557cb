/*
 * why_outgoing.h - what received reports say of what `assay why` was asked: mail that went out.
 */
#ifndef ASSAY_CLI_WHY_WHY_OUTGOING_H
#define ASSAY_CLI_WHY_WHY_OUTGOING_H

#include "config/config.h"
#include "formats/json.h"
#include "records/store.h"

/*
 * `key` is a domain, an address, an IP address, or a source (its name, its
 * title, or a group such as "net:192.0.2.0/24"), among `kinds` (0: any).
 * Prints to standard output, after an empty line when `more`; into `json`,
 * where that is not NULL, as "received".  *found: how many sources or rows.
 */
enum rc why_outgoing(struct arena *a, const struct config *c, const char *database, const struct store_query *q,
                     bool more, struct jnode *json, size_t *found, struct err *e);

#endif
