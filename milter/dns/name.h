/*
 * name.h - the one text form in which this folder holds domain names.
 *
 * Lower case, no trailing dot, "" for the root.  A byte that master files
 * give a meaning of its own, or that does not print, and a dot inside a
 * label, stand as \DDD (RFC 1035 section 5.1).  So two names are equal when
 * their texts are, every dot separates labels, and the text can be given to
 * a master file or to libunbound as it is.
 */
#ifndef ASSAY_DNS_NAME_H
#define ASSAY_DNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 1035 section 2.3.4: 255 bytes of wire, hence 253 of plain text */
enum { NAME_PLAIN_MAX = 253, NAME_LABEL_MAX = 63, NAME_TEXT_SIZE = 4 * NAME_PLAIN_MAX + 1 };

/*
 * From plain text as callers write it: every '.' separates, a backslash is
 * itself.  False for what DNS cannot carry: nothing, an empty label, too long.
 */
bool name_of_plain(const char *plain, char out[static NAME_TEXT_SIZE], size_t *n);

/* From uncompressed wire form, all of the `size` bytes; false when malformed. */
bool name_of_wire(const uint8_t *wire, size_t size, char out[static NAME_TEXT_SIZE], size_t *n);

/* The name above (one label less), or NULL above the root. */
const char *name_parent(const char *name);

#endif
