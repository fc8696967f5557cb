/*
 * options.h - the command line of assay-milter.
 */
#ifndef ASSAY_DAEMON_OPTIONS_H
#define ASSAY_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { OPTIONS_OVERRIDES_MAX = 64 };

struct options {
    struct arena *arena;     /* of what follows */
    const char *config_file; /* -c, or the usual one if it is there; NULL none */
    const char *zone;        /* --zone; NULL: the network */
    bool foreground;         /* -f */
    bool check;              /* -n */
    bool verbose;            /* -v */
    const char *override[OPTIONS_OVERRIDES_MAX]; /* NAME=VALUE */
    size_t override_count;
};

/* Reads it.  False: there is nothing more to do but exit with `*code` (help was printed, or what is wrong). */
bool options_read(int argc, char **argv, struct options *out, int *code);

/* Frees what options_read took, whatever it answered. */
void options_free(struct options *o);

#endif
