/*
 * sources.h - the inventory at the desk: what the parts of `assay source` share.
 */
#ifndef ASSAY_CLI_SOURCE_SOURCES_H
#define ASSAY_CLI_SOURCE_SOURCES_H

#include "cli/cli.h"
#include "desk/source_words.h"
#include "formats/json.h"
#include "records/store.h"

/* One line an entry; one entry with its changes; JSON of either, with what receivers reported (NULL: nothing). */
void sources_print_list(const struct inventory_row *row, size_t n, FILE *to);
void sources_print_entry(const struct inventory_row *row, const struct inventory_change *change,
                          size_t n, FILE *to);
void sources_print_json(const struct inventory_row *row, size_t n, struct jnode *received, FILE *to);
void sources_print_entry_json(const struct inventory_row *row, const struct inventory_change *change, size_t n,
                              struct jnode *received, FILE *to);

/* CSV with a heading: every column of the inventory. */
void sources_export_csv(const struct inventory_row *row, size_t n, FILE *to);

/*
 * The edits that a CSV file asks for: its first row names columns, of which
 * domain and source must be there; an empty cell empties the field, and
 * columns that the service fills (client, volume …) are passed over.
 * RC_BAD with "line N: …".
 */
enum rc sources_read_csv(struct arena *a, struct str text, struct inventory_edit **out, size_t *n, struct err *e);

#endif
