/*
 * sources_received.h - beside the inventory: what receivers reported of each source.
 */
#ifndef ASSAY_CLI_SOURCE_SOURCES_RECEIVED_H
#define ASSAY_CLI_SOURCE_SOURCES_RECEIVED_H

#include "cli/cli.h"
#include "formats/json.h"
#include "inventory/inventory.h"

/*
 * Of the sources that `f` asks for: prints them to standard output, after an
 * empty line, where there are any; or answers them as a list, for `json`
 * (NULL: none was asked for, or there is nothing).  `database` NULL: the
 * configured one.  `one`: sentences and the three questions, not a table.
 */
struct jnode *sources_received(struct arena *a, const struct cli_common *common, const char *database,
                               const struct inventory_filter *f, bool json, bool one, size_t *found);

#endif
